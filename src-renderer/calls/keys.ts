import type { CommandSpec } from '../app/commands'

/** What is done with the open call as a whole. */
export const keys = [
  { id: 'reviews.toggle', keys: ['m'], group: 'judge' },
  { id: 'calls.changes', keys: ['Shift+c'], group: 'judge' },
  { id: 'calls.raw', keys: ['Shift+r'], group: 'judge' },
] as const satisfies readonly CommandSpec[]
