import { changeSettings } from '../app/settings'
import { useLoop } from './loop'
import { onTick, seek, usePlayer } from './player'
import { gapAt } from './silence'
import type { TimeRange } from './time-range'

/** Jumps over gaps while the sound plays, never in a loop, until the returned function is called. */
export const skipGaps = (gaps: readonly TimeRange[]): (() => void) =>
  onTick((sec) => {
    if (!usePlayer.getState().isPlaying || useLoop.getState().loop) return
    const gap = gapAt(gaps, sec)
    if (gap) seek(gap.endSec)
  })

export const chooseSkipping = (isWanted: boolean): void => void changeSettings({ skipSilence: isWanted })
