import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { checkIndex } from '../../src-main/search/search-index'
import { SyncState } from '../../src-main/sync/state'
import type { SimulatedCall } from '../vendors'
import { type Change, type Truth, truthOf } from './truth'
import { audioOf, type World } from './world'

export interface Expectations {
  truth?: Change
  /** What has to be set aside at the end: the raw records, in any order; default: nothing. */
  quarantined?: (world: World) => readonly unknown[]
  /** Ids that stand for several calls, or none, at the vendor's: who is to be there is told by the case. */
  externalIds?: (world: World) => readonly string[]
  /** Turns, texts and fields are compared; default: true. */
  isContentKnown?: boolean
}

interface CallRow {
  pk: number
  external_id: string
  completeness: string
  started_at_ms: number
  started_at_source: string
  duration_ms: number | null
  status: string | null
  sentiment: string | null
  goal_achieved: string | null
  from_number: string | null
  to_number: string | null
  party: string | null
  summary: string | null
  vendor_score: number | null
  campaign_id: string | null
  fields: string
  gone_since_ms: number | null
  recording_state: string
  turn_count: number
}

/** Everything that has to be true once all is well again. Throws with what is not. */
export function checkCache(world: World, expected: Expectations = {}): void {
  const { backend, simulator, setting } = world
  const { db } = backend
  if (world.cursorProblem !== null) throw new Error(world.cursorProblem)
  const rows = db.prepare<[], CallRow>('SELECT * FROM calls').all()
  const byId = new Map(rows.map((row) => [row.external_id, row]))

  const listed = new Set(simulator.ledger?.listed.keys())
  const now = new Map(
    simulator.calls.map((call) => {
      const truth = truthOf(call, setting)
      return [truth.externalId, { truth: expected.truth?.(truth, call) ?? truth, call }] as const
    }),
  )
  const wanted = expected.externalIds?.(world) ?? [...new Set([...listed, ...now.keys()])]
  same('the calls in the cache', rows.map((row) => row.external_id).sort(), [...wanted].sort())

  for (const [externalId, { truth, call }] of expected.externalIds === undefined ? now : []) {
    const row = byId.get(externalId)
    if (row === undefined) continue
    same(`${externalId} is not marked as gone`, row.gone_since_ms, null)
    if (expected.isContentKnown !== false) {
      checkRow(row, truth)
      checkTurns(world, row, truth)
      checkRaw(world, row)
    }
    checkRecording(world, row, call, truth)
  }
  for (const row of rows)
    if (expected.externalIds === undefined && !now.has(row.external_id) && row.gone_since_ms === null)
      throw new Error(`${row.external_id} is not listed any more, and is not marked so.`)

  const aside = db.prepare<[], string>('SELECT raw FROM quarantine').pluck().all()
  same(
    'what is set aside',
    aside.sort(),
    (expected.quarantined?.(world) ?? []).map((raw) => JSON.stringify(raw)).sort(),
  )
  const turns = Number(db.prepare('SELECT count(*) FROM turns').pluck().get())
  same(
    'turns in all',
    turns,
    rows.reduce((sum, { turn_count }) => sum + turn_count, 0),
  )
  same('the index of texts', checkIndex(db), null)
  same('what the index holds', Number(db.prepare('SELECT count(*) FROM search').pluck().get()), rows.length)
  same(
    'rows of a listing under way',
    Number(db.prepare('SELECT count(*) FROM listing_seen').pluck().get()),
    0,
  )
  checkState(world)
  checkRuns(world)
  same('secrets at the recording host', simulator.leaks, [])
}

function checkRow(row: CallRow, truth: Truth): void {
  const found = {
    completeness: row.completeness,
    startedAtMs: row.started_at_source === 'vendor' ? row.started_at_ms : null,
    durationMs: row.duration_ms,
    status: row.status,
    sentiment: row.sentiment,
    goalAchieved: row.goal_achieved,
    from: row.from_number,
    to: row.to_number,
    party: row.party,
    summary: row.summary,
    vendorScore: row.vendor_score,
    campaignId: row.campaign_id,
  }
  const { externalId, turns: _turns, fields, hasRecording: _has, ...wanted } = truth
  same(`call ${externalId}`, found, wanted)
  const kept: Record<string, unknown> = JSON.parse(row.fields)
  for (const [key, value] of Object.entries(fields))
    same(`field ${key} of call ${externalId}`, kept[key], value)
}

function checkTurns({ backend }: World, row: CallRow, truth: Truth): void {
  const turns = backend.db
    .prepare<
      [number],
      { idx: number; speaker: string; text: string; redirect: string | null; startMs: number | null }
    >('SELECT idx, speaker, text, redirect, start_ms AS startMs FROM turns WHERE call_pk = ? ORDER BY idx')
    .all(row.pk)
  same(
    `turns of call ${truth.externalId}`,
    turns,
    truth.turns.map((turn, idx) => ({ idx, ...turn })),
  )
}

/** The latest revisions are what the vendor sent last, to the letter (addresses that change with each answer aside). */
function checkRaw({ backend, simulator, setting }: World, row: CallRow): void {
  const latest = (kind: string) =>
    backend.db
      .prepare<[number, string], string>(
        'SELECT raw FROM revisions WHERE call_pk = ? AND kind = ? ORDER BY id DESC LIMIT 1',
      )
      .pluck()
      .get(row.pk, kind)
  const { ledger } = simulator
  const pairs =
    setting.vendor === 'malakai'
      ? [['detail', ledger?.listed.get(row.external_id)] as const]
      : [
          ['summary', ledger?.listed.get(row.external_id)] as const,
          ['detail', ledger?.detailed.get(row.external_id)] as const,
        ]
  for (const [kind, sent] of pairs) {
    const kept = latest(kind)
    if (sent === undefined || kept === undefined) continue
    const plain = (json: string): unknown => JSON.parse(json.replace(/\?signature=\d+/g, ''))
    same(`the ${kind} record of call ${row.external_id}`, plain(kept), plain(JSON.stringify(sent)))
  }
}

function checkRecording({ backend, setting }: World, row: CallRow, call: SimulatedCall, truth: Truth): void {
  if ((setting.recordings ?? 'none') === 'none') return
  if (!truth.hasRecording) {
    same(`the recording of ${row.external_id}`, row.recording_state, 'none')
    return
  }
  const kept = backend.db
    .prepare<
      [number],
      { file: string | null; bytes: number | null; sha256: string | null; problem: string | null }
    >('SELECT file, bytes, sha256, problem FROM recordings WHERE call_pk = ?')
    .get(row.pk)
  const state = `${row.recording_state}${kept?.problem ? `: ${kept.problem}` : ''}`
  same(`the recording of ${row.external_id}`, state, 'ready')
  const { bytes } = audioOf(call)
  const file = readFileSync(join(backend.paths.recordings, kept?.file ?? ''))
  if (!file.equals(bytes))
    throw new Error(
      `The recording of ${row.external_id} has other bytes than the vendor's (${file.length} of ${bytes.length}).`,
    )
  same(`the hash of ${row.external_id}`, kept?.sha256, createHash('sha256').update(bytes).digest('hex'))
  same(`the length of ${row.external_id}`, kept?.bytes, bytes.length)
}

function checkState({ backend, connectionId }: World): void {
  const text = backend.db
    .prepare<[string], string>('SELECT state FROM connections WHERE id = ?')
    .pluck()
    .get(connectionId)
  const state = SyncState.parse(JSON.parse(text ?? ''))
  same('the listing under way', state.listing, null)
  if (state.listedAtMs === null) throw new Error('No listing is noted, although one was finished.')
}

/** Every run has an end, and its numbers are those of what it did. */
function checkRuns({ backend, results }: World): void {
  const runs = backend.db
    .prepare<
      [],
      {
        outcome: string | null
        listed: number
        added: number
        updated: number
        unchanged: number
        problem: string | null
      }
    >('SELECT outcome, listed, added, updated, unchanged, problem FROM sync_runs ORDER BY id')
    .all()
  for (const run of runs) {
    if (run.outcome === null) throw new Error('A run has no end.')
    if ((run.outcome === 'failed' || run.outcome === 'interrupted') && run.problem === null)
      throw new Error(`A run that ${run.outcome} says no reason.`)
  }
  for (const { outcome, counts, addedRows } of results) {
    same('the calls that a sync says it added', counts.added, addedRows)
    if (outcome !== 'done') continue
    const told = counts.added + counts.updated + counts.unchanged
    if (told + counts.quarantined < counts.listed)
      throw new Error(`A sync listed ${counts.listed} calls, and says of ${told} what became of them.`)
  }
}

/** Throws unless both are the same, with what differs. */
export function same(what: string, found: unknown, wanted: unknown): void {
  if (isDeepStrictEqual(found, wanted)) return
  throw new Error(`${what}: ${difference(found, wanted)}`)
}

function difference(found: unknown, wanted: unknown): string {
  if (Array.isArray(found) && Array.isArray(wanted)) {
    const [has, wants] = [found, wanted].map((list) => new Set(list.map((item) => JSON.stringify(item))))
    const missing = [...(wants ?? [])].filter((item) => !has?.has(item)).slice(0, 4)
    const extra = [...(has ?? [])].filter((item) => !wants?.has(item)).slice(0, 4)
    return `${found.length} instead of ${wanted.length}; missing ${missing.join(', ') || 'none'}; not wanted ${extra.join(', ') || 'none'}`.slice(
      0,
      700,
    )
  }
  if (typeof found === 'object' && found && typeof wanted === 'object' && wanted) {
    const left = Object.entries(found)
    const right = new Map(Object.entries(wanted))
    const differing = left.filter(([key, value]) => !isDeepStrictEqual(value, right.get(key)))
    const told = differing.map(
      ([key, value]) => `${key} is ${JSON.stringify(value)} instead of ${JSON.stringify(right.get(key))}`,
    )
    const absent = [...right.keys()].filter((key) => !(key in found)).map((key) => `${key} is missing`)
    return [...told, ...absent].join('; ').slice(0, 700)
  }
  return `${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`.slice(0, 700)
}
