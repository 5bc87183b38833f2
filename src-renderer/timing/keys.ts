import type { CommandSpec } from '../app/commands'

/** Times set by ear: with sound, while a call is open. */
export const timingKeys = [
  { id: 'timing.setStart', keys: ['t'], group: 'listen' },
  { id: 'timing.earlier', keys: ['[Shift]+<'], group: 'listen' },
  { id: 'timing.later', keys: ['[Shift]+>'], group: 'listen' },
  { id: 'timing.tapAlong', keys: ['Shift+t'], group: 'listen' },
  { id: 'timing.swapChannels', keys: ['x'], group: 'listen' },
  { id: 'timing.removeStart', keys: [], group: 'listen' },
  { id: 'timing.clear', keys: [], group: 'listen' },
  { id: 'timing.align', keys: [], group: 'listen' },
] as const satisfies readonly CommandSpec[]

/** Only while the reviewer taps along. */
export const tapKeys = [
  { id: 'timing.tap', keys: ['Enter'], group: 'listen' },
  { id: 'timing.tapBack', keys: ['Backspace'], group: 'listen' },
  { id: 'timing.tapEnd', keys: ['Escape'], group: 'listen' },
] as const satisfies readonly CommandSpec[]

export const keys = [...timingKeys, ...tapKeys]
