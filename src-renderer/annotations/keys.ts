import type { CommandSpec } from '../app/commands'

/** Only while the composer is open. */
export const composerKeys = [
  { id: 'annotations.save', keys: ['$mod+Enter'], group: 'judge', inTextFields: true },
] as const satisfies readonly CommandSpec[]

/** What a reviewer does with what was heard. */
export const judgeKeys = [
  { id: 'annotations.add', keys: ['a'], group: 'judge' },
  { id: 'annotations.addToCall', keys: ['Shift+a'], group: 'judge' },
] as const satisfies readonly CommandSpec[]

export const keys = [...judgeKeys, ...composerKeys]
