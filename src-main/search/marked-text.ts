import type { SnippetPart } from '@contract'
import { MATCH_CLOSE, MATCH_OPEN, TURN_END, withoutGaps } from './index-text'

/** A text as shown, and where matches stand in it: UTF-16 offsets, [from, to). */
export interface MarkedText {
  text: string
  ranges: [number, number][]
}

/** The turns (or numbers) of a column that highlight() has marked, as they were put together for the index. */
export const splitTurns = (column: string): string[] => column.split(BORDERS)
const BORDERS = new RegExp(`\\n(?:${TURN_END} ?)+\\n`)

export const hasMatch = (column: string): boolean => column.includes(MATCH_OPEN)

/** Reads highlight()'s marks; the text comes out as it was before it was indexed. */
export function readMarks(highlighted: string): MarkedText {
  const pieces = withoutGaps(highlighted).split(MATCH_OPEN)
  let text = pieces[0] ?? ''
  const ranges: [number, number][] = []
  for (const piece of pieces.slice(1)) {
    const [inside = '', after = ''] = piece.split(MATCH_CLOSE)
    ranges.push([text.length, text.length + inside.length])
    text += inside + after
  }
  return { text, ranges }
}

/** The turn in which most different words were found, the first of those; null when none has any. */
export function bestTurn(turns: readonly string[]): { turnIndex: number; marked: MarkedText } | null {
  let best: { turnIndex: number; marked: MarkedText } | null = null
  let most = 0
  for (const [turnIndex, turn] of turns.entries()) {
    if (!hasMatch(turn)) continue
    const marked = readMarks(turn)
    const different = new Set(marked.ranges.map(([from, to]) => marked.text.slice(from, to).toLowerCase()))
      .size
    if (different > most) {
      best = { turnIndex, marked }
      most = different
    }
  }
  return best
}

const BEFORE = 48
const LENGTH = 180

/** About a line of the text around its first match; "…" stands where something was left out. */
export function snippetOf({ text, ranges }: MarkedText): SnippetPart[] {
  const first = ranges[0]?.[0] ?? 0
  let from = first <= BEFORE || text.length <= LENGTH ? 0 : wordStart(text, first - BEFORE, first)
  if (from > 0 && text.length - from < LENGTH)
    from = wordStart(text, Math.max(0, text.length - LENGTH), first)
  const to = text.length - from <= LENGTH ? text.length : wordEnd(text, from + LENGTH)
  const parts: SnippetPart[] = []
  const add = (part: string, match: boolean): void => {
    if (part !== '') parts.push({ text: part.replace(/\s+/g, ' '), match })
  }
  let at = from
  add(from > 0 ? '…' : '', false)
  for (const [start, end] of ranges) {
    if (start < at || start >= to) continue
    add(text.slice(at, start), false)
    add(text.slice(start, Math.min(end, to)), true)
    at = Math.min(end, to)
  }
  add(text.slice(at, to), false)
  add(to < text.length ? '…' : '', false)
  return parts
}

const isLowSurrogate = (text: string, at: number): boolean => /[\uDC00-\uDFFF]/.test(text[at] ?? '')

/** The beginning of a word at or behind `at`, but not behind `last`. */
function wordStart(text: string, at: number, last: number): number {
  const space = text.slice(at, last).search(/\s/)
  const start = at === 0 ? 0 : space < 0 ? at : at + space + 1
  return isLowSurrogate(text, start) ? start - 1 : start
}

/** The end of a word at or before `at`, unless that is far away. */
function wordEnd(text: string, at: number): number {
  const tail = text.slice(at - 30, at)
  const space = tail.search(/\s\S*$/)
  const end = space < 0 ? at : at - 30 + space
  return isLowSurrogate(text, end) ? end - 1 : end
}
