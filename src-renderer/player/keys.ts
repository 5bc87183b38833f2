import type { CommandSpec } from '../app/commands'

/** What the hand on the keyboard does while the ear listens. */
export const keys = [
  { id: 'player.toggle', keys: ['Space'], group: 'listen' },
  { id: 'player.back', keys: ['h'], group: 'listen', repeats: true },
  { id: 'player.forward', keys: ['l'], group: 'listen', repeats: true },
  { id: 'player.previousTurn', keys: ['j'], group: 'listen', repeats: true },
  { id: 'player.nextTurn', keys: ['k'], group: 'listen', repeats: true },
  { id: 'player.slower', keys: ['['], group: 'listen' },
  { id: 'player.faster', keys: [']'], group: 'listen' },
  { id: 'player.start', keys: ['0'], group: 'listen' },
] as const satisfies readonly CommandSpec[]
