/** Why a stretch of a turn's text is marked. Offsets are UTF-16: [from, to). */
export interface Mark {
  from: number
  to: number
  /**
   * `match`: the query found it; `current`: the match that was gone to; `annotation`: somebody wrote about it; `draft`:
   * somebody is writing.
   */
  kind: 'match' | 'current' | 'annotation' | 'draft'
  /** The annotation's id; '' for the other kinds. */
  id: string
}

/** A stretch of text under the same marks. */
export interface Segment {
  from: number
  to: number
  isMatch: boolean
  isCurrent: boolean
  isDraft: boolean
  /** Ids of the annotations on it, those that begin first first. */
  annotationIds: string[]
}

/**
 * Cuts the first `length` UTF-16 units of a text at the ends of marks, so that overlapping marks become
 * stretches beside each other. What lies outside of the text is cut off; empty marks vanish. Joined, the
 * segments are the text.
 */
export function segmentsOf(length: number, marks: readonly Mark[]): Segment[] {
  if (length === 0) return []
  const edges: { at: number; mark: Mark; isStart: boolean }[] = []
  for (const mark of marks) {
    const from = Math.max(0, mark.from)
    const to = Math.min(length, mark.to)
    if (to > from) edges.push({ at: from, mark, isStart: true }, { at: to, mark, isStart: false })
  }
  edges.sort((a, b) => a.at - b.at)
  // One walk from edge to edge with the marks that are open there: a turn may have thousands of matches.
  const open = new Set<Mark>()
  const segments: Segment[] = []
  let from = 0
  const close = (to: number) => {
    if (to === from) return
    const over = [...open]
    segments.push({
      from,
      to,
      isMatch: over.some((mark) => mark.kind === 'match'),
      isCurrent: over.some((mark) => mark.kind === 'current'),
      isDraft: over.some((mark) => mark.kind === 'draft'),
      annotationIds: over.filter((mark) => mark.kind === 'annotation').map((mark) => mark.id),
    })
    from = to
  }
  for (const { at, mark, isStart } of edges) {
    close(at)
    if (isStart) open.add(mark)
    else open.delete(mark)
  }
  close(length)
  return segments
}

/**
 * How much of a long text has to be shown so that nothing important hides in the rest: all that is annotated, the
 * match that was gone to, and the first.
 */
export function neededLength(marks: readonly Mark[]): number {
  let needed = 0
  let firstMatch = Number.POSITIVE_INFINITY
  for (const mark of marks)
    if (mark.kind === 'match') firstMatch = Math.min(firstMatch, mark.to)
    else needed = Math.max(needed, mark.to)
  return firstMatch === Number.POSITIVE_INFINITY ? needed : Math.max(needed, firstMatch)
}

/** The largest place at or before `at` that does not lie inside a surrogate pair. */
export function safeCut(text: string, at: number): number {
  if (at <= 0 || at >= text.length) return Math.max(0, Math.min(at, text.length))
  const before = text.charCodeAt(at - 1)
  const after = text.charCodeAt(at)
  return before >= 0xd800 && before < 0xdc00 && after >= 0xdc00 && after < 0xe000 ? at - 1 : at
}
