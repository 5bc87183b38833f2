import { type AnnotationPlace, EarmarkError, MASK, MAX_POSITION_SEC, maskNumbers, type Turn } from '@contract'
import { contextOf, locate } from './anchors'
import type { AnnotationRecord } from './queries'
import { wholeCodePoints } from './text'

/** The columns of an annotation that say where it is: a copy of what was there when it was written. */
export type PlaceColumns = Pick<
  AnnotationRecord,
  | 'kind'
  | 'turn_index'
  | 'turn_speaker'
  | 'turn_text'
  | 'quote'
  | 'quote_start'
  | 'quote_end'
  | 'context_before'
  | 'context_after'
  | 'start_ms'
  | 'end_ms'
  | 'timing_source'
>

const NOWHERE: Omit<PlaceColumns, 'kind'> = {
  turn_index: null,
  turn_speaker: null,
  turn_text: null,
  quote: null,
  quote_start: null,
  quote_end: null,
  context_before: null,
  context_after: null,
  start_ms: null,
  end_ms: null,
  timing_source: null,
}

/**
 * What to keep of a place, checked against the turns as shown. A quote that is not at its offsets (the transcript
 * changed while somebody wrote) is taken where it is nearest to them. Raises `invalid_input`.
 */
export function placeColumns(place: AnnotationPlace, turns: readonly Turn[]): PlaceColumns {
  switch (place.kind) {
    case 'call':
      return { ...NOWHERE, kind: 'call' }
    case 'turn': {
      const position = positionOf(turns, place.turnIndex)
      return { ...NOWHERE, kind: 'turn', ...turnColumns(turns, position) }
    }
    case 'quote': {
      const { position, start, end } = findQuote(place, turns)
      return {
        ...NOWHERE,
        kind: 'quote',
        ...turnColumns(turns, position, start, end),
        quote: turns[position]?.text.slice(start, end) ?? '',
        quote_start: start,
        quote_end: end,
      }
    }
    case 'time': {
      // A millisecond long at least, and within what a place may be.
      const startMs = Math.min(Math.round(place.startSec * 1000), MAX_POSITION_SEC * 1000 - 1)
      const position = positionAt(turns, place.startSec)
      return {
        ...NOWHERE,
        kind: 'time',
        ...(position === null ? {} : turnColumns(turns, position)),
        start_ms: startMs,
        end_ms: Math.max(startMs + 1, Math.round(place.endSec * 1000)),
        timing_source: 'manual',
      }
    }
  }
}

const msOf = (sec: number | null): number | null => (sec === null ? null : Math.round(sec * 1000))

function turnColumns(turns: readonly Turn[], position: number, start = 0, end?: number) {
  const turn = turns[position]
  if (!turn) return {}
  const { before, after } = contextOf(turns, position, start, end ?? turn.text.length)
  return {
    turn_index: turn.index,
    turn_speaker: turn.speaker,
    turn_text: turn.text,
    context_before: before,
    context_after: after,
    start_ms: msOf(turn.startSec),
    end_ms: msOf(turn.endSec),
    timing_source: turn.timing,
  }
}

function positionOf(turns: readonly Turn[], index: number): number {
  const position = turns.findIndex((turn) => turn.index === index)
  if (position >= 0) return position
  throw new EarmarkError(
    'invalid_input',
    turns.length === 0
      ? 'This call has no transcript, so there is no turn to write on. Annotate the call instead.'
      : `This call has no turn ${index}; its turns are 0 to ${turns.length - 1}.`,
    { turnIndex: index },
  )
}

/** The turn that is being said at a time, by its position; null when none is. */
function positionAt(turns: readonly Turn[], timeSec: number): number | null {
  const position = turns.findLastIndex(({ startSec }) => startSec !== null && startSec <= timeSec)
  const endSec = turns[position]?.endSec ?? null
  return position < 0 || (endSec !== null && endSec < timeSec) ? null : position
}

function findQuote(
  { turnIndex, quote, quoteStart, quoteEnd }: Extract<AnnotationPlace, { kind: 'quote' }>,
  said: readonly Turn[],
): { position: number; start: number; end: number } {
  // Selected while numbers were masked: looked for in the masked texts, whose places are those of the texts.
  const turns = quote.includes(MASK) ? said.map((turn) => ({ ...turn, text: maskNumbers(turn.text) })) : said
  const own = turns.findIndex((turn) => turn.index === turnIndex)
  const text = turns[own]?.text
  if (text?.slice(quoteStart, quoteEnd) === quote)
    return { position: own, ...wholeCodePoints(text, quoteStart, quoteEnd) }
  const nearest = turns
    .map((turn, position) => ({ position, start: nearestIndexOf(turn.text, quote, quoteStart) }))
    .filter(({ start }) => start >= 0)
    .sort((a, b) => Math.abs(a.position - own) - Math.abs(b.position - own))[0]
  if (!nearest)
    throw new EarmarkError(
      'invalid_input',
      'The selected text is not in this transcript (any more): the transcript has changed. Select it again.',
      { turnIndex, quoteStart, quoteEnd },
    )
  const found = turns[nearest.position]?.text ?? ''
  return {
    position: nearest.position,
    ...wholeCodePoints(found, nearest.start, nearest.start + quote.length),
  }
}

/** Where `part` begins in `text`, nearest to `near`; -1: nowhere. */
function nearestIndexOf(text: string, part: string, near: number): number {
  const before = text.lastIndexOf(part, near)
  const after = text.indexOf(part, near)
  if (before < 0 || after < 0) return Math.max(before, after)
  return near - before <= after - near ? before : after
}

/** Where an annotation's place is now, with the turn as it is now; as written where that is not known. */
export type ShownPlace = Pick<
  AnnotationRecord,
  | 'turn_index'
  | 'turn_speaker'
  | 'turn_text'
  | 'quote_start'
  | 'quote_end'
  | 'start_ms'
  | 'end_ms'
  | 'timing_source'
> & { status: 'anchored' | 'moved' | 'orphaned' }

/**
 * Finds the place in the call's turns of now (null: the cache does not have them). A stretch of time stays where it
 * is, whatever becomes of what was said then.
 */
export function shownPlace(record: AnnotationRecord, turns: readonly Turn[] | null): ShownPlace {
  const asWritten = { ...record, status: 'anchored' } as const
  const { kind, turn_index, turn_text, quote, quote_start } = record
  if (turns === null || turn_index === null || turn_text === null) return asWritten
  const located = locate(
    {
      turnIndex: turn_index,
      turnSpeaker: record.turn_speaker,
      turnText: turn_text,
      quote: quote === null || quote_start === null ? null : { text: quote, start: quote_start },
      before: record.context_before ?? '',
      after: record.context_after ?? '',
    },
    turns,
  )
  if (located.status === 'orphaned')
    return { ...asWritten, status: kind === 'time' ? 'anchored' : 'orphaned' }
  const turn = turns.find(({ index }) => index === located.turnIndex)
  if (!turn) return asWritten
  const isTime = kind === 'time'
  return {
    status: isTime ? 'anchored' : located.status,
    turn_index: turn.index,
    turn_speaker: turn.speaker,
    turn_text: turn.text,
    quote_start: located.quoteStart,
    quote_end: located.quoteEnd,
    start_ms: isTime ? record.start_ms : msOf(turn.startSec),
    end_ms: isTime ? record.end_ms : msOf(turn.endSec),
    timing_source: isTime ? record.timing_source : turn.timing,
  }
}
