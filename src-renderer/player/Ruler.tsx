import { useMemo } from 'react'
import { ticksOf } from './ruler'
import { spanOf, useView } from './view'

/** The seconds below the waveform. */
export function Ruler({ durationSec, widthPx }: { durationSec: number; widthPx: number }) {
  const view = useView((state) => state.view)
  const span = useMemo(() => spanOf({ view, durationSec }), [view, durationSec])
  const ticks = useMemo(() => ticksOf(span, widthPx), [span, widthPx])
  return (
    <div className="waveform-ruler tabular" aria-hidden="true">
      {ticks.map(({ sec, label }) => (
        <span key={sec} style={{ left: `${((sec - span.startSec) / (span.endSec - span.startSec)) * 100}%` }}>
          {label}
        </span>
      ))}
    </div>
  )
}
