import { useEffect } from 'react'
import { useCommands } from '../app/use-commands'
import { useChosen } from './chosen'
import { waveformKeys } from './keys'
import { canPlay, goTo, onTick, positionSec, usePlayer } from './player'
import { stepRegion } from './region-edit'
import { useTimeRange } from './time-range'
import { followTo, panTo, showAll, spanOf, useView, zoomBy } from './view'

/** A key press brings the waveform this much nearer. */
const KEY_FACTOR = 1.6
/** How much one pixel of the wheel does. */
const WHEEL_RATE = 0.003

/** Around the playhead where it is in sight, else around the middle. */
function zoomFromKey(factor: number): void {
  const { startSec, endSec } = spanOf(useView.getState())
  const sec = positionSec()
  zoomBy(factor, sec >= startSec && sec <= endSec ? sec : (startSec + endSec) / 2)
}

export const zoomIn = (): void => zoomFromKey(KEY_FACTOR)
export const zoomOut = (): void => zoomFromKey(1 / KEY_FACTOR)

const isZoomed = (): boolean => useView.getState().view !== null
/** Home and End scroll what has the focus, where that scrolls. */
const isViewKeyFree = (): boolean =>
  isZoomed() && !document.activeElement?.closest('.transcript-scroller, [role="list"]')
/** Words that are selected are made longer and shorter by the same keys. */
const mayStepRegion = (): boolean =>
  canPlay() &&
  (useChosen.getState().region !== null ||
    useTimeRange.getState().range !== null ||
    (window.getSelection()?.isCollapsed ?? true))

/** Zoom, view and regions by key, and a view that goes along with the sound. */
export function useWaveformCommands(durationSec: number): void {
  const region = (edge: 'start' | 'end' | 'both', direction: 1 | -1) => ({
    perform: () => stepRegion(edge, direction, durationSec),
    isEnabled: mayStepRegion,
  })
  useCommands(waveformKeys, {
    'player.zoomIn': { perform: zoomIn, isEnabled: canPlay },
    'player.zoomOut': { perform: zoomOut, isEnabled: isZoomed },
    'player.zoomAll': { perform: showAll, isEnabled: isZoomed },
    'player.viewStart': {
      perform: () => goTo(spanOf(useView.getState()).startSec),
      isEnabled: isViewKeyFree,
    },
    'player.viewEnd': { perform: () => goTo(spanOf(useView.getState()).endSec), isEnabled: isViewKeyFree },
    'player.regionLonger': region('end', 1),
    'player.regionShorter': region('end', -1),
    'player.regionStartLater': region('start', 1),
    'player.regionStartEarlier': region('start', -1),
    'player.regionLater': region('both', 1),
    'player.regionEarlier': region('both', -1),
  })
  useEffect(() => {
    const stops = [
      onTick((sec) => {
        if (usePlayer.getState().isPlaying) followTo(sec, false)
      }),
      usePlayer.subscribe((now, before) => {
        if (now.jumps !== before.jumps) followTo(positionSec(), true)
      }),
    ]
    return () => {
      for (const stop of stops) stop()
    }
  }, [])
}

/** The wheel with Ctrl, and a pinch, bring the waveform nearer; to the side, or with Shift, they move it. */
export function useWheelZoom(area: HTMLElement | null): void {
  useEffect(() => {
    if (!area) return
    const onWheel = (event: WheelEvent) => {
      const { view, durationSec } = useView.getState()
      const { startSec, endSec } = spanOf({ view, durationSec })
      const box = area.getBoundingClientRect()
      if (box.width === 0) return
      const secPerPx = (endSec - startSec) / box.width
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault()
        zoomBy(Math.exp(-event.deltaY * WHEEL_RATE), startSec + (event.clientX - box.left) * secPerPx)
        return
      }
      const sideways = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX
      if (!view || Math.abs(sideways) <= (event.shiftKey ? 0 : Math.abs(event.deltaY))) return
      event.preventDefault()
      panTo(startSec + sideways * secPerPx)
    }
    // Only a listener that says so may keep the page from zooming.
    area.addEventListener('wheel', onWheel, { passive: false })
    return () => area.removeEventListener('wheel', onWheel)
  }, [area])
}
