import type { CommandSpec } from '../app/commands'

export const keys = [
  { id: 'transcript.follow', keys: ['f'], group: 'listen' },
] as const satisfies readonly CommandSpec[]
