/** Why a stretch of a turn's text is marked. Offsets are UTF-16: [from, to). */
export interface Mark {
  from: number
  to: number
  /** `match`: the query found it; `annotation`: somebody wrote about it; `draft`: somebody is writing. */
  kind: 'match' | 'annotation' | 'draft'
  /** The annotation's id; '' for the other kinds. */
  id: string
}

/** A stretch of text under the same marks. */
export interface Segment {
  from: number
  to: number
  isMatch: boolean
  isDraft: boolean
  /** Ids of the annotations on it, in the order given. */
  annotationIds: string[]
}

/**
 * Cuts the first `length` UTF-16 units of a text at the ends of marks, so that overlapping marks become
 * stretches beside each other. What lies outside of the text is cut off; empty marks vanish. Joined, the
 * segments are the text.
 */
export function segmentsOf(length: number, marks: readonly Mark[]): Segment[] {
  if (length === 0) return []
  const inside = marks
    .map((mark) => ({ ...mark, from: Math.max(0, mark.from), to: Math.min(length, mark.to) }))
    .filter((mark) => mark.to > mark.from)
  const cuts = [...new Set([0, length, ...inside.flatMap((mark) => [mark.from, mark.to])])].sort(
    (a, b) => a - b,
  )
  return cuts.slice(0, -1).map((from, index) => {
    const to = cuts[index + 1] ?? length
    const over = inside.filter((mark) => mark.from <= from && mark.to >= to)
    return {
      from,
      to,
      isMatch: over.some((mark) => mark.kind === 'match'),
      isDraft: over.some((mark) => mark.kind === 'draft'),
      annotationIds: over.filter((mark) => mark.kind === 'annotation').map((mark) => mark.id),
    }
  })
}

/** The largest place at or before `at` that does not lie inside a surrogate pair. */
export function safeCut(text: string, at: number): number {
  if (at <= 0 || at >= text.length) return Math.max(0, Math.min(at, text.length))
  const before = text.charCodeAt(at - 1)
  const after = text.charCodeAt(at)
  return before >= 0xd800 && before < 0xdc00 && after >= 0xdc00 && after < 0xe000 ? at - 1 : at
}
