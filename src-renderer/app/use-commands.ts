import { useEffect, useLayoutEffect, useRef, useSyncExternalStore } from 'react'
import { allCommands, type Command, type CommandSpec, onCommandsChange, registerCommands } from './commands'

type Action = (() => void | Promise<void>) | Pick<Command, 'perform' | 'isEnabled'>

/**
 * Makes a feature's commands work while the component is mounted. `actions` has one entry for each id of
 * `specs`; the latest ones are always used, so they may close over state.
 */
export function useCommands<const S extends readonly CommandSpec[]>(
  specs: S,
  actions: { [Id in S[number]['id']]: Action },
): void {
  const latest = useRef<Record<string, Action>>(actions)
  useLayoutEffect(() => {
    latest.current = actions
  })
  useEffect(
    () =>
      registerCommands(
        specs.map((spec) => ({
          ...spec,
          isEnabled: () => {
            const action = latest.current[spec.id]
            return typeof action === 'object' ? (action.isEnabled?.() ?? true) : action !== undefined
          },
          perform: () => {
            const action = latest.current[spec.id]
            return typeof action === 'object' ? action.perform() : action?.()
          },
        })),
      ),
    [specs],
  )
}

let snapshot: Command[] = []
function currentCommands(): Command[] {
  const commands = allCommands()
  const isSame =
    commands.length === snapshot.length && commands.every((command, index) => command === snapshot[index])
  if (!isSame) snapshot = commands
  return snapshot
}

/** The commands that work now. */
export const useRegisteredCommands = (): Command[] => useSyncExternalStore(onCommandsChange, currentCommands)
