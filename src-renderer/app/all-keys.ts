import type { CommandSpec } from './commands'

const lists = import.meta.glob<readonly CommandSpec[]>('../*/keys.ts', { eager: true, import: 'keys' })

/** Every command that any feature defines, whether it can be used now or not. */
export const allKeys: readonly CommandSpec[] = Object.values(lists).flatMap((list) => list ?? [])

/** The key that is printed beside a command: its first. */
export const keyOf = (id: string): string | undefined => allKeys.find((spec) => spec.id === id)?.keys[0]
