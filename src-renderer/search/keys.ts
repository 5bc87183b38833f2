import type { CommandSpec } from '../app/commands'

export const keys = [
  { id: 'search.focus', keys: ['/', '$mod+f'], group: 'find' },
  { id: 'search.clear', keys: ['$mod+Backspace'], group: 'find' },
  { id: 'search.filters', keys: ['Shift+f'], group: 'find' },
  { id: 'calls.next', keys: ['n'], group: 'find', repeats: true },
  { id: 'calls.previous', keys: ['p'], group: 'find', repeats: true },
  { id: 'calls.list', keys: ['g'], group: 'find' },
] as const satisfies readonly CommandSpec[]
