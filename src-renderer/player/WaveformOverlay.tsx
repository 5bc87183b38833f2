import type { Annotation } from '@contract'
import { X } from 'lucide-react'
import { type PointerEvent, useEffect, useMemo, useRef, useState } from 'react'
import { addAnnotation } from '../annotations/actions'
import { focusAnnotation } from '../annotations/focus'
import { SeverityMark } from '../annotations/SeverityMark'
import { keyOf } from '../app/all-keys'
import { t } from '../app/words'
import { Button, formatPosition, IconButton } from '../ui'
import { goTo, onTick } from './player'
import { regionsOf } from './regions'
import { rangeBetween, setTimeRange, type TimeRange, useTimeRange } from './time-range'

/** A press that moves less than this (pixels) is a click. */
const CLICK_PX = 4

const percent = (share: number): string => `${share * 100}%`

/** Everything that lies over the waveform: annotations, the drawn range, the playhead; takes clicks and drags. */
export function WaveformOverlay({
  durationSec,
  annotations,
}: {
  durationSec: number
  annotations: readonly Annotation[]
}) {
  const area = useRef<HTMLDivElement>(null)
  const press = useRef<{ share: number; x: number } | null>(null)
  const [drawing, setDrawing] = useState<TimeRange | null>(null)
  const [hoverShare, setHoverShare] = useState<number | null>(null)
  const range = useTimeRange((state) => state.range)
  const regions = useMemo(() => regionsOf(annotations, durationSec), [annotations, durationSec])

  const shareOf = (event: PointerEvent): number => {
    const box = area.current?.getBoundingClientRect()
    return box && box.width > 0 ? Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) : 0
  }
  const end = (event: PointerEvent) => {
    const start = press.current
    press.current = null
    setDrawing(null)
    if (!start) return
    const drawn =
      Math.abs(event.clientX - start.x) < CLICK_PX
        ? null
        : rangeBetween(start.share, shareOf(event), durationSec)
    setTimeRange(drawn)
    if (!drawn) goTo(start.share * durationSec)
  }

  const shown = drawing ?? range
  return (
    <div className="waveform-overlay">
      <div
        ref={area}
        className="waveform-area"
        onPointerDown={(event) => {
          if (event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          press.current = { share: shareOf(event), x: event.clientX }
        }}
        onPointerMove={(event) => {
          setHoverShare(shareOf(event))
          const start = press.current
          if (start && Math.abs(event.clientX - start.x) >= CLICK_PX)
            setDrawing(rangeBetween(start.share, shareOf(event), durationSec))
        }}
        onPointerLeave={() => setHoverShare(null)}
        onPointerUp={end}
        onPointerCancel={() => {
          press.current = null
          setDrawing(null)
        }}
      />
      {regions.map((region) => (
        <div
          key={region.id}
          className={`waveform-region waveform-region-${region.severity ?? 'none'}`}
          style={{ left: percent(region.left), width: percent(region.width) }}
        >
          <button
            type="button"
            className="waveform-flag"
            style={{ top: region.row * 18 }}
            aria-label={t('player.region', {
              label: region.label,
              from: formatPosition(region.startSec),
              to: formatPosition(region.endSec),
            })}
            title={region.label}
            onClick={() => {
              goTo(region.startSec)
              focusAnnotation(region.id)
            }}
          >
            <SeverityMark severity={region.severity} />
          </button>
        </div>
      ))}
      {shown ? (
        <div
          className="waveform-range"
          style={{
            left: percent(shown.startSec / durationSec),
            width: percent((shown.endSec - shown.startSec) / durationSec),
          }}
        />
      ) : null}
      {hoverShare !== null && !drawing ? (
        <div className="waveform-hover tabular" style={{ left: percent(hoverShare) }} aria-hidden="true">
          <span className={hoverShare > 0.9 ? 'is-left' : ''}>
            {formatPosition(hoverShare * durationSec)}
          </span>
        </div>
      ) : null}
      <Playhead durationSec={durationSec} />
      {range && !drawing ? <RangeBar range={range} durationSec={durationSec} /> : null}
    </div>
  )
}

/** What can be done with a drawn range; Escape takes the range away. */
function RangeBar({ range, durationSec }: { range: TimeRange; durationSec: number }) {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) setTimeRange(null)
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [])
  const middle = (range.startSec + range.endSec) / 2 / durationSec
  return (
    <div className="waveform-range-bar" style={{ left: percent(Math.max(0.12, Math.min(0.88, middle))) }}>
      <span className="tabular">{`${formatPosition(range.startSec)} – ${formatPosition(range.endSec)}`}</span>
      <Button size="s" variant="ghost" keyHint={keyOf('annotations.add')} onPress={() => addAnnotation()}>
        {t('annotations.annotate')}
      </Button>
      <IconButton
        size="s"
        label={t('player.clearRange')}
        keyHint="Escape"
        icon={<X size={14} />}
        onPress={() => setTimeRange(null)}
      />
    </div>
  )
}

/** Moves with the sound, outside of React. */
function Playhead({ durationSec }: { durationSec: number }) {
  const line = useRef<HTMLDivElement>(null)
  useEffect(
    () =>
      onTick((sec) => {
        if (line.current) line.current.style.left = percent(Math.max(0, Math.min(1, sec / durationSec)))
      }),
    [durationSec],
  )
  return <div ref={line} className="waveform-playhead" aria-hidden="true" />
}
