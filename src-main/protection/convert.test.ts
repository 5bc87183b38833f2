import { spawn } from 'node:child_process'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { EarmarkError } from '@contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openInProcess } from '../backend/in-process'
import { backUpDaily, backUpWeekly } from '../db/backups'
import { bundleForNode } from '../db/testing-bundle'
import {
  openBothForReading,
  openCallsForReading,
  openCallsForWriting,
  openReviewsForReading,
  workspacePaths,
} from '../db/workspace'
import { openContent, readContent } from './content'
import { convertWorkspace } from './convert'
import { newHeaderFor, readHeader, writeHeader } from './header'
import { newMasterKey, WorkspaceKeys } from './keys'
import { FRESH, OLD } from './swap'
import { holdWorkspace } from './workspace-lock'

const CANARY = 'quetzalcoatl-at-dawn'
const DAY_MS = 86_400_000
const SAMPLE = join(import.meta.dirname, '../../resources/sample')
/** EARMARK_LONG=1: the long form. */
const KILLS = process.env.EARMARK_LONG ? 200 : 8

const inProcess = (root: string, masterKey: Uint8Array | null) =>
  openInProcess(
    { workspaceRoot: root, masterKey, sampleFolder: SAMPLE, appVersion: '0.0.0', loopbackOnly: true },
    () => undefined,
  )

/** The sample with its recordings and a waveform, an annotation, and backups of both databases. */
async function filledWorkspace(): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'earmark-protect-'))
  const backend = inProcess(root, null)
  await backend.ask('imports', 'sample', {})
  const query = { query: 'has:recording', cursor: null, limit: 200, sort: 'date' } as const
  const { hits } = await backend.ask('search', 'page', query)
  const callId = hits[0]?.id ?? ''
  await backend.ask('recordings', 'peaks', { callId })
  for (let i = 0; i < 40; i += 1)
    await backend.ask('annotations', 'create', {
      id: randomUUID(),
      callId,
      place: { kind: 'time', startSec: i, endSec: i + 1 },
      label: 'Missed intent',
      severity: null,
      comment: `${CANARY} ${i} ${'ä€🎧'.repeat(i)}`,
      reviewer: 'Ada',
    })
  await backend.close()
  backUp(root, null, Date.now())
  return root
}

function backUp(root: string, keys: WorkspaceKeys | null, nowMs: number): void {
  const paths = workspacePaths(root, keys)
  for (const [open, copy] of [
    [openReviewsForReading, backUpDaily],
    [openCallsForReading, backUpWeekly],
  ] as const) {
    const db = open(paths)
    copy(db, paths.backups, nowMs, keys)
    db.close()
  }
}

const filesBelow = (root: string): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

/** Everything that a person would miss: rows, recordings, waveforms. */
async function contentOf(root: string, keys: WorkspaceKeys | null): Promise<Record<string, string>> {
  const all: Record<string, string> = {}
  const db = openBothForReading(workspacePaths(root, keys))
  try {
    for (const table of ['calls', 'transcripts', 'recordings', 'reviews.annotations'])
      all[table] = digest(JSON.stringify(db.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all()))
    all.found = JSON.stringify(
      db.prepare("SELECT count(*) FROM search_words WHERE search_words MATCH 'the'").pluck().get(),
    )
    all.check = String(db.pragma('integrity_check(1)', { simple: true }))
  } finally {
    db.close()
  }
  for (const file of filesBelow(root))
    if (/^(recordings|peaks)/.test(relative(root, file)))
      all[relative(root, file)] = digest(await readContent(file, keys?.files ?? null))
  return all
}

const digest = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const convert = (root: string, keys: WorkspaceKeys, to: 'protected' | 'plain', signal?: AbortSignal) =>
  convertWorkspace({
    root,
    keys,
    to,
    header: readHeader(root) ?? newHeaderFor(keys),
    signal: signal ?? new AbortController().signal,
    onProgress: () => undefined,
  })

/** Things that were said, written, heard, and who said them. */
async function canaries(root: string): Promise<Buffer[]> {
  const db = openBothForReading(workspacePaths(root))
  const texts = db
    .prepare<[], string>(
      `SELECT text FROM (SELECT text FROM turns WHERE length(text) > 20 LIMIT 5)
       UNION SELECT external_id FROM calls WHERE length(external_id) > 7`,
    )
    .pluck()
    .all()
  const phones = db
    .prepare<[], string>(
      'SELECT from_number FROM calls WHERE length(from_number) > 7 UNION SELECT to_number FROM calls WHERE length(to_number) > 7',
    )
    .pluck()
    .all()
  db.close()
  const recording = filesBelow(join(root, 'recordings'))[0] ?? ''
  const handle = await openContent(recording, null)
  const bytes = Buffer.alloc(64)
  await handle.read(bytes, 0, 64, 5000)
  await handle.close()
  return [bytes, ...[CANARY, 'Missed intent', ...texts, ...phones].map((text) => Buffer.from(text))]
}

const filesWith = (root: string, wanted: readonly Buffer[]): string[] =>
  filesBelow(root).filter((file) => {
    const bytes = readFileSync(file)
    return wanted.some((one) => bytes.includes(one))
  })

describe('a workspace that is protected', () => {
  const master = newMasterKey()
  const keys = new WorkspaceKeys(master)
  let root = ''
  beforeAll(async () => {
    root = await filledWorkspace()
  }, 60_000)
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  it('has the same content, none of it in the clear in any file, also while it is written, and back again', async () => {
    const before = await contentOf(root, null)
    const words = await canaries(root)
    // What a repair has put aside.
    const damaged = join(root, 'reviews-damaged-20260520T101500.db')
    writeFileSync(damaged, readFileSync(join(root, 'reviews.db')).subarray(0, -100))
    const damagedBytes = readFileSync(damaged)
    expect(words.length).toBeGreaterThan(8)
    expect(filesWith(root, words).length).toBeGreaterThan(4)

    await convert(root, keys, 'protected')
    expect(await contentOf(root, keys)).toEqual(before)
    expect(filesWith(root, words)).toEqual([])

    const backend = inProcess(root, master)
    await backend.ask('imports', 'sample', {})
    const all = { query: 'has:recording', cursor: null, limit: 200, sort: 'date' } as const
    const { hits } = await backend.ask('search', 'page', all)
    const callId = hits[1]?.id ?? ''
    const draft = {
      id: randomUUID(),
      callId,
      label: 'Missed intent',
      severity: null,
      reviewer: 'Ada',
    } as const
    await backend.ask('annotations', 'create', { ...draft, place: { kind: 'call' }, comment: CANARY })
    await backend.ask('recordings', 'peaks', { callId })
    backUp(root, keys, Date.now() + 8 * DAY_MS)
    // While it is open: the write-ahead logs too.
    expect(filesBelow(root).some((file) => file.endsWith('reviews.db-wal'))).toBe(true)
    expect(filesWith(root, words)).toEqual([])
    await backend.ask('annotations', 'remove', { id: draft.id })
    await backend.close()
    expect(filesWith(root, words)).toEqual([])

    await convert(root, keys, 'plain')
    const after = await contentOf(root, null)
    expect(Object.keys(after)).toEqual(expect.arrayContaining(Object.keys(before)))
    expect({ ...after, 'reviews.annotations': '' }).toMatchObject({ ...before, 'reviews.annotations': '' })
    expect(readHeader(root)).toBeNull()
    expect(readFileSync(damaged).equals(damagedBytes)).toBe(true)
    rmSync(damaged)
    expect(filesWith(root, words).length).toBeGreaterThan(4)
  }, 60_000)

  it('is not opened without its key, nor as long as it is half changed over, and says what to do', async () => {
    await convert(root, keys, 'protected')
    const open = (given: WorkspaceKeys | null) => () =>
      openCallsForWriting(workspacePaths(root, given)).close()
    expect(open(null)).toThrow('enter the recovery phrase')
    expect(open(keys)).not.toThrow()
    const header = readHeader(root)
    if (header) writeHeader(root, { ...header, state: 'unprotecting' })
    expect(open(keys)).toThrow('is not finished')
    await convert(root, keys, 'plain')
    expect(open(keys)).toThrow(EarmarkError)
    expect(open(null)).not.toThrow()
  })

  it('is not changed over while somebody has it open, and is not opened while it is changed over', async () => {
    const release = holdWorkspace(workspacePaths(root))
    await expect(convert(root, keys, 'protected')).rejects.toMatchObject({ code: 'busy' })
    expect(readHeader(root)).toBeNull()
    release()
    const converting = convert(root, keys, 'protected')
    expect(() => holdWorkspace(workspacePaths(root))).toThrow('is being protected')
    await converting
    await convert(root, keys, 'plain')
  })

  it('stops between two files when it is told to, and goes on from there in either direction', async () => {
    const before = await contentOf(root, null)
    for (const to of ['protected', 'plain'] as const) {
      const stop = new AbortController()
      const header = newHeaderFor(keys)
      let told = 0
      const stopped = convertWorkspace({
        root,
        keys,
        header,
        to: 'protected',
        signal: stop.signal,
        onProgress: () => {
          told += 1
          if (told === 3) stop.abort()
        },
      })
      await expect(stopped).rejects.toMatchObject({ code: 'cancelled' })
      expect(readHeader(root)?.state).toBe('protecting')
      await convert(root, keys, to)
      expect(await contentOf(root, to === 'plain' ? null : keys)).toEqual(before)
      await convert(root, keys, 'plain')
    }
  })
})

describe('changing a workspace over', () => {
  it(
    `survives ${KILLS} kill -9, goes on in either direction, and loses nothing`,
    async () => {
      const root = await filledWorkspace()
      const bundle = await bundleForNode(join(import.meta.dirname, 'testing-conversion.ts'))
      try {
        const master = randomBytes(32)
        const keys = new WorkspaceKeys(master)
        const before = await contentOf(root, null)
        const words = await canaries(root)
        const states = new Set<string>()
        for (let kill = 0; kill < KILLS; kill += 1) {
          await killedConversion(bundle.file, root, master)
          const left = filesBelow(root).filter((file) => file.includes(FRESH) || file.includes(OLD))
          states.add(`${readHeader(root)?.state} ${left.length}`)
          const to = Math.random() < 0.5 ? 'protected' : 'plain'
          await convert(root, keys, to)
          expect(await contentOf(root, to === 'plain' ? null : keys), `kill ${kill}`).toEqual(before)
          expect(filesBelow(root).filter((file) => file.includes(FRESH) || file.includes(OLD))).toEqual([])
          if (to === 'protected') expect(filesWith(root, words)).toEqual([])
        }
        expect(states.size).toBeGreaterThan(1)
      } finally {
        bundle.remove()
        rmSync(root, { recursive: true, force: true })
      }
    },
    KILLS * 20_000,
  )
})

async function killedConversion(program: string, root: string, master: Uint8Array): Promise<void> {
  const child = spawn(process.execPath, [program, root], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  child.stdin.end(Buffer.from(master).toString('hex'))
  // From the start of the work, which a slow machine reaches later.
  createInterface({ input: child.stdout }).once('line', () =>
    setTimeout(() => child.kill('SIGKILL'), Math.random() * 600),
  )
  expect(await exited).toEqual([null, 'SIGKILL'])
}
