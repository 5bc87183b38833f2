import { type AgentChannel, type CallId, EarmarkError, type Speaker, type TurnAnchor } from '@contract'
import { type AnchorTurn, contextOf, locate, TELLING_CHARS } from '../annotations/anchors'
import { instantOf } from '../calls/call-row'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'

/** A person's word for when a turn begins, as `reviews.db` keeps it. */
interface AnchorRecord {
  id: string
  call_id: CallId
  turn_index: number
  turn_speaker: Speaker
  turn_text: string
  context_before: string
  context_after: string
  start_ms: number
  reviewer: string
  set_at_ms: number
}

/** What an anchor keeps of its call, so that it outlives the cache. */
export interface AnchoredCall {
  readonly vendor: string
  readonly connection_id: string
  readonly connection: string
  readonly external_id: string
}

/** An anchor at the turn where it is now. */
export interface PlacedAnchor {
  readonly anchor: TurnAnchor
  readonly startSec: number
  readonly setAtMs: number
}

export interface CallAnchors {
  /** By the turn's index; of several on one turn the newest. */
  readonly byTurn: ReadonlyMap<number, PlacedAnchor>
  /** Those whose turn is gone. */
  readonly orphaned: number
}

const COLUMNS = `id, call_id, turn_index, turn_speaker, turn_text, context_before, context_after, start_ms, reviewer,
  set_at_ms`

/** SQL of this file, for the tests of its plans. `reviews.db` may be attached: no other database has these tables. */
export const ANCHORS_SQL = {
  ofCall: `SELECT ${COLUMNS} FROM turn_anchors WHERE call_id = ? AND removed_at_ms IS NULL ORDER BY set_at_ms, rowid`,
  one: `SELECT ${COLUMNS} FROM turn_anchors WHERE id = ?`,
  insert: `INSERT INTO turn_anchors (${COLUMNS}, vendor, connection_id, connection, external_id)
    VALUES (@id, @call_id, @turn_index, @turn_speaker, @turn_text, @context_before, @context_after, @start_ms, @reviewer,
      @set_at_ms, @vendor, @connection_id, @connection, @external_id)
    ON CONFLICT (id) DO UPDATE SET removed_at_ms = NULL, replaced_by = NULL WHERE call_id = excluded.call_id`,
  remove: `UPDATE turn_anchors SET removed_at_ms = @nowMs, replaced_by = @replacedBy
    WHERE id = @id AND removed_at_ms IS NULL`,
  restore: `UPDATE turn_anchors SET removed_at_ms = NULL, replaced_by = NULL WHERE id = @id AND call_id = @callId`,
  restoreReplaced: `UPDATE turn_anchors SET removed_at_ms = NULL, replaced_by = NULL WHERE replaced_by = @id`,
  clear: `UPDATE turn_anchors SET removed_at_ms = @nowMs, replaced_by = NULL
    WHERE call_id = @callId AND removed_at_ms IS NULL RETURNING id`,
  channel: 'SELECT channel FROM agent_channels WHERE call_id = ?',
  setChannel: `INSERT INTO agent_channels (call_id, vendor, connection_id, connection, external_id, channel, reviewer,
      chosen_at_ms)
    VALUES (@callId, @vendor, @connection_id, @connection, @external_id, @channel, @reviewer, @nowMs)
    ON CONFLICT (call_id) DO UPDATE SET channel = excluded.channel, reviewer = excluded.reviewer,
      chosen_at_ms = excluded.chosen_at_ms`,
} as const

/** The anchors of a call, each at the turn where its text is now. `db`: `reviews.db`, or one that has it attached. */
export function anchorsOfCall(db: ReadDb, callId: CallId, turns: readonly AnchorTurn[]): CallAnchors {
  const byTurn = new Map<number, PlacedAnchor>()
  let orphaned = 0
  const records = prepared<AnchorRecord>(db, ANCHORS_SQL.ofCall).all(callId)
  if (records.length === 0) return { byTurn, orphaned }
  const turnOf = turnFinder(turns)
  for (const record of records) {
    const turn = turnOf(record)
    if (turn === null) orphaned += 1
    else byTurn.set(turn, placed(record))
  }
  return { byTurn, orphaned }
}

const placed = (record: AnchorRecord): PlacedAnchor => ({
  anchor: contractAnchor(record),
  startSec: record.start_ms / 1000,
  setAtMs: record.set_at_ms,
})

const contractAnchor = ({ id, reviewer, set_at_ms }: AnchorRecord): TurnAnchor => ({
  id,
  reviewer,
  setAt: instantOf(set_at_ms),
})

/**
 * Finds the turns that anchors are on now (their indexes; null: the text is gone). Most turns read as before, alone or
 * with their neighbours moved along, and are found by that; looking for what was reworded takes milliseconds each.
 */
function turnFinder(turns: readonly AnchorTurn[]): (record: AnchorRecord) => number | null {
  const byText = new Map<string, number[]>()
  for (const [position, { text }] of turns.entries()) {
    const positions = byText.get(text)
    if (positions) positions.push(position)
    else byText.set(text, [position])
  }
  /** On how many sides what was said around it reads as before. */
  const sidesAsBefore = (record: AnchorRecord, position: number): number => {
    const { before, after } = contextOf(turns, position, 0, record.turn_text.length)
    const { context_before, context_after } = record
    return (
      Number(before === context_before && before.length >= TELLING_CHARS) +
      Number(after === context_after && after.length >= TELLING_CHARS)
    )
  }
  return (record) => {
    const same = (byText.get(record.turn_text) ?? []).map((position) => ({
      position,
      sides: sidesAsBefore(record, position),
    }))
    const most = same.reduce((best, { sides }) => Math.max(best, sides), 1)
    const [only, another] = same.filter(({ sides }) => sides === most)
    if (only && !another) return turns[only.position]?.index ?? null
    const { status, turnIndex } = locate(
      {
        turnIndex: record.turn_index,
        turnSpeaker: record.turn_speaker,
        turnText: record.turn_text,
        quote: null,
        before: record.context_before,
        after: record.context_after,
      },
      turns,
    )
    return status === 'orphaned' ? null : turnIndex
  }
}

/**
 * Sets an anchor in the place of those that the turn had; the same id again gives the anchor that it made. In the
 * caller's transaction. Raises `invalid_input` for a turn that there is not, `conflict` for an id of another call's.
 */
export function setAnchor(
  db: WriteDb,
  call: AnchoredCall,
  turns: readonly AnchorTurn[],
  given: { id: string; callId: CallId; turnIndex: number; startSec: number; reviewer: string },
  nowMs: number,
): TurnAnchor {
  const { id, callId, turnIndex, startSec, reviewer } = given
  const position = turns.findIndex(({ index }) => index === turnIndex)
  const turn = turns[position]
  if (!turn)
    throw new EarmarkError(
      'invalid_input',
      turns.length === 0
        ? 'This call has no transcript, so no turn of it can be timed.'
        : `This call has no turn ${turnIndex}; its turns are 0 to ${turns.length - 1}.`,
      { turnIndex },
    )
  const { before, after } = contextOf(turns, position, 0, turn.text.length)
  const others = prepared<AnchorRecord>(db, ANCHORS_SQL.ofCall).all(callId)
  // A clock that was set back does not make this one older than those that it takes the place of.
  const newest = others.reduce((latest, { set_at_ms }) => Math.max(latest, set_at_ms), 0)
  prepared(db, ANCHORS_SQL.insert).run({
    id,
    call_id: callId,
    ...call,
    turn_index: turnIndex,
    turn_speaker: turn.speaker,
    turn_text: turn.text,
    context_before: before,
    context_after: after,
    start_ms: Math.round(startSec * 1000),
    reviewer,
    set_at_ms: Math.max(nowMs, newest),
  })
  const stored = requireAnchor(db, id)
  if (stored.call_id !== callId)
    throw new EarmarkError(
      'conflict',
      'Another anchor has this id already; nothing was changed. Set it again as a new one.',
      { id },
    )
  const turnOf = turnFinder(turns)
  const own = turnOf(stored)
  for (const other of others)
    if (other.id !== id && turnOf(other) === own)
      prepared(db, ANCHORS_SQL.remove).run({ id: other.id, nowMs, replacedBy: id })
  return contractAnchor(stored)
}

/** Takes an anchor away, and gives the turn those back that it had before. In the caller's transaction. Raises `not_found`. */
export function undoAnchor(db: WriteDb, id: string, nowMs: number): CallId {
  const { call_id } = requireAnchor(db, id)
  prepared(db, ANCHORS_SQL.remove).run({ id, nowMs, replacedBy: null })
  prepared(db, ANCHORS_SQL.restoreReplaced).run({ id })
  return call_id
}

/** Takes an anchor away; removing twice is no error. In the caller's transaction. Raises `not_found`. */
export function removeAnchor(db: WriteDb, id: string, nowMs: number): CallId {
  const { call_id } = requireAnchor(db, id)
  prepared(db, ANCHORS_SQL.remove).run({ id, nowMs, replacedBy: null })
  return call_id
}

/** Takes all anchors of a call away; answers which. In the caller's transaction. */
export const clearAnchors = (db: WriteDb, callId: CallId, nowMs: number): string[] =>
  prepared<{ id: string }>(db, ANCHORS_SQL.clear)
    .all({ callId, nowMs })
    .map(({ id }) => id)

/** Brings anchors of a call back. In the caller's transaction. */
export function restoreAnchors(db: WriteDb, callId: CallId, ids: readonly string[]): void {
  for (const id of ids) prepared(db, ANCHORS_SQL.restore).run({ id, callId })
}

function requireAnchor(db: ReadDb, id: string): AnchorRecord {
  const record = prepared<AnchorRecord>(db, ANCHORS_SQL.one).get(id)
  if (record) return record
  throw new EarmarkError(
    'not_found',
    'This time of a turn is not in the workspace (any more). Open the call again.',
    {
      id,
    },
  )
}

/** The channel that a person chose for the agent; null: nobody did. */
export function chosenAgentChannel(db: ReadDb, callId: CallId): AgentChannel | null {
  const channel = prepared<number | null>(db, ANCHORS_SQL.channel).pluck().get(callId)
  return channel === 0 || channel === 1 ? channel : null
}

/** Keeps a person's choice of the agent's channel (null: as the sound tells); answers the one before. In the caller's transaction. */
export function chooseAgentChannel(
  db: WriteDb,
  call: AnchoredCall,
  { callId, agentChannel, reviewer }: { callId: CallId; agentChannel: AgentChannel | null; reviewer: string },
  nowMs: number,
): AgentChannel | null {
  const before = chosenAgentChannel(db, callId)
  prepared(db, ANCHORS_SQL.setChannel).run({ callId, ...call, channel: agentChannel, reviewer, nowMs })
  return before
}
