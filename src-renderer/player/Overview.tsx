import type { Peaks } from '@contract'
import { type PointerEvent, useEffect, useMemo, useRef } from 'react'
import { t } from '../app/words'
import { mix, useColours } from './colours'
import { drawBars } from './draw-bars'
import { PositionSlider } from './PositionSlider'
import { amplitudes } from './peaks'
import { goTo } from './player'
import { panTo, useView } from './view'

const HEIGHT_PX = 18
/** Over the panel: a hint of the sound, not a second waveform. */
const FAINT = 0.35
/** A press that moves less than this (pixels) is a click. */
const CLICK_PX = 3

/** The whole call in one line: its sound, the position as a slider, and the part that the waveform shows as a window to be drawn along. */
export function Overview({
  peaks,
  durationSec,
  widthPx,
}: {
  peaks: Peaks | null
  durationSec: number | null
  widthPx: number
}) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const colours = useColours()
  const sound = useMemo(() => {
    if (!peaks) return null
    const channels = amplitudes(peaks)
    const loudest = new Float32Array(peaks.buckets)
    for (const channel of channels)
      for (let bucket = 0; bucket < loudest.length; bucket++)
        loudest[bucket] = Math.max(loudest[bucket] ?? 0, channel[bucket] ?? 0)
    return loudest
  }, [peaks])
  useEffect(() => {
    const element = canvas.current
    const ctx = element?.getContext('2d')
    if (!element || !ctx || widthPx === 0) return
    const ratio = Math.max(1, window.devicePixelRatio)
    element.width = Math.round(widthPx * ratio)
    element.height = Math.round(HEIGHT_PX * ratio)
    if (!sound) return
    ctx.fillStyle = mix(colours.soft, colours.panel, FAINT)
    drawBars(sound, ctx, ratio, false)
  }, [sound, widthPx, colours])
  return (
    <div className="overview">
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas without a tabindex takes no focus */}
      <canvas ref={canvas} className="overview-sound" aria-hidden="true" />
      <PositionSlider durationSec={durationSec ?? 0} isDisabled={durationSec === null} />
      {durationSec === null ? null : <ViewWindow durationSec={durationSec} widthPx={widthPx} />}
    </div>
  )
}

/** What the zoomed waveform shows; moved with the pointer. By key, the view follows the position. */
function ViewWindow({ durationSec, widthPx }: { durationSec: number; widthPx: number }) {
  const view = useView((state) => state.view)
  const press = useRef<{ x: number; startSec: number; isMoved: boolean } | null>(null)
  if (!view) return null
  const secPerPx = durationSec / Math.max(1, widthPx)
  const onUp = (event: PointerEvent<HTMLDivElement>) => {
    const start = press.current
    press.current = null
    const box = event.currentTarget.parentElement?.getBoundingClientRect()
    if (start && !start.isMoved && box) goTo((event.clientX - box.left) * secPerPx)
  }
  return (
    <div
      className="overview-window"
      title={t('player.moveView')}
      aria-hidden="true"
      style={{
        left: `${(view.startSec / durationSec) * 100}%`,
        width: `${((view.endSec - view.startSec) / durationSec) * 100}%`,
      }}
      onPointerDown={(event) => {
        if (event.button !== 0) return
        event.currentTarget.setPointerCapture(event.pointerId)
        press.current = { x: event.clientX, startSec: view.startSec, isMoved: false }
      }}
      onPointerMove={(event) => {
        const start = press.current
        if (!start) return
        if (Math.abs(event.clientX - start.x) >= CLICK_PX) start.isMoved = true
        if (start.isMoved) panTo(start.startSec + (event.clientX - start.x) * secPerPx)
      }}
      onPointerUp={onUp}
      onPointerCancel={() => {
        press.current = null
      }}
    />
  )
}
