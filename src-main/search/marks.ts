import { Speaker } from '@contract'
import type { ReadDb } from '../db/open'
import { BORDER, MATCH_CLOSE, MATCH_OPEN, TURN_END } from './index-text'
import { LONG_TEXT, markLong } from './mark-long'
import { splitTurns } from './marked-text'
import { type Column, withScratch } from './scratch'
import { type CallText, textsOf } from './turns-of'

/** What a query's words were found in, with the borders of the matches in the texts (see `readMarks`). */
export interface MarkedCall {
  /** In order; those without a match too. */
  turns: { index: number; text: string }[]
  summary: string
  numbers: string[]
}

const FOUND: readonly Column[] = [...Speaker.options, 'summary', 'numbers']

/**
 * Marks the words of `match` (`CompiledQuery.marks`) in these calls, by key; at most about `maxMatches` in a text too
 * long to be marked in one go. A call without any is left out. `isNear`: NEAR is in it.
 */
export function markCalls(
  db: ReadDb,
  keys: readonly number[],
  { match, isNear, maxMatches }: { match: string; isNear: boolean; maxMatches: number },
): Map<number, MarkedCall> {
  const calls = textsOf(db, keys)
  const columnsOf = new Map(calls.map((call) => [call.key, columnsIn(call, isNear ? BORDER : SHORT_BORDER)]))
  const isLong = ({ key }: CallText): boolean =>
    FOUND.some((column) => (columnsOf.get(key)?.[column].length ?? 0) > LONG_TEXT)
  const marked = new Map<number, MarkedCall>()
  for (const call of calls.filter(isLong)) {
    const columns = columnsOf.get(call.key)
    if (columns)
      marked.set(
        call.key,
        callOf(call, (column) => markLong(column, columns[column], match, maxMatches)),
      )
  }
  const short = calls.filter((call) => !isLong(call))
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
