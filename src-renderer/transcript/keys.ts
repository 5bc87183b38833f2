import type { CommandSpec } from '../app/commands'

export const keys = [
  { id: 'transcript.follow', keys: ['f'], group: 'listen' },
  { id: 'transcript.nextMatch', keys: ['n'], group: 'find', repeats: true },
  { id: 'transcript.previousMatch', keys: ['Shift+n'], group: 'find', repeats: true },
] as const satisfies readonly CommandSpec[]
