import {
  type Annotation,
  type AnnotationDraft,
  type AnnotationPatch,
  type AnnotationPlace,
  EarmarkError,
  type Turn,
} from '@contract'
import { instantOf, secondsOf } from '../calls/call-row'
import type { ReadDb, WriteDb } from '../db/open'
import { contextOf, type Located, locate } from './anchors'
import { findSnapshot, snapshotOf } from './call-snapshot'
import {
  type AnnotationRecord,
  annotationsOfCall,
  findAnnotation,
  getAnnotation,
  insertAnnotation,
  updateAnnotation,
} from './queries'

/** Keeps a new annotation; on disk when it returns. The same draft again gives the annotation that is there. */
export function createAnnotation(
  db: WriteDb,
  calls: ReadDb,
  draft: AnnotationDraft,
  nowMs: number,
): Annotation {
  const known = findAnnotation(db, draft.id)
  if (known) return sameOrConflict(known, draft)
  const { call, turns } = snapshotOf(calls, draft.callId)
  const stored = insertAnnotation(db, {
    id: draft.id,
    parent_id: null,
    call_id: draft.callId,
    ...call,
    ...placeColumns(draft.place, turns),
    label: draft.label,
    severity: draft.severity,
    comment: draft.comment,
    reviewer: draft.reviewer,
    created_at_ms: nowMs,
    updated_at_ms: nowMs,
    status: 'anchored',
    deleted_at_ms: null,
  })
  return sameOrConflict(stored, draft)
}

/** Changes what is given; on disk when it returns. Raises `not_found`. */
export function changeAnnotation(
  db: WriteDb,
  calls: ReadDb,
  id: string,
  patch: AnnotationPatch,
  nowMs: number,
): Annotation {
  const before = getAnnotation(db, id)
  const { place, label = before.label, severity = before.severity, comment = before.comment } = patch
  const after: AnnotationRecord = {
    ...before,
    label,
    severity,
    comment,
    ...(place ? { ...placeColumns(place, snapshotOf(calls, before.call_id).turns), status: 'anchored' } : {}),
    updated_at_ms: nowMs,
  }
  updateAnnotation(db, after)
  return annotationOf(after, locateNow(after, turnsNow(calls, after.call_id)))
}

/** Takes an annotation away, or brings it back; the row stays for undo. Raises `not_found`. */
export function setDeleted(db: WriteDb, calls: ReadDb, id: string, deletedAtMs: number | null): Annotation {
  const record = { ...getAnnotation(db, id), deleted_at_ms: deletedAtMs }
  updateAnnotation(db, record)
  return annotationOf(record, locateNow(record, turnsNow(calls, record.call_id)))
}

/** A call's annotations, each at its place in the transcript as it is now. */
export function listAnnotations(db: ReadDb, calls: ReadDb, callId: string): Annotation[] {
  const records = annotationsOfCall(db, callId)
  if (records.length === 0) return []
  const turns = turnsNow(calls, callId)
  return records.map((record) => annotationOf(record, locateNow(record, turns)))
}

const turnsNow = (calls: ReadDb, callId: string): Turn[] | null => findSnapshot(calls, callId)?.turns ?? null

/** Where the annotation is now; as last known when the cache does not have its call. */
export function locateNow(record: AnnotationRecord, turns: readonly Turn[] | null): Located {
  if (turns === null)
    return {
      status: record.status,
      turnIndex: record.turn_index,
      quoteStart: record.quote_start,
      quoteEnd: record.quote_end,
    }
  return locate(
    {
      // A stretch of time is where it is, whatever was said then.
      turnIndex: record.kind === 'time' ? null : record.turn_index,
      turnText: record.turn_text,
      turnSpeaker: record.turn_speaker,
      quote: record.quote,
      quoteStart: record.quote_start,
      quoteEnd: record.quote_end,
      quoteBefore: record.quote_before,
      quoteAfter: record.quote_after,
    },
    turns,
  )
}

type PlaceColumns = Pick<
  AnnotationRecord,
  | 'kind'
  | 'turn_index'
  | 'turn_speaker'
  | 'turn_text'
  | 'quote'
  | 'quote_start'
  | 'quote_end'
  | 'quote_before'
  | 'quote_after'
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
  quote_before: null,
  quote_after: null,
  start_ms: null,
  end_ms: null,
  timing_source: null,
}

/** The columns for a place, checked against the turns as shown. Raises `invalid_input`. */
export function placeColumns(place: AnnotationPlace, turns: readonly Turn[]): PlaceColumns {
  switch (place.kind) {
    case 'call':
      return { ...NOWHERE, kind: 'call' }
    case 'turn':
      return { ...NOWHERE, kind: 'turn', ...turnColumns(requireTurn(turns, place.turnIndex)) }
    case 'quote': {
      const turn = requireTurn(turns, place.turnIndex)
      const { quote, quoteStart, quoteEnd } = place
      if (turn.text.slice(quoteStart, quoteEnd) !== quote)
        throw new EarmarkError(
          'invalid_input',
          `Turn ${turn.index} does not have this text there (any more). Select it again.`,
          { turnIndex: turn.index, quoteStart, quoteEnd },
        )
      const { before, after } = contextOf(turn.text, quoteStart, quoteEnd)
      return {
        ...NOWHERE,
        kind: 'quote',
        ...turnColumns(turn),
        quote,
        quote_start: quoteStart,
        quote_end: quoteEnd,
        quote_before: before,
        quote_after: after,
      }
    }
    case 'time': {
      const turn = turnAt(turns, place.startSec)
      return {
        ...NOWHERE,
        kind: 'time',
        ...(turn ? turnColumns(turn) : {}),
        start_ms: Math.round(place.startSec * 1000),
        end_ms: Math.round(place.endSec * 1000),
        timing_source: 'manual',
      }
    }
  }
}

function turnColumns(turn: Turn) {
  return {
    turn_index: turn.index,
    turn_speaker: turn.speaker,
    turn_text: turn.text,
    start_ms: turn.startSec === null ? null : Math.round(turn.startSec * 1000),
    end_ms: turn.endSec === null ? null : Math.round(turn.endSec * 1000),
    timing_source: turn.timing,
  }
}

function requireTurn(turns: readonly Turn[], index: number): Turn {
  const turn = turns.find((one) => one.index === index)
  if (turn) return turn
  throw new EarmarkError(
    'invalid_input',
    turns.length === 0
      ? 'This call has no transcript, so there is no turn to write on. Annotate the call instead.'
      : `This call has no turn ${index}; its turns are 0 to ${turns.length - 1}.`,
    { turnIndex: index },
  )
}

/** The turn that is being said at a time; null when none has begun. */
function turnAt(turns: readonly Turn[], timeSec: number): Turn | null {
  let found: Turn | null = null
  for (const turn of turns) if (turn.startSec !== null && turn.startSec <= timeSec) found = turn
  return found
}

function sameOrConflict(record: AnnotationRecord, draft: AnnotationDraft): Annotation {
  const same =
    record.call_id === draft.callId &&
    record.label === draft.label &&
    record.severity === draft.severity &&
    record.comment === draft.comment &&
    record.reviewer === draft.reviewer &&
    record.kind === draft.place.kind
  if (same) return annotationOf(record, null)
  throw new EarmarkError(
    'conflict',
    'Another annotation has this id already; nothing was changed. Write it again as a new one.',
    { id: record.id },
  )
}

/** A record as the contract has it, at the place `located` says (null: as written). */
export function annotationOf(record: AnnotationRecord, located: Located | null): Annotation {
  const turnIndex = located?.turnIndex ?? record.turn_index
  return {
    id: record.id,
    parentId: record.parent_id,
    callId: record.call_id,
    place: placeOf(record, located),
    turnIndex,
    turnSpeaker: record.turn_speaker,
    turnText: record.turn_text,
    startSec: secondsOf(record.start_ms),
    endSec: secondsOf(record.end_ms),
    timingSource: record.timing_source,
    label: record.label,
    severity: record.severity,
    comment: record.comment,
    reviewer: record.reviewer,
    createdAt: instantOf(record.created_at_ms),
    updatedAt: instantOf(record.updated_at_ms),
    status: located?.status ?? record.status,
  }
}

function placeOf(record: AnnotationRecord, located: Located | null): AnnotationPlace {
  const turnIndex = located?.turnIndex ?? record.turn_index ?? 0
  switch (record.kind) {
    case 'call':
      return { kind: 'call' }
    case 'turn':
      return { kind: 'turn', turnIndex }
    case 'quote':
      return {
        kind: 'quote',
        turnIndex,
        quote: record.quote ?? '',
        quoteStart: located?.quoteStart ?? record.quote_start ?? 0,
        quoteEnd: located?.quoteEnd ?? record.quote_end ?? 0,
      }
    case 'time':
      return { kind: 'time', startSec: (record.start_ms ?? 0) / 1000, endSec: (record.end_ms ?? 0) / 1000 }
  }
}
