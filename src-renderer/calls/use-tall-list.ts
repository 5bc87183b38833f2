import { type RefObject, useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { type Place, placeOf, rowsInView, scaleOf, scrolled } from './tall-list'

/** Rows that are drawn above and below those in sight. */
const OVERSCAN = 8

interface View {
  place: Place
  height: number
}

export interface TallList {
  /** Of the element that holds the rows. */
  height: number
  /** The rows to draw, both included. */
  first: number
  last: number
  /** Rows that fit into the window. */
  pageRows: number
  /** Pixels from the top of that element. */
  topOfRow: (index: number) => number
  /** Scrolls as little as it takes to see the row. */
  scrollToRow: (index: number) => void
  scrollToTop: () => void
}

/** Draws of a list of any length the rows in sight; `scroller` is what scrolls. See tall-list.ts. */
export function useTallList(
  scroller: RefObject<HTMLElement | null>,
  { count, rowHeight }: { count: number; rowHeight: number },
): TallList {
  const scale = useMemo(() => scaleOf(count, rowHeight), [count, rowHeight])
  const [view, setView] = useState<View>({ place: { top: 0, shift: 0 }, height: 0 })
  const latest = useRef(view)
  const scaleNow = useRef(scale)
  /** Where the list was put by us: the event that follows says nothing new. */
  const expected = useRef<Place | null>(null)

  const show = useCallback((next: View, isUrgent: boolean) => {
    const { place, height } = latest.current
    if (place.top === next.place.top && place.shift === next.place.shift && height === next.height) return
    latest.current = next
    // In the same frame: the rows have to be there when the scrolled element is painted.
    if (isUrgent) flushSync(() => setView(next))
    else setView(next)
  }, [])

  const put = useCallback(
    (logical: number, isUrgent: boolean) => {
      const element = scroller.current
      if (!element) return
      const place = placeOf(scaleNow.current, logical, element.clientHeight)
      expected.current = place
      show({ place, height: element.clientHeight }, isUrgent)
      element.scrollTop = place.top
    },
    [scroller, show],
  )

  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return
    const owner = new AbortController()
    const { signal } = owner
    const onScroll = () => {
      const top = element.scrollTop
      const own = expected.current
      expected.current = null
      const place =
        own && Math.abs(own.top - top) < 1
          ? { top, shift: own.shift }
          : scrolled(scaleNow.current, latest.current.place, top, element.clientHeight)
      show({ place, height: element.clientHeight }, true)
    }
    const onScrollEnd = () => {
      if (scaleNow.current.total === scaleNow.current.height) return
      const { top, shift } = latest.current.place
      const right = placeOf(scaleNow.current, top + shift, element.clientHeight)
      if (Math.abs(right.top - top) > 2 * scaleNow.current.rowHeight) put(top + shift, true)
    }
    element.addEventListener('scroll', onScroll, { signal, passive: true })
    element.addEventListener('scrollend', onScrollEnd, { signal })
    const resized = new ResizeObserver(() =>
      show({ place: latest.current.place, height: element.clientHeight }, false),
    )
    resized.observe(element)
    return () => {
      owner.abort()
      resized.disconnect()
    }
  }, [scroller, show, put])

  // A list that got shorter or longer stays where it is.
  useLayoutEffect(() => {
    const before = scaleNow.current
    scaleNow.current = scale
    if (before === scale) return
    const { place } = latest.current
    const isPlain = before.total === before.height && scale.total === scale.height
    if (!isPlain) put(place.top + place.shift, false)
  }, [scale, put])

  const { first, last } = rowsInView(scale, view.place, view.height, OVERSCAN)
  const { shift } = view.place
  return {
    height: scale.height,
    first,
    last: count === 0 ? -1 : last,
    pageRows: Math.floor(view.height / rowHeight),
    topOfRow: (index) => index * rowHeight - shift,
    scrollToRow: useCallback(
      (index) => {
        const element = scroller.current
        if (!element) return
        const { place } = latest.current
        const top = place.top + place.shift
        const start = index * rowHeight
        if (start < top) put(start, false)
        else if (start + rowHeight > top + element.clientHeight)
          put(start + rowHeight - element.clientHeight, false)
      },
      [scroller, rowHeight, put],
    ),
    scrollToTop: useCallback(() => put(0, false), [put]),
  }
}
