import { type PointerEvent, type RefObject, useRef, useState } from 'react'
import { focusAnnotation } from '../annotations/focus'
import { SeverityMark } from '../annotations/SeverityMark'
import { t } from '../app/words'
import { classNames, formatPosition } from '../ui'
import { choose } from './chosen'
import { goTo } from './player'
import { movable, saveStretch } from './region-edit'
import type { Region } from './regions'
import { type Edge, movedBy, type TimeRange } from './time-range'

/** A press that moves less than this (pixels) is a click. */
const CLICK_PX = 3

/**
 * An annotation on the waveform: a press on its flag opens it; one on a stretch of its own is moved by the line below
 * it, and its edges are drawn to other places.
 */
export function RegionMark({
  region,
  isChosen,
  spanSec,
  durationSec,
  area,
}: {
  region: Region
  isChosen: boolean
  /** Seconds that the whole width of `area` shows. */
  spanSec: number
  durationSec: number
  area: RefObject<HTMLDivElement | null>
}) {
  const press = useRef<{ x: number; edge: Edge } | null>(null)
  const [dragged, setDragged] = useState<TimeRange | null>(null)
  const rangeAt = (event: PointerEvent): TimeRange | null => {
    const start = press.current
    const width = area.current?.clientWidth ?? 0
    if (!start || width === 0 || Math.abs(event.clientX - start.x) < CLICK_PX) return null
    return movedBy(region, start.edge, ((event.clientX - start.x) / width) * spanSec, durationSec)
  }
  const open = () => {
    choose({ id: region.id, startSec: region.startSec, endSec: region.endSec })
    goTo(region.startSec)
    focusAnnotation(region.id)
  }
  const grip = (edge: Edge) => (
    <div
      className={`waveform-grip waveform-grip-${edge}`}
      aria-hidden="true"
      title={t(edge === 'both' ? 'player.moveRegion' : 'player.resizeRegion')}
      onPointerDown={(event) => {
        if (event.button !== 0 || !movable(region.id)) return
        event.currentTarget.setPointerCapture(event.pointerId)
        press.current = { x: event.clientX, edge }
      }}
      onPointerMove={(event) => {
        if (press.current) setDragged(rangeAt(event))
      }}
      onPointerUp={(event) => {
        if (!press.current) return
        const range = rangeAt(event)
        press.current = null
        setDragged(null)
        const annotation = movable(region.id)
        if (!range || !annotation) open()
        else {
          choose({ id: region.id, ...range })
          void saveStretch(annotation, range)
        }
      }}
      onPointerCancel={() => {
        press.current = null
        setDragged(null)
      }}
    />
  )
  const left = region.left + (dragged ? (dragged.startSec - region.startSec) / spanSec : 0)
  const width = dragged ? (dragged.endSec - dragged.startSec) / spanSec : region.width
  return (
    <div
      className={classNames(
        'waveform-region',
        `waveform-region-${region.severity ?? 'none'}`,
        isChosen && 'is-chosen',
        region.isOwn && 'is-own',
      )}
      style={{ left: `${left * 100}%`, width: `${width * 100}%` }}
    >
      {region.isOwn ? (
        <>
          {grip('both')}
          {grip('start')}
          {grip('end')}
        </>
      ) : null}
      {dragged ? (
        <span className="waveform-dragged tabular">{`${formatPosition(dragged.startSec)} – ${formatPosition(dragged.endSec)}`}</span>
      ) : null}
      <button
        type="button"
        className="waveform-flag"
        style={{ top: region.row * 18 }}
        aria-pressed={isChosen}
        aria-label={t('player.region', {
          label: region.label,
          from: formatPosition(region.startSec),
          to: formatPosition(region.endSec),
        })}
        title={region.label}
        onClick={open}
      >
        <SeverityMark severity={region.severity} />
      </button>
    </div>
  )
}
