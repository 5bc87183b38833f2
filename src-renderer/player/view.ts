import { create } from 'zustand'
import type { TimeRange } from './time-range'

/** Seconds that are shown at least: then a word is wide enough to be drawn around. */
const LEAST_SPAN_SEC = 3
/** Where the playhead comes to stand when the view goes along with it, as a share of its width. */
const LEAD = 0.08

/** What part of a call the waveform shows. `view: null`: all of it. */
interface Viewing {
  durationSec: number
  view: TimeRange | null
  /** The reviewer looks elsewhere; the view does not follow until the sound is in it again, or jumps. */
  isAway: boolean
}

export const useView = create<Viewing>(() => ({ durationSec: 0, view: null, isAway: false }))

/** The seconds that a waveform of this length shows. */
export const spanOf = ({ view, durationSec }: Pick<Viewing, 'view' | 'durationSec'>): TimeRange =>
  view ?? { startSec: 0, endSec: durationSec }

/** Of this length, as near to `startSec` as the call allows; the whole call is null. */
function placed(startSec: number, spanSec: number, durationSec: number): TimeRange | null {
  if (!(spanSec < durationSec)) return null
  const start = Math.max(0, Math.min(startSec, durationSec - spanSec))
  return { startSec: start, endSec: start + spanSec }
}

/** The view `factor` times as near (below 1: as far), with `atSec` in the same place of the screen. */
export function zoomed(
  view: TimeRange | null,
  durationSec: number,
  factor: number,
  atSec: number,
): TimeRange | null {
  const { startSec, endSec } = spanOf({ view, durationSec })
  const before = endSec - startSec
  if (!(before > 0)) return null
  const span = Math.max(Math.min(LEAST_SPAN_SEC, durationSec), before / factor)
  return placed(atSec - ((atSec - startSec) / before) * span, span, durationSec)
}

/** The view moved so that it begins at `startSec`, or as near to it as the call allows. */
export const panned = (view: TimeRange, durationSec: number, startSec: number): TimeRange | null =>
  placed(startSec, view.endSec - view.startSec, durationSec)

/** The view that shows `sec`: itself when it does; else one with `sec` near its left edge. */
export function following(view: TimeRange, durationSec: number, sec: number): TimeRange | null {
  const span = view.endSec - view.startSec
  if (sec >= view.startSec && sec <= view.endSec - span * 0.02) return view
  if (sec >= durationSec - span && view.endSec >= durationSec) return view
  return panned(view, durationSec, sec - span * LEAD)
}

/** A waveform of this length comes on the screen: all of it is shown. */
export const resetView = (durationSec: number): void =>
  useView.setState({ durationSec, view: null, isAway: false })

/** Shows the waveform `factor` times as near. */
export function zoomBy(factor: number, atSec: number): void {
  useView.setState(({ view, durationSec }) => ({ view: zoomed(view, durationSec, factor, atSec) }))
}

export const showAll = (): void => useView.setState({ view: null, isAway: false })

/** The reviewer moves the view; it stays there although the sound is elsewhere. */
export function panTo(startSec: number): void {
  useView.setState(({ view, durationSec }) =>
    view ? { view: panned(view, durationSec, startSec), isAway: true } : {},
  )
}

/** Goes along with the sound, or to where it jumped. */
export function followTo(sec: number, isJump: boolean): void {
  const { view, durationSec, isAway } = useView.getState()
  if (!view) return
  const isInSight = sec >= view.startSec && sec <= view.endSec
  if (isAway && !isJump) {
    if (isInSight) useView.setState({ isAway: false })
    return
  }
  const next = following(view, durationSec, sec)
  if (next !== view || isAway) useView.setState({ view: next, isAway: false })
}
