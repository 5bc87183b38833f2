import { isMac, keyParts } from './key-names'
import './Kbd.css'

/** A key in tinykeys' notation ("$mod+k", "Shift+?"), printed as on this computer's keyboard. */
export function Kbd({ keys }: { keys: string }) {
  return <kbd className="ui-kbd">{keyParts(keys, isMac()).join(isMac() ? '' : ' ')}</kbd>
}

/** As `Kbd`, for inside a button: seen, but not part of the button's name (`aria-keyshortcuts` says it). */
export function KeyHint({ keys }: { keys: string }) {
  return (
    <span aria-hidden="true" className="ui-key-hint">
      <Kbd keys={keys} />
    </span>
  )
}

/** The same key in the notation of `aria-keyshortcuts`. */
export function ariaKeys(keys: string): string {
  return keys.replaceAll('$mod', isMac() ? 'Meta' : 'Control')
}
