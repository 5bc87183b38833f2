import type { CommandSpec } from '../app/commands'

export const keys = [
  { id: 'search.focus', keys: ['/', '$mod+f'], group: 'find' },
  { id: 'search.clear', keys: ['$mod+Backspace'], group: 'find' },
  { id: 'search.filters', keys: ['Shift+f'], group: 'find' },
  { id: 'search.sort', keys: ['o'], group: 'find' },
  { id: 'search.save', keys: ['$mod+s'], group: 'find', inTextFields: true },
  { id: 'search.manage', keys: [], group: 'find' },
  { id: 'search.similar', keys: ['w'], group: 'find' },
  { id: 'calls.next', keys: ['.'], group: 'find', repeats: true },
  { id: 'calls.previous', keys: [','], group: 'find', repeats: true },
  { id: 'calls.list', keys: ['g'], group: 'find' },
] as const satisfies readonly CommandSpec[]
