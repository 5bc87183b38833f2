import type { CommandSpec } from '../app/commands'

/** Addresses that lead back here. */
export const keys = [
  { id: 'links.copyMoment', keys: ['y'], group: 'find' },
  { id: 'links.copySearch', keys: ['Shift+y'], group: 'find' },
] as const satisfies readonly CommandSpec[]
