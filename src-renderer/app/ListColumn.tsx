import { type ReactNode, useRef, useState } from 'react'
import { readStored, store } from './stored'
import { t } from './words'
import './ListColumn.css'

const MIN = 260
const MAX = 560
const USUAL = 320
const STEP = 16

const clampWidth = (width: number): number =>
  Number.isFinite(width) ? Math.round(Math.min(MAX, Math.max(MIN, width))) : USUAL

/** The left column; its right edge is dragged, or moved with the arrow keys, and stays where it was put. */
export function ListColumn({ children }: { children: ReactNode }) {
  const [width, setWidth] = useState(() => clampWidth(Number(readStored('list-width') ?? USUAL)))
  const column = useRef<HTMLElement>(null)
  const change = (next: number) => {
    const clamped = clampWidth(next)
    setWidth(clamped)
    store('list-width', String(clamped))
  }
  return (
    <nav className="list-column" ref={column} style={{ width }} aria-label={t('app.find')}>
      {children}
      {/* biome-ignore lint/a11y/useSemanticElements: <hr> can't be dragged */}
      <div
        className="list-edge"
        role="separator"
        aria-orientation="vertical"
        aria-label={t('app.resize')}
        aria-valuenow={width}
        aria-valuemin={MIN}
        aria-valuemax={MAX}
        tabIndex={0}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={(event) => {
          if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
          change(event.clientX - (column.current?.getBoundingClientRect().left ?? 0))
        }}
        onDoubleClick={() => change(USUAL)}
        onKeyDown={(event) => {
          if (event.key === 'ArrowLeft') change(width - STEP)
          else if (event.key === 'ArrowRight') change(width + STEP)
          else return
          event.preventDefault()
        }}
      />
    </nav>
  )
}
