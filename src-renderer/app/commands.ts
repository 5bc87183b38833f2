import { tinykeys } from 'tinykeys'
import { t } from './words'

/** One thing that a reviewer can do: the same object serves keys, buttons, menu, palette and tests. */
export interface Command {
  /** Stable: "player.toggle". Its words are `commands.<id>` in words/en.json. */
  id: string
  /** tinykeys' notation ("j", "Shift+?", "$mod+k"); the first one is printed beside the command. */
  keys: readonly string[]
  /** Where it is listed under `?`. */
  group: 'find' | 'listen' | 'judge' | 'workspace'
  /** Also while a text field has the focus (only for keys with a modifier, or Escape). */
  inTextFields?: boolean
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

export const commandLabel = (id: string): string => t(`commands.${id}`)

/** Two commands on one key: a mistake in the code, which a test looks for. */
export function keyConflicts(commands: readonly Command[]): string[] {
  const byKey = new Map<string, string[]>()
  for (const command of commands)
    for (const key of command.keys) byKey.set(key, [...(byKey.get(key) ?? []), command.id])
  return [...byKey].filter(([, ids]) => ids.length > 1).map(([key, ids]) => `${key}: ${ids.join(', ')}`)
}

function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true
  return (
    target instanceof HTMLInputElement &&
    !['checkbox', 'radio', 'range', 'button', 'submit'].includes(target.type)
  )
}

/** Listens for the keys of all commands on the window until the returned function is called. */
export function listenForKeys(): () => void {
  let stop = () => {}
  const listen = () => {
    stop()
    const bindings: Record<string, (event: KeyboardEvent) => void> = {}
    for (const command of registry.values())
      for (const key of command.keys)
        bindings[key] = (event) => {
          if (event.defaultPrevented) return
          if (isTextField(event.target) && !command.inTextFields) return
          // A modal dialog owns the keyboard.
          if (document.querySelector('[role="dialog"][aria-modal="true"], [data-modal="true"]')) return
          // Space and Enter press the focused button; they are not taken from it.
          if (event.target instanceof HTMLButtonElement && (event.key === ' ' || event.key === 'Enter'))
            return
          if (perform(command.id)) event.preventDefault()
        }
    stop = tinykeys(window, bindings)
  }
  listen()
  const unsubscribe = onCommandsChange(listen)
  return () => {
    unsubscribe()
    stop()
  }
}
