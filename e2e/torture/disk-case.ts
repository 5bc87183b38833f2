import { randomUUID } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'
import Papa from 'papaparse'
import type { InProcessBackend } from '../../src-main/backend/in-process'
import { ConnectionSettings, EarmarkError, type EarmarkEvent } from '../../src-main/contract'
import { backUpDaily } from '../../src-main/db/backups'
import { openForWriting, type WriteDb } from '../../src-main/db/open'
import {
  CALLS_MIGRATIONS,
  openReviewsForReading,
  prepareWorkspace,
  REVIEWS_MIGRATIONS,
  workspacePaths,
} from '../../src-main/db/workspace'
import type { ProsperSimulator } from '../vendors'
import { openBackend, type Prepared, type Written } from './material'
import type { SmallDisk } from './small-disk'

export const DISK_OPERATIONS = [
  'annotate',
  'sync',
  'import',
  'export',
  'recordings',
  'backup',
  'migrate',
  'peaks',
  'index',
] as const
export type DiskOperation = (typeof DISK_OPERATIONS)[number]

export interface DiskOutcome {
  operation: DiskOperation
  freeBytes: number
  /** Whether the disk got full, and what was said then. */
  said: string | null
  /** Annotations that were said to be saved. */
  acknowledged: number
  lost: number
  /** What must never be. */
  broken: string[]
}

/** What each operation takes of the disk when there is room. */
export type Needs = Readonly<Record<DiskOperation, number>>

export interface DiskMaterial {
  prepared: Prepared
  simulator: ProsperSimulator
  /** Lines of calls to be imported. */
  more: string
  disk: SmallDisk
}

interface Running {
  backend: InProcessBackend
  root: string
  material: DiskMaterial
  acknowledged: Written[]
  /** Calls `listener` at the first progress of a recording. */
  onRecording: (listener: () => void) => void
}

const options = { what: 'annotations', query: null, bom: false, raw: false } as const

/** Does it once; raises what the application raises, or answers the sentence that it puts down. */
const OPERATIONS: Readonly<Record<DiskOperation, (running: Running) => Promise<string | null>>> = {
  annotate: async ({ backend, material, acknowledged }) => {
    for (let i = 0; i < 12; i += 1) {
      const { id, comment } = await backend.ask('annotations', 'create', {
        id: randomUUID(),
        callId: material.prepared.callIds[i] ?? '',
        place: { kind: 'call' },
        label: 'Full',
        severity: null,
        comment: `${acknowledged.length} ${'and the disk fills up '.repeat(200)}`,
        reviewer: 'Ada',
      })
      acknowledged.push({ id, comment })
    }
    return null
  },
  sync: (running) => sync(running, 'none'),
  recordings: (running) => sync(running, 'all'),
  import: async ({ backend, material }) => {
    await backend.ask('imports', 'files', { paths: [material.more], connectionName: 'More' })
    return null
  },
  export: async ({ backend, material }) => {
    await backend.ask('exports', 'write', {
      options,
      path: join(material.disk.folder, 'out.csv'),
      before: null,
    })
    return null
  },
  backup: async ({ root }) => {
    const db = openReviewsForReading(workspacePaths(root))
    try {
      backUpDaily(db, workspacePaths(root).backups, Date.UTC(2030, 0, 1))
    } finally {
      db.close()
    }
    return null
  },
  migrate: async ({ material }) => {
    prepareWorkspace(join(material.disk.folder, 'old'))
    return null
  },
  peaks: async ({ backend }) => {
    const { hits } = await backend.ask('search', 'page', {
      query: 'has:recording',
      cursor: null,
      limit: 50,
      sort: 'date',
    })
    for (const { id } of hits) await backend.ask('recordings', 'peaks', { callId: id })
    return null
  },
  index: async ({ backend }) => {
    await backend.ask('search', 'rebuildNow', {})
    return null
  },
}

async function sync(
  { backend, material: { simulator } }: Running,
  recordings: 'all' | 'none',
): Promise<string | null> {
  const known = (await backend.ask('connections', 'list', {})).find(({ name }) => name === 'Clinic')
  const draft = {
    vendor: 'prosper' as const,
    name: 'Clinic',
    baseUrl: simulator.url,
    campaignIds: [...simulator.campaigns],
    settings: ConnectionSettings.parse({}),
  }
  const { id } = known ?? (await backend.ask('connections', 'createEphemeral', { draft }))
  const secrets = { apiKey: simulator.apiKey, accessToken: null }
  const { problem } = await backend.ask('sync', 'run', {
    connectionId: id,
    recordings,
    secrets,
    trigger: 'person',
  })
  return problem
}

/** An older workspace, of the first versions: what a migration works on. */
export function makeOldWorkspace(root: string): void {
  mkdirSync(root, { recursive: true })
  const open = (name: string, migrations: typeof CALLS_MIGRATIONS): WriteDb =>
    openForWriting({ name, file: join(root, name), migrations, synchronous: 'FULL' })
  const calls = open('calls.db', CALLS_MIGRATIONS.slice(0, 1))
  calls.exec(`
    INSERT INTO connections (id, kind, vendor, name, base_url, campaign_ids, settings, keeps_secrets, created_at_ms)
      VALUES ('c1', 'api', 'prosper', 'One', 'https://one.example', '[]', '{}', 1, 5);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 800)
    INSERT INTO calls (id, search_key, connection_id, vendor, external_id, started_at_ms, started_at_source, turn_count,
        completeness, is_final, fields, content_hash, first_seen_at_ms, updated_at_ms)
      SELECT printf('%016d', i), i * 1024, 'c1', 'prosper', 'x' || i, i * 60000, 'vendor', 4, 'detail', 1, '{}', '', 0, 0 FROM n;
    INSERT INTO turns (call_pk, idx, speaker, text)
      SELECT c.pk, t.value, 'agent', 'Good morning, this is turn ' || t.value || ' of call ' || c.id
      FROM calls c, json_each('[0,1,2,3]') t;`)
  calls.close()
  const reviews = open('reviews.db', REVIEWS_MIGRATIONS.slice(0, 1))
  reviews.exec(`
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
    INSERT INTO annotations (id, draft_hash, call_id, vendor, connection_id, connection, external_id, kind, label, comment,
        reviewer, created_at_ms, updated_at_ms)
      SELECT printf('a%d', i), '', printf('%016d', i), 'prosper', 'c1', 'One', 'x' || i, 'call', 'Old', 'Comment ' || i, 'Ada', i, i FROM n;`)
  reviews.close()
}

/** One full disk: at `freeBytes` before the operation begins (for recordings: when the first one comes in). */
export async function diskCase(
  material: DiskMaterial,
  operation: DiskOperation,
  freeBytes: number,
): Promise<DiskOutcome> {
  const { disk, prepared } = material
  const broken: string[] = []
  disk.leave(1024 ** 3)
  for (const name of readdirSync(disk.folder))
    rmSync(join(disk.folder, name), { recursive: true, force: true })
  const root = join(disk.folder, 'workspace')
  cpSync(prepared.root, root, { recursive: true })
  if (operation === 'migrate') makeOldWorkspace(join(disk.folder, 'old'))
  let heard: () => void = () => undefined
  const backend = openBackend(root, (event: EarmarkEvent) => {
    if (event.type === 'recordings.progress' || event.type === 'recordings.changed') heard()
  })
  const running: Running = {
    backend,
    root,
    material,
    acknowledged: [],
    onRecording: (listener) => {
      heard = () => {
        heard = () => undefined
        listener()
      }
    },
  }
  let said: string | null = null
  try {
    await backend.ask('counts', 'all', {})
    if (operation === 'recordings') running.onRecording(() => disk.leave(freeBytes))
    else disk.leave(freeBytes)
    said = await OPERATIONS[operation](running).catch((error: unknown) => {
      if (error instanceof EarmarkError && error.code === 'disk_full') return error.message
      broken.push(`said: ${error instanceof EarmarkError ? error.code : 'raw'}: ${String(error)}`)
      return String(error)
    })
    if (said !== null && !/disk is (nearly )?full.*needed in .*free/i.test(said))
      broken.push(`unclear: ${said}`)
    // Reading goes on while the disk is full.
    await backend.ask('search', 'page', { query: '', cursor: null, limit: 50, sort: 'date' })
    checkFiles(material, operation, said, broken)
    disk.leave(1024 ** 3)
    const again = await OPERATIONS[operation](running).catch((error: unknown) => String(error))
    if (again !== null) broken.push(`does not go on: ${again}`)
    checkFiles(material, operation, null, broken)
  } catch (error) {
    broken.push(String(error))
  } finally {
    disk.leave(1024 ** 3)
    await backend.close()
  }
  const lost = lostIn(root, [...prepared.older, ...prepared.younger, ...running.acknowledged], broken)
  if (lost > 0) broken.push(`${lost} annotations are lost`)
  if (operation === 'migrate') checkMigrated(join(disk.folder, 'old'), broken)
  return { operation, freeBytes, said, acknowledged: running.acknowledged.length, lost, broken }
}

function checkFiles(
  { disk, prepared }: DiskMaterial,
  operation: DiskOperation,
  said: string | null,
  broken: string[],
): void {
  for (const entry of readdirSync(disk.folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    // A recording that can be continued is.
    const isToGoOn = /^[a-z2-7]{16}\.part$/.test(entry.name)
    if (entry.isFile() && !isToGoOn && /\.(part|tmp)$/.test(entry.name))
      broken.push(`left: ${basename(path)}`)
    if (entry.isFile() && /^reviews-.*\.db$/.test(entry.name)) {
      const db = new Database(path, { readonly: true })
      if (db.pragma('integrity_check(1)', { simple: true }) !== 'ok')
        broken.push(`a broken backup: ${entry.name}`)
      db.close()
    }
  }
  const out = join(disk.folder, 'out.csv')
  if (operation !== 'export') return
  if (said !== null && existsSync(out)) broken.push('a file is there although the export failed')
  if (said !== null) return
  const rows = Papa.parse(readFileSync(out, 'utf8').trimEnd()).data.length - 1
  const wanted = prepared.older.length + prepared.younger.length
  if (rows !== wanted) broken.push(`${rows} of ${wanted} rows in the export`)
}

function lostIn(root: string, written: readonly Written[], broken: string[]): number {
  const db = new Database(join(root, 'reviews.db'), { readonly: true })
  try {
    if (db.pragma('quick_check(1)', { simple: true }) !== 'ok') broken.push('reviews.db is damaged')
    const one = db.prepare<[string], { comment: string }>('SELECT comment FROM annotations WHERE id = ?')
    return written.filter(({ id, comment }) => one.get(id)?.comment !== comment).length
  } finally {
    db.close()
  }
}

function checkMigrated(root: string, broken: string[]): void {
  for (const [name, table, rows, version] of [
    ['calls.db', 'calls', 800, CALLS_MIGRATIONS.length],
    ['reviews.db', 'annotations', 400, REVIEWS_MIGRATIONS.length],
  ] as const) {
    const db = new Database(join(root, name), { readonly: true })
    const is = Number(db.pragma('user_version', { simple: true }))
    const count = Number(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get())
    if (is !== version || count !== rows) broken.push(`${name}: version ${is}, ${count} rows`)
    db.close()
  }
}
