import type { CommandSpec } from '../app/commands'

export const keys = [
  { id: 'support.report', keys: [], group: 'workspace' },
] as const satisfies readonly CommandSpec[]
