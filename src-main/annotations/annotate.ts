import { createHash } from 'node:crypto'
import {
  type Annotation,
  type AnnotationDraft,
  type AnnotationPatch,
  type AnnotationPlace,
  type CallId,
  EarmarkError,
  type Turn,
} from '@contract'
import { instantOf, secondsOf } from '../calls/call-row'
import { storedVersion } from '../calls/meaning'
import { explained, type ReadDb, type WriteDb, writing } from '../db/open'
import { lookOf, noteLook } from '../reviews/looks'
import { findSnapshotIfReadable, snapshotOf } from './call-snapshot'
import { placeColumns, type ShownPlace, shownPlace } from './place'
import {
  type AnnotationRecord,
  annotationsOfCall,
  findAnnotation,
  getAnnotation,
  insertAnnotation,
  updateAnnotation,
} from './queries'
import { keepReplacedPlace, takeReplacedPlace } from './replaced-places'
import { wellFormed } from './text'

/** `calls.db`, read-only; opened when it is needed, so that what was written can be read without it. */
export type ReadCalls = () => ReadDb

/**
 * Keeps a new annotation, with a copy of what it is on; on disk when it returns. The same draft again gives the
 * annotation that it made (brought back if it was removed meanwhile, since it answers "saved").
 * Raises `not_found` without the call, `invalid_input` for a place that it does not have, `conflict` when the id is
 * another annotation's, `disk_full`.
 */
export function createAnnotation(
  db: WriteDb,
  readCalls: ReadCalls,
  given: AnnotationDraft,
  nowMs: number,
): Annotation {
  const draft = {
    ...given,
    label: wellFormed(given.label),
    comment: wellFormed(given.comment),
    reviewer: wellFormed(given.reviewer),
  }
  const draftHash = hashOf(draft)
  // What is there is answered without calls.db: a repeated "save" must not fail for what happened there since.
  const isKnown = explained(db, () => findAnnotation(db, draft.id)) !== null
  const copy = isKnown ? null : snapshotOf(readCalls(), draft.callId, db)
  const place = copy && placeColumns(draft.place, copy.turns)
  // Who has looked already keeps that look: writing is no sign of having seen what changed since.
  const seen =
    copy && !explained(db, () => lookOf(db, draft.callId, draft.reviewer))
      ? storedVersion(readCalls(), draft.callId)
      : null
  const record = writing(db, () => {
    if (copy && place)
      insertAnnotation(db, {
        id: draft.id,
        draft_hash: draftHash,
        parent_id: null,
        call_id: draft.callId,
        ...copy.call,
        ...place,
        label: draft.label,
        severity: draft.severity,
        comment: draft.comment,
        reviewer: draft.reviewer,
        created_at_ms: nowMs,
        updated_at_ms: nowMs,
        deleted_at_ms: null,
      })
    if (seen) noteLook(db, draft.callId, draft.reviewer, 'annotation', seen, nowMs)
    const stored = getAnnotation(db, draft.id)
    if (stored.draft_hash !== draftHash)
      throw new EarmarkError(
        'conflict',
        'Another annotation has this id already; nothing was changed. Write it again as a new one.',
        { id: draft.id },
      )
    if (stored.deleted_at_ms === null) return stored
    return updateAnnotation(db, { ...stored, deleted_at_ms: null })
  })
  return annotationOf(record, shownPlace(record, copy?.turns ?? turnsNow(db, readCalls, record.call_id)))
}

/** By what it is known whether a draft is the same again. */
function hashOf({ callId, place, label, severity, comment, reviewer }: AnnotationDraft): string {
  const sorted = Object.entries(place).sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([callId, sorted, label, severity, comment, reviewer]))
    .digest('base64url')
}

/**
 * Changes what is given; on disk when it returns. Raises `not_found` (also for a removed one), and for a new place
 * what `createAnnotation` raises.
 */
export function changeAnnotation(
  db: WriteDb,
  readCalls: ReadCalls,
  id: string,
  patch: AnnotationPatch,
  nowMs: number,
): Annotation {
  const { label, severity, comment, place } = patch
  const copy = place && snapshotOf(readCalls(), explained(db, () => getAnnotation(db, id)).call_id, db)
  const columns = place && copy && placeColumns(place, copy.turns)
  const record = writing(db, () => {
    const before = getAnnotation(db, id)
    if (before.deleted_at_ms !== null) throw wasRemoved(id)
    if (columns) keepReplacedPlace(db, before, nowMs)
    const after: AnnotationRecord = {
      ...before,
      label: label === undefined ? before.label : wellFormed(label),
      severity: severity === undefined ? before.severity : severity,
      comment: comment === undefined ? before.comment : wellFormed(comment),
      ...columns,
    }
    // A clock that was set back does not make a change older than what it changed.
    return updateAnnotation(db, { ...after, updated_at_ms: Math.max(nowMs, before.updated_at_ms) })
  })
  return annotationOf(record, shownPlace(record, copy?.turns ?? turnsNow(db, readCalls, record.call_id)))
}

/**
 * Gives an annotation the place back that it had before it was last placed anew; without one it stays as it is. On
 * disk when it returns. Raises `not_found` (also for a removed one).
 */
export function undoPlace(db: WriteDb, readCalls: ReadCalls, id: string, nowMs: number): Annotation {
  const record = writing(db, () => {
    const before = getAnnotation(db, id)
    if (before.deleted_at_ms !== null) throw wasRemoved(id)
    const place = takeReplacedPlace(db, id)
    if (place === null) return before
    return updateAnnotation(db, { ...before, ...place, updated_at_ms: Math.max(nowMs, before.updated_at_ms) })
  })
  return annotationOf(record, shownPlace(record, turnsNow(db, readCalls, record.call_id)))
}

const wasRemoved = (id: string): EarmarkError =>
  new EarmarkError('not_found', 'This annotation was removed. Bring it back, then change it.', { id })

/** Takes an annotation away; it stays for `restoreAnnotation`. Removing twice is no error. Raises `not_found`. */
export function removeAnnotation(db: WriteDb, id: string, nowMs: number): CallId {
  return writing(db, () => {
    const before = getAnnotation(db, id)
    return updateAnnotation(db, { ...before, deleted_at_ms: before.deleted_at_ms ?? nowMs }).call_id
  })
}

/** Brings a removed annotation back. Raises `not_found`. */
export function restoreAnnotation(db: WriteDb, readCalls: ReadCalls, id: string): Annotation {
  const record = writing(db, () => updateAnnotation(db, { ...getAnnotation(db, id), deleted_at_ms: null }))
  return annotationOf(record, shownPlace(record, turnsNow(db, readCalls, record.call_id)))
}

/**
 * A call's annotations, each at its place in the transcript as it is now: those on the whole call first, then in
 * the order of the call, then by when they were written.
 */
export function listAnnotations(db: ReadDb, readCalls: ReadCalls, callId: CallId): Annotation[] {
  const records = explained(db, () => annotationsOfCall(db, callId))
  if (records.length === 0) return []
  const turns = turnsNow(db, readCalls, callId)
  return records.map((record) => annotationOf(record, shownPlace(record, turns))).sort(byPlace)
}

const LAST = Number.MAX_SAFE_INTEGER

function byPlace(a: Annotation, b: Annotation): number {
  const rank = (one: Annotation): (number | string)[] => [
    one.place.kind === 'call' ? 0 : 1,
    one.startSec ?? LAST,
    one.turnIndex ?? LAST,
    one.place.kind === 'quote' ? one.place.quoteStart : 0,
    one.createdAt,
    one.id,
  ]
  const others = rank(b)
  for (const [i, value] of rank(a).entries()) {
    const other = others[i] ?? 0
    if (value !== other) return value < other ? -1 : 1
  }
  return 0
}

/** The call's turns of now; null when the cache does not have them: not the call, or only the list's summary of it. */
function turnsNow(db: ReadDb, readCalls: ReadCalls, callId: CallId): Turn[] | null {
  const found = findSnapshotIfReadable(readCalls, callId, db)
  return found?.isComplete ? found.turns : null
}

/** A record as the contract has it. */
function annotationOf(record: AnnotationRecord, shown: ShownPlace): Annotation {
  return {
    id: record.id,
    parentId: record.parent_id,
    callId: record.call_id,
    place: placeOf(record, shown),
    turnIndex: shown.turn_index,
    turnSpeaker: shown.turn_speaker,
    turnText: shown.turn_text,
    startSec: secondsOf(shown.start_ms),
    endSec: secondsOf(shown.end_ms),
    timingSource: shown.timing_source,
    label: record.label,
    severity: record.severity,
    comment: record.comment,
    reviewer: record.reviewer,
    createdAt: instantOf(record.created_at_ms),
    updatedAt: instantOf(record.updated_at_ms),
    status: shown.status,
    written: { turnIndex: record.turn_index, turnText: record.turn_text, quote: record.quote },
  }
}

function quoteNow(
  { quote }: AnnotationRecord,
  { status, turn_text, quote_start, quote_end }: ShownPlace,
): string {
  if (status === 'orphaned' || turn_text === null || quote_start === null || quote_end === null)
    return quote ?? ''
  return turn_text.slice(quote_start, quote_end) || (quote ?? '')
}

function placeOf(record: AnnotationRecord, shown: ShownPlace): AnnotationPlace {
  const turnIndex = shown.turn_index ?? 0
  switch (record.kind) {
    case 'call':
      return { kind: 'call' }
    case 'turn':
      return { kind: 'turn', turnIndex }
    case 'quote':
      return {
        kind: 'quote',
        turnIndex,
        // As it reads now: the vendor may have changed its spelling.
        quote: quoteNow(record, shown),
        quoteStart: shown.quote_start ?? 0,
        quoteEnd: shown.quote_end ?? 0,
      }
    case 'time':
      return { kind: 'time', startSec: (record.start_ms ?? 0) / 1000, endSec: (record.end_ms ?? 0) / 1000 }
  }
}
