import type { Turn } from '@contract'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type Ref, useCallback, useImperativeHandle } from 'react'
import { TurnRow } from './TurnRow'
import type { Mark } from './text-marks'

/** What others may ask of a list of turns, plain or virtual. */
export interface ListHandle {
  /** Scrolls so far that the turn can be read, with a little of what is around it. */
  reveal: (turnIndex: number) => void
}

interface TurnListProps {
  handle: Ref<ListHandle>
  scroller: HTMLElement | null
  turns: readonly Turn[]
  activeTurn: number | null
  /** The turn that "this turn starts now" would be about. */
  meantTurn: number | null
  marks: ReadonlyMap<number, readonly Mark[]>
  annotated: ReadonlySet<number>
}

const NO_MARKS: readonly Mark[] = []

/** Pixels kept free above and below the turn that is revealed. */
const MARGIN_PX = 64

const prefersStillness = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches

/** Every turn in the page. */
export function PlainTurns({
  handle,
  scroller,
  turns,
  activeTurn,
  meantTurn,
  marks,
  annotated,
}: TurnListProps) {
  useImperativeHandle(
    handle,
    () => ({
      reveal: (turnIndex) => {
        const row = scroller?.querySelector(`[data-turn="${turnIndex}"]`)
        if (!scroller || !row) return
        const view = scroller.getBoundingClientRect()
        const box = row.getBoundingClientRect()
        const above = view.top + MARGIN_PX - box.top
        const below = box.bottom - (view.bottom - MARGIN_PX)
        if (above <= 0 && below <= 0) return
        // A turn as high as the window begins at the top.
        const by = above > 0 || box.height > view.height - 2 * MARGIN_PX ? -above : below
        const isFar = Math.abs(by) > view.height
        scroller.scrollBy({ top: by, behavior: isFar || prefersStillness() ? 'instant' : 'smooth' })
      },
    }),
    [scroller],
  )
  return (
    <ol className="turns">
      {turns.map((turn) => (
        <TurnRow
          key={turn.index}
          turn={turn}
          isActive={turn.index === activeTurn}
          isMeant={turn.index === meantTurn}
          isAnnotated={annotated.has(turn.index)}
          marks={marks.get(turn.index) ?? NO_MARKS}
        />
      ))}
    </ol>
  )
}

/** Characters that fit into a line, and what a row needs: good enough until the row is measured. */
const LINE_CHARACTERS = 70
const LINE_PX = 20
const ROW_PX = 14

/** Only the turns near the window; the others are room. */
export function VirtualTurns({
  handle,
  scroller,
  turns,
  activeTurn,
  meantTurn,
  marks,
  annotated,
}: TurnListProps) {
  const virtualizer = useVirtualizer({
    count: turns.length,
    getScrollElement: () => scroller,
    estimateSize: (row) => {
      const length = Math.min(turns[row]?.text.length ?? 0, 8_000)
      return ROW_PX + LINE_PX * Math.max(1, Math.ceil(length / LINE_CHARACTERS))
    },
    getItemKey: (row) => turns[row]?.index ?? row,
    indexAttribute: 'data-row',
    overscan: 8,
    paddingStart: 10,
    paddingEnd: 40,
    scrollPaddingStart: MARGIN_PX,
    scrollPaddingEnd: MARGIN_PX,
  })
  useImperativeHandle(
    handle,
    () => ({
      reveal: (turnIndex) => {
        const row = turns.findIndex((turn) => turn.index === turnIndex)
        if (row >= 0) virtualizer.scrollToIndex(row, { align: 'auto' })
      },
    }),
    [turns, virtualizer],
  )
  const measure = useCallback(
    (element: HTMLLIElement | null) => virtualizer.measureElement(element),
    [virtualizer],
  )
  return (
    <ol className="turns is-virtual" style={{ height: virtualizer.getTotalSize() }}>
      {virtualizer.getVirtualItems().map(({ index: row, start }) => {
        const turn = turns[row]
        return turn ? (
          <TurnRow
            key={turn.index}
            rowRef={measure}
            row={row}
            offset={start}
            turn={turn}
            isActive={turn.index === activeTurn}
            isMeant={turn.index === meantTurn}
            isAnnotated={annotated.has(turn.index)}
            marks={marks.get(turn.index) ?? NO_MARKS}
            size={turns.length}
          />
        ) : null
      })}
    </ol>
  )
}
