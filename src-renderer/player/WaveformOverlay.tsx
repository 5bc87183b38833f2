import type { Annotation } from '@contract'
import { type PointerEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { t } from '../app/words'
import { formatPosition } from '../ui'
import { choose, useChosen } from './chosen'
import { useLoop } from './loop'
import { goTo, onTick } from './player'
import { RangeBar } from './RangeBar'
import { RegionMark } from './RegionMark'
import { regionsOf } from './regions'
import { rangeBetween, setTimeRange, type TimeRange, useTimeRange } from './time-range'
import { spanOf, useView } from './view'

/** A press that moves less than this (pixels) is a click. */
const CLICK_PX = 4

const percent = (share: number): string => `${share * 100}%`

/** Everything that lies over the waveform: gaps, annotations, the drawn range, the loop, the playhead; takes clicks and drags. */
export function WaveformOverlay({
  durationSec,
  annotations,
  gaps,
}: {
  durationSec: number
  annotations: readonly Annotation[]
  /** What is jumped over; empty where nothing is. */
  gaps: readonly TimeRange[]
}) {
  const area = useRef<HTMLDivElement>(null)
  const press = useRef<{ sec: number; x: number } | null>(null)
  const [drawing, setDrawing] = useState<TimeRange | null>(null)
  const [hoverShare, setHoverShare] = useState<number | null>(null)
  const range = useTimeRange((state) => state.range)
  const chosenId = useChosen((state) => state.region?.id ?? null)
  const loop = useLoop((state) => state.loop)
  const view = useView((state) => state.view)
  const span = spanOf({ view, durationSec })
  const spanSec = span.endSec - span.startSec
  const regions = useMemo(
    () => regionsOf(annotations, durationSec, spanOf({ view, durationSec })),
    [annotations, durationSec, view],
  )
  useEscape(range !== null || chosenId !== null, () => {
    setTimeRange(null)
    choose(null)
  })

  const shareOf = (event: PointerEvent): number => {
    const box = area.current?.getBoundingClientRect()
    return box && box.width > 0 ? Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) : 0
  }
  const secOf = (event: PointerEvent): number => span.startSec + shareOf(event) * spanSec
  const end = (event: PointerEvent) => {
    const start = press.current
    press.current = null
    setDrawing(null)
    if (!start) return
    const drawn =
      Math.abs(event.clientX - start.x) < CLICK_PX ? null : rangeBetween(start.sec, secOf(event), durationSec)
    setTimeRange(drawn)
    choose(null)
    if (!drawn) goTo(start.sec)
  }
  /** Where a stretch is drawn; null: not in sight. */
  const box = ({ startSec, endSec }: TimeRange) => {
    if (endSec <= span.startSec || startSec >= span.endSec) return null
    const left = Math.max(0, (startSec - span.startSec) / spanSec)
    const right = Math.min(1, (endSec - span.startSec) / spanSec)
    return { left: percent(left), width: percent(right - left) }
  }

  const shown = drawing ?? range
  const shownBox = shown && box(shown)
  const loopBox = loop && box(loop)
  return (
    <div className="waveform-overlay">
      <div
        ref={area}
        className="waveform-area"
        onPointerDown={(event) => {
          if (event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          press.current = { sec: secOf(event), x: event.clientX }
        }}
        onPointerMove={(event) => {
          setHoverShare(shareOf(event))
          const start = press.current
          if (start && Math.abs(event.clientX - start.x) >= CLICK_PX)
            setDrawing(rangeBetween(start.sec, secOf(event), durationSec))
        }}
        onPointerLeave={() => setHoverShare(null)}
        onPointerUp={end}
        onPointerCancel={() => {
          press.current = null
          setDrawing(null)
        }}
      />
      {gaps.map((gap) => {
        const style = box(gap)
        return style ? <div key={gap.startSec} className="waveform-gap" style={style} /> : null
      })}
      {regions.map((region) => (
        <RegionMark
          key={region.id}
          region={region}
          isChosen={region.id === chosenId}
          spanSec={spanSec}
          durationSec={durationSec}
          area={area}
        />
      ))}
      {shownBox ? <div className="waveform-range" style={shownBox} /> : null}
      {loopBox ? (
        <div className="waveform-loop" style={loopBox}>
          <span className="ui-visually-hidden">{t('player.looping')}</span>
        </div>
      ) : null}
      {hoverShare !== null && !drawing ? (
        <div className="waveform-hover tabular" style={{ left: percent(hoverShare) }} aria-hidden="true">
          <span className={hoverShare > 0.9 ? 'is-left' : ''}>
            {formatPosition(span.startSec + hoverShare * spanSec)}
          </span>
        </div>
      ) : null}
      <Playhead startSec={span.startSec} spanSec={spanSec} />
      {range && !drawing ? (
        <RangeBar range={range} middle={((range.startSec + range.endSec) / 2 - span.startSec) / spanSec} />
      ) : null}
    </div>
  )
}

/** Escape lets go of what is drawn or chosen. */
function useEscape(isWanted: boolean, letGo: () => void): void {
  const latest = useRef(letGo)
  useLayoutEffect(() => {
    latest.current = letGo
  })
  useEffect(() => {
    if (!isWanted) return
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) latest.current()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [isWanted])
}

/** Moves with the sound, outside of React; not to be seen where the view is elsewhere. */
function Playhead({ startSec, spanSec }: { startSec: number; spanSec: number }) {
  const line = useRef<HTMLDivElement>(null)
  useEffect(
    () =>
      onTick((sec) => {
        if (!line.current) return
        const share = (sec - startSec) / spanSec
        line.current.style.left = percent(Math.max(0, Math.min(1, share)))
        line.current.style.visibility = share < 0 || share > 1.001 ? 'hidden' : 'visible'
      }),
    [startSec, spanSec],
  )
  return <div ref={line} className="waveform-playhead" aria-hidden="true" />
}
