import { isMac, keyParts } from './key-names'
import './Kbd.css'

const printed = (keys: string): string => keyParts(keys, isMac()).join(isMac() ? '' : ' ')

/** A key in tinykeys' notation ("$mod+k", "Shift+?"), printed as on this computer's keyboard. */
export function Kbd({ keys }: { keys: string }) {
  return <kbd className="ui-kbd">{printed(keys)}</kbd>
}

/**
 * As `Kbd`, for inside a button: seen, but no part of the button's name or text (`aria-keyshortcuts` says it),
 * which is why the stylesheet writes it.
 */
export function KeyHint({ keys }: { keys: string }) {
  return <span aria-hidden="true" className="ui-kbd ui-key-hint" data-key={printed(keys)} />
}

/** The same key in the notation of `aria-keyshortcuts`. */
export function ariaKeys(keys: string): string {
  return keys.replaceAll('$mod', isMac() ? 'Meta' : 'Control')
}
