import type { CommandSpec } from '../app/commands'

/** What the hand on the keyboard does while the ear listens: with every call that is open. */
export const playerKeys = [
  { id: 'player.toggle', keys: ['Space'], group: 'listen' },
  { id: 'player.back', keys: ['h'], group: 'listen', repeats: true },
  { id: 'player.forward', keys: ['l'], group: 'listen', repeats: true },
  { id: 'player.previousTurn', keys: ['j'], group: 'listen', repeats: true },
  { id: 'player.nextTurn', keys: ['k'], group: 'listen', repeats: true },
  { id: 'player.slower', keys: ['['], group: 'listen' },
  { id: 'player.faster', keys: [']'], group: 'listen' },
  { id: 'player.start', keys: ['0'], group: 'listen' },
  { id: 'player.loop', keys: ['r'], group: 'listen' },
  { id: 'player.playPointed', keys: ['Shift+Space'], group: 'listen' },
  { id: 'player.skipSilence', keys: ['s'], group: 'listen' },
] as const satisfies readonly CommandSpec[]

/** With a waveform only. */
export const waveformKeys = [
  { id: 'player.zoomIn', keys: ['[Shift]++', '='], group: 'listen', repeats: true },
  { id: 'player.zoomOut', keys: ['-'], group: 'listen', repeats: true },
  { id: 'player.zoomAll', keys: ['z'], group: 'listen' },
  { id: 'player.viewStart', keys: ['Home'], group: 'listen' },
  { id: 'player.viewEnd', keys: ['End'], group: 'listen' },
  { id: 'player.regionLonger', keys: ['Shift+ArrowRight'], group: 'listen', repeats: true },
  { id: 'player.regionShorter', keys: ['Shift+ArrowLeft'], group: 'listen', repeats: true },
  { id: 'player.regionStartLater', keys: ['Alt+Shift+ArrowRight'], group: 'listen', repeats: true },
  { id: 'player.regionStartEarlier', keys: ['Alt+Shift+ArrowLeft'], group: 'listen', repeats: true },
  { id: 'player.regionLater', keys: ['$mod+Shift+ArrowRight'], group: 'listen', repeats: true },
  { id: 'player.regionEarlier', keys: ['$mod+Shift+ArrowLeft'], group: 'listen', repeats: true },
] as const satisfies readonly CommandSpec[]

/** With two channels only. */
export const channelKeys = [
  { id: 'player.muteFirst', keys: ['1'], group: 'listen' },
  { id: 'player.muteSecond', keys: ['2'], group: 'listen' },
  { id: 'player.soloFirst', keys: ['Shift+Digit1'], group: 'listen' },
  { id: 'player.soloSecond', keys: ['Shift+Digit2'], group: 'listen' },
] as const satisfies readonly CommandSpec[]

export const keys = [...playerKeys, ...waveformKeys, ...channelKeys]
