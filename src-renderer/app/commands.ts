import { tinykeys } from 'tinykeys'
import { t } from './words'

export const COMMAND_GROUPS = ['find', 'listen', 'judge', 'workspace'] as const
export type CommandGroup = (typeof COMMAND_GROUPS)[number]

/**
 * What is fixed about a command. Every feature lists its own in `<feature>/keys.ts` as
 * `export const keys = [...] as const satisfies readonly CommandSpec[]`; `app/all-keys.ts` finds these files.
 */
export interface CommandSpec {
  /** Stable: "player.toggle". Its words are `commands.<id>` in words/en/<feature>.json. */
  id: string
  /** tinykeys' notation ("j", "Shift+?", "$mod+k"); the first one is printed beside the command. */
  keys: readonly string[]
  /** Where it is listed under `?`. */
  group: CommandGroup
  /** Also while a text field has the focus (only for keys with a modifier, or Escape). */
  inTextFields?: boolean
  /** Performed again and again while the key is held. */
  repeats?: boolean
}

/** One thing that a reviewer can do: the same object serves keys, buttons, menu, palette and tests. */
export interface Command extends CommandSpec {
  isEnabled?: () => boolean
  perform: () => void | Promise<void>
}

const registry = new Map<string, Command>()
const listeners = new Set<() => void>()

/** Makes commands known until the returned function is called. Raises when an id is taken. */
export function registerCommands(commands: readonly Command[]): () => void {
  for (const command of commands) {
    if (registry.has(command.id)) throw new Error(`Two commands are called ${command.id}`)
    registry.set(command.id, command)
  }
  for (const listener of listeners) listener()
  return () => {
    for (const command of commands) registry.delete(command.id)
    for (const listener of listeners) listener()
  }
}

export const allCommands = (): Command[] => [...registry.values()]

/** Calls `listener` when commands come or go, until the returned function is called. */
export function onCommandsChange(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Performs a command if it exists and is enabled now; says whether it did. */
export function perform(id: string): boolean {
  const command = registry.get(id)
  if (!command || command.isEnabled?.() === false) return false
  void command.perform()
  return true
}

/** Key presses that wait, and what they wait for; null: none has to. */
let held: { isHeld: (spec: CommandSpec) => boolean; ids: string[] } | null = null
/** More presses than these were no hand's. */
const MOST_HELD = 20

/** From now on, presses of keys whose commands are meant for what is still on its way wait for `releaseKeys`. */
export function holdKeys(isHeld: (spec: CommandSpec) => boolean): void {
  held = { isHeld, ids: [] }
}

/** What was waited for is there: what was pressed meanwhile is performed, in order. `drop`: it is not coming. */
export function releaseKeys({ drop = false }: { drop?: boolean } = {}): void {
  const ids = held?.ids ?? []
  held = null
  if (!drop) for (const id of ids) perform(id)
}

/** A key was pressed: its command is performed, or waits; says whether it was for anything. */
export function pressed(spec: CommandSpec): boolean {
  if (!held?.isHeld(spec)) return perform(spec.id)
  if (held.ids.length < MOST_HELD) held.ids.push(spec.id)
  return true
}

export const commandLabel = (id: string): string => t(`commands.${id}`)

/** Two commands on one key: a mistake in the code, which a test looks for. */
export function keyConflicts(commands: readonly CommandSpec[]): string[] {
  const byKey = new Map<string, string[]>()
  for (const command of commands)
    for (const key of command.keys) {
      const same = key.toLowerCase()
      byKey.set(same, [...(byKey.get(same) ?? []), command.id])
    }
  return [...byKey].filter(([, ids]) => ids.length > 1).map(([key, ids]) => `${key}: ${ids.join(', ')}`)
}

function isTextField(target: Element): boolean {
  if (target instanceof HTMLElement && target.isContentEditable) return true
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true
  return (
    target instanceof HTMLInputElement &&
    !['checkbox', 'radio', 'range', 'button', 'submit'].includes(target.type)
  )
}

/** Keys that a focused control uses itself; they are not taken from it. */
function belongsToControl(target: Element, key: string): boolean {
  // Menus and lists in popovers choose by letter.
  if (target.closest('[data-own-keys], [role="menu"]')) return true
  if (key === ' ' || key === 'Enter')
    return target.closest('button, a[href], summary, input, [role="button"], [role="checkbox"]') !== null
  if (key.startsWith('Arrow') || key === 'Home' || key === 'End')
    return (
      target.closest('input, [role="slider"], [role="listbox"], [role="radiogroup"], [role="tablist"]') !==
      null
    )
  return false
}

/** Whether a key press may start this command, given where the focus is. */
function mayPerform(command: CommandSpec, event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing) return false
  if (event.repeat && !command.repeats) return false
  // A modal dialog owns the keyboard.
  if (document.querySelector('[role="dialog"][aria-modal="true"], [data-modal="true"]')) return false
  const { target } = event
  if (!(target instanceof Element)) return true
  if (isTextField(target)) return command.inTextFields === true
  return !belongsToControl(target, event.key)
}

/**
 * Listens for the keys of commands on the window until the returned function is called. Keys whose commands are not
 * there yet are listened for too: they may have to wait (`holdKeys`).
 */
export function listenForKeys(specs: readonly CommandSpec[]): () => void {
  const bindings: Record<string, (event: KeyboardEvent) => void> = {}
  for (const spec of specs)
    for (const key of spec.keys)
      bindings[key] = (event) => {
        if (mayPerform(spec, event) && pressed(spec)) event.preventDefault()
      }
  // What to ignore is decided above, per command: by default tinykeys drops everything typed in fields.
  return tinykeys(window, bindings, { ignore: () => false })
}
