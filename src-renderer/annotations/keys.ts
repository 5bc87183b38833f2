import type { CommandSpec } from '../app/commands'

/** What a reviewer does with what was heard. */
export const keys = [
  { id: 'annotations.add', keys: ['a'], group: 'judge' },
  { id: 'annotations.addToCall', keys: ['Shift+a'], group: 'judge' },
  { id: 'annotations.save', keys: ['$mod+Enter'], group: 'judge', inTextFields: true },
  { id: 'annotations.close', keys: ['Escape'], group: 'judge', inTextFields: true },
  { id: 'reviews.toggle', keys: ['m'], group: 'judge' },
] as const satisfies readonly CommandSpec[]
