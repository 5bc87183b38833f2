import type { Speaker } from '@contract'
import type { ReadDb } from '../db/open'
import { BORDER, type Column, MATCH_CLOSE, MATCH_OPEN, TURN_END } from './index-text'
import { LONG_TEXT, markLong } from './mark-long'
import { isPlainCall, markPlain, type PlainMark, type PlainMarker, plainMarker } from './mark-plain'
import { hasMatch, splitTurns } from './marked-text'
import { withScratch } from './scratch'
import { type CallText, numbersOf, textsOf } from './turns-of'

/** What a query's words were found in, with the borders of the matches in the texts (see `readMarks`). */
export interface MarkedCall {
  /** In order; those without a match too. */
  turns: { index: number; text: string }[]
  summary: string
  numbers: string[]
}

export interface MarkOptions {
  /** `CompiledQuery.marks` */
  match: string
  /** `CompiledQuery.plainMarks` */
  plain: readonly PlainMark[] | null
  /** `CompiledQuery.marksNear` */
  isNear: boolean
  /** In a text too long to be marked in one go; about. */
  maxMatches: number
}

/**
 * Marks the words of a query in these calls, by key. A call without any is left out. ASCII is read here, which is five
 * times as fast; what else there is, FTS5 marks.
 */
export function markCalls(
  db: ReadDb,
  keys: readonly number[],
  { match, plain, isNear, maxMatches }: MarkOptions,
): Map<number, MarkedCall> {
  const marked = new Map<number, MarkedCall>()
  const calls: CallText[] = []
  const markers = plain === null ? null : markersOf(plain)
  for (const call of textsOf(db, keys)) {
    if (markers === null || isTooLong(call) || !isPlainCall(call)) {
      calls.push(call)
      continue
    }
    const found = markedPlainly(call, markers)
    if (found !== null) marked.set(call.key, found)
  }
  if (calls.length === 0) return marked
  const columnsOf = new Map(calls.map((call) => [call.key, columnsIn(call, isNear ? BORDER : SHORT_BORDER)]))
  for (const call of calls.filter(isTooLong)) {
    const columns = columnsOf.get(call.key)
    if (columns)
      marked.set(
        call.key,
        callOf(call, (column) => markLong(column, columns[column], match, maxMatches)),
      )
  }
  const short = calls.filter((call) => !isTooLong(call))
  withScratch((scratch) => {
    const owners = new Map<number, CallText>()
    for (const call of short) owners.set(scratch.addRow(columnsOf.get(call.key) ?? {}), call)
    for (const found of scratch.marked(match, MATCH_OPEN, MATCH_CLOSE)) {
      const call = owners.get(found.row)
      if (call)
        marked.set(
          call.key,
          callOf(call, (column) => found[column]),
        )
    }
  })
  return marked
}

/** Whether anybody's words, or the summary, are too long to be marked in one go. */
function isTooLong({ turns, summary, numbers }: CallText): boolean {
  const lengths: Record<Speaker, number> = { agent: 0, caller: 0, other: 0 }
  for (const { speaker, text } of turns) lengths[speaker] += text.length + SHORT_BORDER.length
  return Math.max(...Object.values(lengths), summary.length, numbers.length) > LONG_TEXT
}

type Markers = Record<Speaker | 'anybody', PlainMarker>

function markersOf(marks: readonly PlainMark[]): Markers {
  const of = (speaker: Speaker): PlainMarker =>
    plainMarker(marks.filter(({ speakers }) => speakers === null || speakers.includes(speaker)))
  return {
    agent: of('agent'),
    caller: of('caller'),
    other: of('other'),
    anybody: plainMarker(marks.filter(({ speakers }) => speakers === null)),
  }
}

function markedPlainly(call: CallText, markers: Markers): MarkedCall | null {
  const { anybody } = markers
  const marked: MarkedCall = {
    turns: call.turns.map(({ index, speaker, text }) => ({
      index,
      text: markPlain(text, markers[speaker]),
    })),
    summary: markPlain(call.summary, anybody),
    numbers: numbersOf(call).map((number) => markPlain(number, anybody)),
  }
  const all = [...marked.turns.map(({ text }) => text), marked.summary, ...marked.numbers]
  return all.some(hasMatch) ? marked : null
}

/** Enough for words and phrases, and quicker to read. */
const SHORT_BORDER = `\n${TURN_END}\n`

function columnsIn(call: CallText, border: string): Record<Column, string> {
  const said = (speaker: Speaker): string =>
    call.turns.flatMap((turn) => (turn.speaker === speaker ? [turn.text] : [])).join(border)
  return {
    agent: said('agent'),
    caller: said('caller'),
    other: said('other'),
    summary: call.summary,
    numbers: call.numbers,
    facets: '',
  }
}

/** The turns out of the columns that they were put into, in their own order. */
function callOf(call: CallText, column: (name: Column) => string): MarkedCall {
  const pieces = (speaker: Speaker): Iterator<string> => splitTurns(column(speaker)).values()
  const said = { agent: pieces('agent'), caller: pieces('caller'), other: pieces('other') }
  return {
    turns: call.turns.map(({ index, speaker }) => ({ index, text: said[speaker].next().value ?? '' })),
    summary: column('summary'),
    numbers: splitTurns(column('numbers')),
  }
}
