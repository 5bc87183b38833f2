import type { Annotation, Severity } from '@contract'
import type { TimeRange } from './time-range'

/** A stretch of the waveform that was annotated, as shares (0 to 1) of what is shown of it. */
export interface Region {
  id: string
  left: number
  width: number
  startSec: number
  endSec: number
  severity: Severity | null
  label: string
  /** Its stretch is its own, not its turn's: it can be moved. */
  isOwn: boolean
  /** Its flag's row, from 0: flags that would cover each other stand below each other. */
  row: number
}

/** Flags nearer than this (share of the width) would cover each other. */
const FLAG_WIDTH = 0.024
const ROWS = 3

/** The annotations that lie in what is shown, from left to right; those on the whole call have no place here. */
export function regionsOf(
  annotations: readonly Annotation[],
  durationSec: number,
  view: TimeRange = { startSec: 0, endSec: durationSec },
): Region[] {
  if (!(durationSec > 0)) return []
  const lastInRow: number[] = []
  return annotations
    .flatMap((annotation) => {
      const { id, place, startSec, endSec, severity, label, status } = annotation
      if (place.kind === 'call' || status === 'orphaned') return []
      const from = place.kind === 'time' ? place.startSec : startSec
      const to = place.kind === 'time' ? place.endSec : (endSec ?? startSec)
      if (from === null || to === null || from >= durationSec) return []
      if (from >= view.endSec || to < view.startSec) return []
      const span = view.endSec - view.startSec
      const left = Math.max(0, (from - view.startSec) / span)
      return [
        {
          id,
          left,
          width: Math.max(0, Math.min(1, (to - view.startSec) / span) - left),
          startSec: from,
          endSec: to,
          severity,
          label,
          isOwn: place.kind === 'time',
        },
      ]
    })
    .sort((a, b) => a.left - b.left || a.startSec - b.startSec)
    .map((region) => {
      let row = lastInRow.findIndex((left) => region.left - left > FLAG_WIDTH)
      if (row < 0) row = Math.min(lastInRow.length, ROWS - 1)
      lastInRow[row] = region.left
      return { ...region, row }
    })
}
