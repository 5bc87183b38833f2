import { type CallId, ConnectionSettings } from '@contract'
import { connectionIdOf } from '../calls/identity'
import { upsertCalls } from '../calls/store'
import { insertConnection } from '../connections/queries'
import type { ReadDb, WriteDb } from '../db/open'
import { temporaryWorkspace } from '../db/testing'
import {
  openBothForReading,
  openCallsForWriting,
  openReviewsForWriting,
  type WorkspacePaths,
} from '../db/workspace'
import type { VendorCall, VendorTurn } from '../vendors/vendor-call'
import { ensureIndex } from './search-index'

/** A call as a test writes it: its turns by "agent: …" and "caller: …", the rest by what differs from a plain call. */
export type CallSketch = Partial<Omit<VendorCall, 'turns'>> & {
  externalId: string
  turns?: readonly (string | Partial<VendorTurn>)[]
}

/** The vendor's record of a sketched call. Started at the beginning of 2026, a minute behind the one before. */
export function vendorCallOf(sketch: CallSketch, number = 0): VendorCall {
  const call: Omit<VendorCall, 'raw'> = {
    vendor: 'prosper',
    completeness: 'detail',
    isFinal: true,
    campaignId: null,
    startedAtMs: Date.UTC(2026, 0, 1, 12, number),
    endedAtMs: null,
    durationMs: null,
    status: 'completed',
    sentiment: null,
    goalAchieved: null,
    from: null,
    to: null,
    party: null,
    summary: null,
    vendorScore: null,
    recordingUrls: [],
    fields: {},
    ...sketch,
    turns: (sketch.turns ?? []).map(turnOf),
  }
  return { ...call, raw: JSON.parse(JSON.stringify(call)) }
}

function turnOf(sketch: string | Partial<VendorTurn>): VendorTurn {
  const blank = {
    speaker: 'agent',
    rawRole: null,
    rawText: '',
    text: '',
    redirect: null,
    startMs: null,
    endMs: null,
  } as const
  if (typeof sketch !== 'string') return { ...blank, rawText: sketch.text ?? '', ...sketch }
  const [, speaker = 'agent', text = ''] = /^(?:(agent|caller): )?([\s\S]*)$/.exec(sketch) ?? []
  return { ...blank, speaker: speaker === 'caller' ? 'caller' : 'agent', rawText: text, text }
}

export interface TestWorkspace {
  paths: WorkspacePaths
  /** The writers. */
  calls: WriteDb
  reviews: WriteDb
  /** What the search worker has. */
  db: ReadDb
  connectionId: string
  /** Stores calls through the real store; their own ids, in order of the sketches. */
  add: (...sketches: CallSketch[]) => CallId[]
  close: () => void
}

/** A real workspace with one connection and a built index. For tests and benchmarks. */
export async function searchWorkspace(): Promise<TestWorkspace> {
  const { paths, remove } = temporaryWorkspace()
  const calls = openCallsForWriting(paths)
  const reviews = openReviewsForWriting(paths)
  await ensureIndex(calls)
  const connectionId = addConnection(calls, 'Front desk')
  const db = openBothForReading(paths)
  let count = 0
  return {
    paths,
    calls,
    reviews,
    db,
    connectionId,
    add: (...sketches) => {
      const stored = upsertCalls(
        calls,
        { id: connectionId, vendor: 'prosper' },
        sketches.map((sketch) => vendorCallOf(sketch, count++)),
        Date.UTC(2026, 5, 1),
      )
      const ids = new Map(stored.map((one) => [one.externalId, one.callId]))
      return sketches.map((sketch) => ids.get(sketch.externalId) ?? '')
    },
    close: () => {
      for (const one of [db, calls, reviews]) one.close()
      remove()
    },
  }
}

/** A connection without an address; its id. */
export function addConnection(db: WriteDb, name: string): string {
  const id = connectionIdOf('prosper', name)
  const draft = {
    vendor: 'prosper' as const,
    name,
    baseUrl: '',
    campaignIds: [],
    settings: ConnectionSettings.parse({}),
  }
  insertConnection(db, id, { kind: 'imported', keepsSecrets: false }, draft, 0)
  return id
}
