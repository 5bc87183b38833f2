/*
 * A list of rows of one height, as high as it likes. Chromium clamps an element's height at 33,554,428 px, so a longer
 * list has an element of `MAX_HEIGHT` and its places are mapped: near both ends pixel by pixel, in between scaled.
 *
 *   logical   where a row would be if heights had no end
 *   physical  where it is in the element: logical - shift; the shift is a whole number of rows
 *
 * Small steps (wheel, keys, a fling) keep the shift, so that a pixel stays a pixel; great ones (the scrollbar) take the
 * shift of their place. What small steps add up to is put right when they have ended, without a row moving.
 */

const MAX_HEIGHT = 12_000_000
/** Physical pixels at both ends that are not scaled. */
const EDGE = 1_000_000

/** Pixels. `height` and `total` are whole numbers of rows. */
export interface Scale {
  rowHeight: number
  /** Of all rows. */
  total: number
  /** Of the element. */
  height: number
}

/** Where the list is: `top` of the element, and by how much its rows are shifted. */
export interface Place {
  top: number
  shift: number
}

/** How a list of that many rows is drawn. `maxHeight` is given for tests. */
export function scaleOf(count: number, rowHeight: number, maxHeight = MAX_HEIGHT): Scale {
  const total = count * rowHeight
  return { rowHeight, total, height: Math.min(total, Math.floor(maxHeight / rowHeight) * rowHeight) }
}

const isScaled = ({ total, height }: Scale): boolean => total > height

/** The place in all rows for a `scrollTop` of the element; both begin at 0 and end together. */
export function logicalOf(scale: Scale, top: number, view: number): number {
  if (!isScaled(scale)) return top
  const { physicalEnd, logicalEnd, edge } = endsOf(scale, view)
  if (top <= edge) return top
  if (top >= physicalEnd - edge) return logicalEnd - (physicalEnd - top)
  return edge + ((top - edge) * (logicalEnd - 2 * edge)) / (physicalEnd - 2 * edge)
}

/** The inverse of `logicalOf`. */
export function topOf(scale: Scale, logical: number, view: number): number {
  if (!isScaled(scale)) return logical
  const { physicalEnd, logicalEnd, edge } = endsOf(scale, view)
  if (logical <= edge) return logical
  if (logical >= logicalEnd - edge) return physicalEnd - (logicalEnd - logical)
  return edge + ((logical - edge) * (physicalEnd - 2 * edge)) / (logicalEnd - 2 * edge)
}

function endsOf({ total, height }: Scale, view: number) {
  const physicalEnd = Math.max(0, height - view)
  return {
    physicalEnd,
    logicalEnd: Math.max(0, total - view),
    edge: Math.min(EDGE, Math.floor(physicalEnd / 4)),
  }
}

/** The place with which this one of all rows stands at the top of the view. */
export function placeOf(scale: Scale, logical: number, view: number): Place {
  const target = Math.min(Math.max(0, logical), Math.max(0, scale.total - view))
  const wanted = target - topOf(scale, target, view)
  const { physicalEnd } = endsOf(scale, view)
  // The nearest whole rows with which the element can stand there.
  let shift = Math.round(wanted / scale.rowHeight) * scale.rowHeight
  if (target - shift > physicalEnd)
    shift += Math.ceil((target - shift - physicalEnd) / scale.rowHeight) * scale.rowHeight
  if (target - shift < 0) shift = Math.floor(target / scale.rowHeight) * scale.rowHeight
  return { top: target - shift, shift }
}

/** The place after the element was scrolled to `top`. */
export function scrolled(scale: Scale, from: Place, top: number, view: number): Place {
  if (!isScaled(scale)) return { top, shift: 0 }
  const { physicalEnd } = endsOf(scale, view)
  const isSmall = Math.abs(top - from.top) <= 2 * view && top > 0 && top < physicalEnd
  if (isSmall) return { top, shift: from.shift }
  const wanted = logicalOf(scale, top, view) - top
  return { top, shift: Math.round(wanted / scale.rowHeight) * scale.rowHeight }
}

/** The rows in view, both included, with `overscan` more on either side. */
export function rowsInView(
  { rowHeight, total }: Scale,
  { top, shift }: Place,
  view: number,
  overscan: number,
): { first: number; last: number } {
  const last = Math.max(0, Math.round(total / rowHeight) - 1)
  const clamp = (row: number) => Math.min(last, Math.max(0, row))
  return {
    first: clamp(Math.floor((top + shift) / rowHeight) - overscan),
    last: clamp(Math.ceil((top + shift + view) / rowHeight) + overscan),
  }
}
