import type { AgentChannel, CallId, SpeechSegments } from '@contract'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import { type AlignedTimes, packSpeech, packTurns, unpackSpeech, unpackTurns } from './packed'

/** The present way to listen and to align. A new one gets the next number: every call is then listened to again. */
export const ALIGNMENT_METHOD = 4

/** What an alignment was made of; when it differs from what there is now, it is out of date. */
export interface AlignmentSources {
  /** SHA-256 of the recording. */
  readonly recording: string
  /** Hash of the turns' speakers and texts: with others, the times are nobody's. */
  readonly transcript: string
  /** Hash of the vendor's times, the anchors and the agent's channel that it was given. */
  readonly given: string
}

/** What was heard in a call's recording. */
export interface Heard {
  readonly sources: AlignmentSources
  /** One for each channel that differs; none where nobody needed to listen. */
  readonly speech: readonly SpeechSegments[]
  /** null: one channel, or nobody needed to listen. */
  readonly agentChannel: AgentChannel | null
  /** One for each turn; null where nobody needed to listen. */
  readonly turns: readonly AlignedTimes[] | null
  /** Why nothing could be heard, as a sentence. */
  readonly problem: string | null
}

interface Row {
  method: number
  recording: string
  transcript: string
  given: string
  agent_channel: number | null
  problem: string | null
  speech: Uint8Array
  turns: Uint8Array
}

/** SQL of this file, for the tests of its plans. */
export const ALIGNMENTS_SQL = {
  read: `SELECT method, recording, transcript, given, agent_channel, problem, speech, turns
    FROM alignments WHERE call_pk = ?`,
  write: `INSERT INTO alignments (call_pk, method, recording, transcript, given, content_hash, agent_channel, problem,
      made_at_ms, speech, turns)
    SELECT pk, @method, @recording, @transcript, @given, content_hash, @agentChannel, @problem, @nowMs, @speech, @turns
    FROM calls WHERE id = @callId
    ON CONFLICT (call_pk) DO UPDATE SET method = excluded.method, recording = excluded.recording,
      transcript = excluded.transcript, given = excluded.given, content_hash = excluded.content_hash,
      agent_channel = excluded.agent_channel, problem = excluded.problem, made_at_ms = excluded.made_at_ms,
      speech = excluded.speech, turns = excluded.turns`,
  confirm: `UPDATE alignments SET content_hash = c.content_hash FROM calls c
    WHERE c.id = ? AND call_pk = c.pk AND alignments.content_hash <> c.content_hash`,
  /** A slice of the calls in time: which of them may have to be listened to; those without a transcript for who talks when. */
  slice: `SELECT c.id, c.search_key AS searchKey,
      c.recording_state = 'ready' AND (a.call_pk IS NULL OR a.method <> @method
        OR a.content_hash <> c.content_hash OR a.recording IS NOT coalesce(r.sha256, 'file ' || r.file)) AS isDue
    FROM calls c INDEXED BY calls_by_recording LEFT JOIN alignments a ON a.call_pk = c.pk
      LEFT JOIN recordings r ON r.call_pk = c.pk
    WHERE c.recording_state = 'ready' AND c.search_key < @before ORDER BY c.search_key DESC LIMIT @limit`,
} as const

/** What was heard in a call's recording by the present method; null: nothing yet. Which sources it is of, is for the caller to compare. */
export function storedAlignment(db: ReadDb, callPk: number): Heard | null {
  const row = prepared<Row>(db, ALIGNMENTS_SQL.read).get(callPk)
  if (!row || row.method !== ALIGNMENT_METHOD) return null
  const { recording, transcript, given, problem } = row
  const agentChannel = row.agent_channel === 0 || row.agent_channel === 1 ? row.agent_channel : null
  return {
    sources: { recording, transcript, given },
    speech: row.speech.length === 0 ? [] : unpackSpeech(row.speech),
    agentChannel,
    turns: row.turns.length === 0 ? null : unpackTurns(row.turns),
    problem,
  }
}

/** Keeps what was heard, in the place of what was kept before. Without the call, nothing is kept. */
export function storeAlignment(db: WriteDb, callId: CallId, heard: Heard, nowMs: number): void {
  const { sources, speech, agentChannel, turns, problem } = heard
  prepared(db, ALIGNMENTS_SQL.write).run({
    callId,
    method: ALIGNMENT_METHOD,
    ...sources,
    agentChannel,
    problem,
    nowMs,
    speech: speech.length === 0 ? Buffer.alloc(0) : packSpeech(speech),
    turns: turns === null ? Buffer.alloc(0) : packTurns(turns),
  })
}

/** The call has changed in something else than what was heard: it needs no other look until it changes again. */
export function confirmAlignment(db: WriteDb, callId: CallId): void {
  prepared(db, ALIGNMENTS_SQL.confirm).run(callId)
}

/** Rows that are looked at at once. */
const SLICE = 200

/**
 * Calls that may have to be listened to, newest first: a slice of those with a recording.
 *
 * @param before where the last slice ended; null: from the newest
 * @returns `next`: for the slice behind; null: there is none
 */
export function dueForListening(
  db: ReadDb,
  before: number | null,
  limit = SLICE,
): { callIds: CallId[]; next: number | null } {
  const rows = prepared<{ id: CallId; searchKey: number; isDue: number }>(db, ALIGNMENTS_SQL.slice).all({
    method: ALIGNMENT_METHOD,
    before: before ?? Number.MAX_SAFE_INTEGER,
    limit,
  })
  const last = rows.length < limit ? undefined : rows.at(-1)
  return {
    callIds: rows.filter(({ isDue }) => isDue === 1).map(({ id }) => id),
    next: last?.searchKey ?? null,
  }
}
