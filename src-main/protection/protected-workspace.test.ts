import { randomUUID } from 'node:crypto'
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openInProcess } from '../backend/in-process'
import { automaticBackups, unpackAutomatic } from '../backup/automatic'
import { exchangeWorkspace } from '../backup/exchange'
import { isProtectedBackup } from '../backup/manifest'
import { openBackup } from '../backup/read-backup'
import { restoreBackup } from '../backup/restore-backup'
import { filesOf } from '../backup/testing'
import { requireUnused } from '../backup/unused'
import { writeBackup } from '../backup/write-backup'
import { keyOf, openAsKept, openToRead, withDb } from '../db/as-kept'
import { backUpDaily, backUpWeekly } from '../db/backups'
import { examine } from '../db/doctor'
import { examineDatabases, repairDatabases, restoreNewestBackup } from '../db/repair'
import {
  openCallsForReading,
  openCallsForWriting,
  openReviewsForReading,
  openReviewsForWriting,
  workspacePaths,
} from '../db/workspace'
import { makeReport } from '../support/report'
import { memorySecrets } from '../sync/testing'
import { protectionOf, protectWorkspace, unprotectWorkspace } from './change-over'
import { newMasterKey, WorkspaceKeys } from './keys'
import { phraseOf } from './phrase'
import { masterKeyOf, unlockWorkspace } from './unlock'

/** All that a plain workspace can do, on a protected one. */

const CANARY = 'quetzalcoatl-at-dawn'
/** Said in the sample. */
const SAID = 'want to buy a house'
const SAMPLE = join(import.meta.dirname, '../../resources/sample')
const NOON = Date.UTC(2026, 4, 20, 12)
const quietly = () => ({ onProgress: () => undefined, signal: new AbortController().signal })

let folder: string
let root: string
let keychain: ReturnType<typeof memorySecrets>
const master = newMasterKey()
const keys = new WorkspaceKeys(master)
const at = (name: string) => join(folder, name)
const paths = () => workspacePaths(root, keys)

const open = (workspaceRoot: string, masterKey: Uint8Array | null = master) =>
  openInProcess(
    { workspaceRoot, masterKey, sampleFolder: SAMPLE, appVersion: '0.0.0', loopbackOnly: true },
    () => undefined,
  )
type Backend = ReturnType<typeof open>

async function withBackend<T>(workspaceRoot: string, work: (backend: Backend) => Promise<T>): Promise<T> {
  const backend = open(workspaceRoot)
  try {
    return await work(backend)
  } finally {
    await backend.close()
  }
}

const search = async (backend: Backend, query: string) =>
  (await backend.ask('search', 'page', { query, cursor: null, limit: 200, sort: 'date' })).hits

const annotate = (backend: Backend, callId: string, comment: string) =>
  backend.ask('annotations', 'create', {
    id: randomUUID(),
    callId,
    place: { kind: 'turn', turnIndex: 0 },
    label: 'Missed intent',
    severity: null,
    comment,
    reviewer: 'Ada',
  })

/** Files below a folder in which one of these words stands. */
const filesWith = (below: string, words: readonly string[]): string[] =>
  readdirSync(below, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name))
    .filter((path) => {
      const bytes = readFileSync(path)
      return words.some((word) => bytes.includes(word))
    })

const comments = (): string[] =>
  withDb(openReviewsForReading(paths()), (db) =>
    db.prepare('SELECT comment FROM annotations ORDER BY created_at_ms, id').pluck().all().map(String),
  )

/** Annotations that only the database module needs to know, as many as fill pages. */
function fill(from: number, to: number): void {
  withDb(openReviewsForWriting(paths()), (db) => {
    const insert = db.prepare(
      `INSERT INTO annotations (id, draft_hash, call_id, vendor, connection_id, connection, external_id, kind, label, comment,
         reviewer, created_at_ms, updated_at_ms)
       VALUES (?, '', 'aaaaaaaaaaaaaaaa', 'prosper', 'c', 'C', '1', 'call', 'L', ?, 'Ada', ?, ?)`,
    )
    for (let i = from; i < to; i += 1)
      insert.run(`id-${String(i).padStart(5, '0')}`, `comment ${i} ${'x'.repeat(300)}`, i, i)
    db.pragma('wal_checkpoint(TRUNCATE)')
  })
}

const flip = (file: string, page: number): void => {
  const bytes = readFileSync(file)
  const place = page * 4096 + 2000
  bytes[place] = (bytes[place] ?? 0) ^ 1
  writeFileSync(file, bytes)
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'earmark-protected-'))
  root = at('workspace')
  keychain = memorySecrets()
  await protectWorkspace(root, master, keychain, quietly())
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a backup of a protected workspace', () => {
  beforeEach(() =>
    withBackend(root, async (backend) => {
      await backend.ask('imports', 'sample', {})
      const [call] = await search(backend, 'has:recording')
      await annotate(backend, call?.id ?? '', CANARY)
      await backend.ask('recordings', 'peaks', { callId: call?.id ?? '' })
    }),
  )
  const save = (withRecordings = true) =>
    writeBackup(paths(), at('all.zip'), { withRecordings, appVersion: '0.0.0', nowMs: NOON })

  it('holds everything encrypted as it is, and says that it is protected', async () => {
    const made = await save()
    expect(isProtectedBackup(made)).toBe(true)
    expect(made.counts).toMatchObject({ calls: 32, annotations: 1, recordings: 28 })
    expect(filesWith(folder, [CANARY, SAID])).toEqual([])
    const opened = await openBackup(at('all.zip'))
    opened.close()
    expect(opened.manifest.entries.map(({ name }) => name)).toContain('protection.json')
  })

  it('opens with the keychain’s key where that is there, and was checked', async () => {
    await save(false)
    const { missingRecordings } = await restoreBackup(at('all.zip'), at('copy'), { keychain })
    expect(missingRecordings).toBe(28)
    expect(Buffer.compare((await masterKeyOf(at('copy'), keychain)) ?? new Uint8Array(), master)).toBe(0)
    await withBackend(at('copy'), async (backend) => {
      expect(await search(backend, `"${SAID}"`)).toHaveLength(1)
      expect(await search(backend, 'has:annotation')).toHaveLength(1)
    })
    expect(filesWith(folder, [CANARY, SAID])).toEqual([])
  })

  it('asks for the phrase on another computer; what could not be done without it is done then', async () => {
    await save(false)
    const elsewhere = memorySecrets()
    const { missingRecordings } = await restoreBackup(at('all.zip'), at('copy'), { keychain: elsewhere })
    expect(missingRecordings).toBeNull()
    await expect(masterKeyOf(at('copy'), elsewhere)).rejects.toMatchObject({ code: 'workspace_locked' })
    await unlockWorkspace(at('copy'), phraseOf(master), elsewhere)
    await withBackend(at('copy'), async (backend) => {
      // The commands that read see it too: whichever comes first does it.
      expect(await search(backend, 'has:recording')).toHaveLength(0)
      expect(await search(backend, `"${SAID}"`)).toHaveLength(1)
    })
    expect(readdirSync(at('copy'))).not.toContain('restored-unchecked')
  })

  it('that was changed on the way is refused, with a key or without', async () => {
    await save()
    const bytes = readFileSync(at('all.zip'))
    const middle = Math.floor(bytes.length / 2)
    bytes[middle] = (bytes[middle] ?? 0) ^ 1
    writeFileSync(at('all.zip'), bytes)
    for (const one of [keychain, memorySecrets()])
      await expect(restoreBackup(at('all.zip'), at('copy'), { keychain: one })).rejects.toMatchObject({
        code: 'file_unreadable',
      })
    expect(readdirSync(folder).sort()).toEqual(['all.zip', 'workspace'])
  })

  it('that Earmark made by itself takes the workspace’s place; changing over the new one leaves the old one whole', async () => {
    withDb(openReviewsForReading(paths()), (db) => backUpDaily(db, paths().backups, NOON, keys))
    const [copy] = automaticBackups(paths())
    const made = await unpackAutomatic(paths(), copy?.name ?? '', root)
    requireUnused(root, keys)
    const aside = exchangeWorkspace(root, made.folder, NOON) ?? ''
    const before = filesOf(join(aside, 'recordings'))
    expect(Object.keys(before)).toHaveLength(28)
    await unprotectWorkspace(root, keychain, quietly())
    expect(protectionOf(root)).toBe('plain')
    expect(filesOf(join(aside, 'recordings'))).toEqual(before)
    // The one that was set aside has its header still, and the keychain its key.
    expect(await masterKeyOf(aside, keychain)).not.toBeNull()
    await withBackend(aside, async (backend) => {
      expect(await search(backend, 'has:annotation')).toHaveLength(1)
    })
  })

  it('is not put in the place of a workspace that somebody has open', async () => {
    await withBackend(root, async (backend) => {
      await search(backend, '')
      expect(() => requireUnused(root, keys)).toThrow(expect.objectContaining({ code: 'busy' }))
      expect(() => requireUnused(root)).toThrow(expect.objectContaining({ code: 'busy' }))
    })
    requireUnused(root, keys)
  })
})

describe('damage in a protected workspace', () => {
  it('of single pages costs their rows alone, and the newest backup has those', () => {
    fill(0, 600)
    withDb(openReviewsForReading(paths()), (db) => backUpDaily(db, paths().backups, NOON - 60_000, keys))
    fill(600, 1200)
    const { reviewsDb } = paths()
    const before = comments()
    const pages = statSync(reviewsDb).size / 4096
    const leaves = withDb(openToRead(reviewsDb, keyOf(keys, 'reviews.db')), (db) =>
      db
        .prepare<[], number>(
          "SELECT pageno FROM dbstat WHERE name = 'annotations' AND pagetype = 'leaf' ORDER BY path",
        )
        .pluck()
        .all(),
    )
    expect(leaves.length).toBeGreaterThan(50)
    expect(pages).toBeGreaterThan(leaves.length)
    // Five of them, spread out: three are of what the backup knows.
    const broken = [3, 20, 40, leaves.length - 20, leaves.length - 5].map((i) => leaves[i] ?? 0)
    for (const page of broken) flip(reviewsDb, page - 1)
    expect(examineDatabases(paths()).find(({ name }) => name === 'reviews.db')?.problem).not.toBeNull()
    const damaged = readFileSync(reviewsDb)
    const [report] = repairDatabases(paths(), NOON)
    const perPage = Math.ceil(1200 / leaves.length) + 2
    expect(report?.rows).toBeGreaterThanOrEqual(1200 - 2 * perPage)
    expect(report?.fromBackup).toBeGreaterThan(0)
    expect(report?.fromBackup).toBeLessThanOrEqual(3 * perPage)
    const after = comments()
    expect(after).toHaveLength(report?.rows ?? 0)
    expect(after.every((one) => before.includes(one))).toBe(true)
    expect(after.slice(0, 600)).toEqual(before.slice(0, 600))
    const kept = readdirSync(root).find((name) => name.startsWith('reviews-damaged-')) ?? ''
    expect(readFileSync(join(root, kept)).equals(damaged)).toBe(true)
    expect(filesWith(root, ['comment 77'])).toEqual([])
    expect(examineDatabases(paths()).every(({ problem }) => problem === null)).toBe(true)
  })

  it('of all of a file leaves the newest backup', () => {
    fill(0, 200)
    withDb(openReviewsForReading(paths()), (db) => backUpDaily(db, paths().backups, NOON - 60_000, keys))
    writeFileSync(paths().reviewsDb, Buffer.alloc(100_000, 0x5a))
    expect(() => openReviewsForReading(paths())).toThrow(
      expect.objectContaining({ code: 'database_damaged' }),
    )
    const [report] = repairDatabases(paths(), NOON)
    expect(report).toMatchObject({ name: 'reviews.db', rows: 200, fromBackup: 200 })
    expect(comments()).toHaveLength(200)
    truncateSync(paths().reviewsDb, 4096)
    expect(restoreNewestBackup(paths(), 'reviews.db', NOON + 1000)).toMatchObject({ rows: 200 })
    expect(comments()).toHaveLength(200)
    expect(filesWith(root, ['comment 77'])).toEqual([])
  })

  it('of another Earmark’s version is none: it is refused, and stays as it is', () => {
    fill(0, 10)
    const { callsDb, reviewsDb } = paths()
    withDb(openCallsForWriting(paths()), () => undefined)
    withDb(openAsKept(callsDb, keyOf(keys, 'calls.db')), (db) => db.pragma('user_version = 999'))
    const before = [readFileSync(callsDb), readFileSync(reviewsDb)]
    for (const work of [openCallsForWriting, openReviewsForWriting, openReviewsForReading, examineDatabases])
      expect(() => work(paths())).toThrow(expect.objectContaining({ code: 'database_too_new' }))
    expect(() => repairDatabases(paths(), NOON)).toThrow(
      expect.objectContaining({ code: 'database_too_new' }),
    )
    expect(readFileSync(callsDb).equals(before[0] ?? Buffer.alloc(0))).toBe(true)
    expect(readFileSync(reviewsDb).equals(before[1] ?? Buffer.alloc(0))).toBe(true)
  })
})

describe('in a protected workspace', () => {
  beforeEach(() =>
    withBackend(root, async (backend) => {
      await backend.ask('imports', 'sample', {})
      const [call] = await search(backend, 'has:recording')
      await annotate(backend, call?.id ?? '', CANARY)
    }),
  )

  it('masking, exports and purges work, and nothing of it is in the clear but what was exported', async () => {
    withDb(openReviewsForReading(paths()), (db) => backUpDaily(db, paths().backups, Date.now(), keys))
    withDb(openCallsForReading(paths()), (db) => backUpWeekly(db, paths().backups, Date.now(), keys))
    await withBackend(root, async (backend) => {
      const options = { what: 'annotations', query: null, bom: false, raw: false, redact: false } as const
      const { rows, path } = await backend.ask('exports', 'write', {
        options,
        path: at('out.csv'),
        before: null,
      })
      expect(rows).toBe(1)
      expect(readFileSync(path, 'utf8')).toContain(CANARY)
      rmSync(path)
      const before = new Date(Date.UTC(2100, 0, 1)).toISOString()
      await backend.ask('retention', 'run', {
        before,
        by: 'person',
        annotations: 'keep',
        exportedTo: null,
        exportedRows: null,
      })
      expect(await search(backend, '')).toHaveLength(0)
    })
    expect(comments()).toEqual([CANARY])
    expect(filesWith(folder, [CANARY, SAID])).toEqual([])
    expect(Object.keys(filesOf(paths().recordings))).toHaveLength(0)
  })

  it('the doctor finds everything sound, and a report for support has no word of it', async () => {
    const findings = await examine(paths(), keychain, '0.0.0')
    expect(findings.filter(({ ok }) => !ok)).toEqual([])
    const parts = await makeReport({
      paths: paths(),
      keychain,
      appVersion: '0.0.0',
      isWindow: false,
      nowMs: NOON,
    })
    const text = parts.map((part) => part.text).join('\n')
    expect(text).toContain('rows of annotations')
    const secrets = [
      CANARY,
      SAID,
      phraseOf(master),
      Buffer.from(master).toString('hex'),
      ...keychain.entries.values(),
    ]
    for (const secret of secrets) expect(text).not.toContain(secret)
  })
})
