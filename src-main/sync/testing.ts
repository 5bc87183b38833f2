import {
  type Connection,
  type ConnectionDraft,
  ConnectionSettings,
  type EarmarkEvent,
  type Secrets,
} from '@contract'
import { create } from '../connections/manage'
import type { SecretStore } from '../connections/secrets'
import type { ReadDb } from '../db/open'
import { temporaryWorkspace } from '../db/testing'
import { openCallsForWriting } from '../db/workspace'
import { ensureIndex } from '../search/search-index'
import type { CallsContext } from './context'
import type { RetryRules } from './retry'

/** The rules of a sync without its long waits. For tests. */
export const QUICK_RETRY: RetryRules = { attempts: 4, baseMs: 2, capMs: 10, retryAfterCapMs: 20 }

/** Secrets in memory: for tests that are not about the keychain. */
export function memorySecrets(): SecretStore & { entries: Map<string, string> } {
  const entries = new Map<string, string>()
  return {
    entries,
    get: async (account) => entries.get(account) ?? null,
    set: async (account, value) => void entries.set(account, value),
    remove: async (account) => void entries.delete(account),
  }
}

export interface TestBackend extends CallsContext {
  secrets: ReturnType<typeof memorySecrets>
  events: EarmarkEvent[]
  close: () => void
}

/** A fresh workspace with `calls.db` open for writing, and everything that was said. For tests. */
export async function testBackend(): Promise<TestBackend> {
  const { paths, remove } = temporaryWorkspace()
  const db = openCallsForWriting(paths)
  await ensureIndex(db)
  const events: EarmarkEvent[] = []
  return {
    db,
    paths,
    secrets: memorySecrets(),
    events,
    emit: (event) => void events.push(event),
    loopbackOnly: true,
    sampleFolder: '',
    appVersion: '0.0.0',
    program: 'The test',
    close: () => {
      db.close()
      remove()
    },
  }
}

/** What a simulator tells of itself. */
interface Connectable {
  url: string
  campaigns: readonly string[]
  apiKey: string
  accessToken?: string
}

export const draftFor = (
  vendor: 'prosper' | 'malakai',
  simulator: Connectable,
  name = 'Clinic',
): ConnectionDraft => ({
  vendor,
  name,
  baseUrl: simulator.url,
  campaignIds: [...simulator.campaigns],
  settings: ConnectionSettings.parse({}),
})

export const secretsOf = (simulator: Connectable): Secrets => ({
  apiKey: simulator.apiKey,
  accessToken: simulator.accessToken ?? null,
})

/** Connects a simulator. For tests. */
export const connectTo = (
  backend: CallsContext,
  vendor: 'prosper' | 'malakai',
  simulator: Connectable,
  change: Partial<ConnectionDraft> = {},
): Promise<Connection> => create(backend, { ...draftFor(vendor, simulator), ...change }, secretsOf(simulator))

/** Everything in the tables that hold what came from vendors, to compare before and after. */
export function contentOf(db: ReadDb): Record<string, unknown[]> {
  const tables = ['calls', 'turns', 'revisions', 'recordings', 'quarantine', 'listing_seen']
  return Object.fromEntries(tables.map((table) => [table, db.prepare(`SELECT * FROM ${table}`).all()]))
}

/** A tenth of a second of silence, as WAV: for simulators whose audio does not matter. */
export function quickRecordings(): { bytes: Buffer; contentType: string } {
  const header = Buffer.from(
    '524946460000000057415645666d7420100000000100010040' + '1f0000803e0000020010006461746100000000',
    'hex',
  )
  const bytes = Buffer.concat([header, Buffer.alloc(1600)])
  bytes.writeUInt32LE(bytes.length - 8, 4)
  bytes.writeUInt32LE(1600, 40)
  return { bytes, contentType: 'audio/wav' }
}
