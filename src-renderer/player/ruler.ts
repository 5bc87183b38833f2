import { formatPosition, formatPositionTenths } from '../ui'
import type { TimeRange } from './time-range'

/** Between ticks, seconds: what people count in. */
const STEPS_SEC = [0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600]
/** Room that a label needs. */
const LABEL_PX = 64

export interface Tick {
  sec: number
  label: string
}

/** The ticks of a ruler over `view` that is `widthPx` wide: as many as have room for their label. */
export function ticksOf({ startSec, endSec }: TimeRange, widthPx: number): Tick[] {
  const span = endSec - startSec
  if (!(span > 0) || widthPx < LABEL_PX) return []
  const least = (span / widthPx) * LABEL_PX
  const step = STEPS_SEC.find((one) => one >= least) ?? Math.ceil(least / 3600) * 3600
  const format = step < 1 ? formatPositionTenths : formatPosition
  const ticks: Tick[] = []
  // Counted in whole steps: added up, tenths would drift.
  for (let n = Math.ceil(startSec / step); n * step <= endSec; n++) {
    const sec = Math.round(n * step * 1000) / 1000
    ticks.push({ sec, label: format(sec) })
  }
  return ticks
}
