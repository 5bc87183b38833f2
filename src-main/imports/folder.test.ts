import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { FolderDraft } from '@contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { changeFolder, createFolder } from '../connections/folders'
import { describeConnection, listRuns } from '../connections/queries'
import { checkIndex } from '../search/search-index'
import { openSyncEngine, type SyncEngine } from '../sync/engine'
import { lockConnection } from '../sync/lock'
import { contentOf, QUICK_RETRY, quickRecordings, type TestBackend, testBackend } from '../sync/testing'
import { FILES_SQL, listFolderFiles, PROBLEM_FILES_SQL } from './folder-queries'
import { scanFolder } from './folder-scan'
import { lookIntoChosen } from './look-into'

const PATIENCE = { restMs: 40, mostMs: 200 }
let backend: TestBackend
let engine: SyncEngine
let folder: string
beforeEach(async () => {
  backend = await testBackend()
  engine = openSyncEngine(backend, QUICK_RETRY, PATIENCE)
  folder = mkdtempSync(join(tmpdir(), 'earmark-folder-'))
})
afterEach(async () => {
  await engine.close()
  backend.close()
  rmSync(folder, { recursive: true, force: true })
})

let clock = Date.now() - 3_600_000
/** Writes a file as one that has rested for a while, later than all before. */
const put = (name: string, content: unknown) => {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(
    path,
    typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content),
  )
  clock += 1000
  utimesSync(path, clock / 1000, clock / 1000)
  return path
}
const detail = (id: number, more: object = {}) => ({
  call_log_id: id,
  status: 'completed',
  created_at: '2026-03-01T10:00:00Z',
  transcript: [{ speaker: 'agent', text: `Call ${id}`, timestamp: 0 }],
  ...more,
})
const list = (...ids: number[]) => ({
  items: ids.map((id) => ({ call_log_id: id, status: 'completed', phone_number: `+44${id}` })),
  total: ids.length,
  page: 1,
})
const malakai = (...sessions: string[]) => ({
  responseCode: 2000,
  data: { logs: sessions.map((session_id) => ({ session_id, call_sid: 'c', call_duration: 12 })) },
})
const draft = (change: Partial<FolderDraft> = {}): FolderDraft => ({
  vendor: 'prosper',
  name: 'Exports',
  folder,
  ...change,
})
const connect = (change: Partial<FolderDraft> = {}) => createFolder(backend, draft(change)).id
const read = (id: string) => engine.start(id, { recordings: 'all', secrets: null, trigger: 'person' }).ended
const files = (id: string, onlyProblems = false) => listFolderFiles(backend.db, id, onlyProblems)
const problems = (id: string) => files(id, true).map(({ path, problem }) => `${path}: ${problem}`)
const states = () =>
  Object.fromEntries(
    backend.db.prepare('SELECT external_id, recording_state FROM calls ORDER BY external_id').raw().all() as [
      string,
      string,
    ][],
  )
const audio = quickRecordings().bytes

describe('a folder connection', () => {
  test('reads lists, details, lines and single records of its vendor in the folder and below, once', async () => {
    put('list.json', list(1, 2))
    put('2026/03/detail.json', detail(1))
    put('2026/03/lines.jsonl', `${JSON.stringify(detail(3))}\n${JSON.stringify(detail(4))}\n`)
    put('openapi.json', { call_logs: [{ id: 'x5', call_length: '180', transcripts: null }], next_page: null })
    put('notes.txt', 'not looked at')
    const id = connect()
    const first = await read(id)
    expect(first).toMatchObject({ outcome: 'done', problem: null })
    expect(first.counts).toMatchObject({ listed: 6, added: 5, updated: 0, quarantined: 0 })
    expect(files(id).map(({ path, calls }) => [path, calls])).toEqual([
      ['openapi.json', 1],
      ['2026/03/lines.jsonl', 2],
      ['2026/03/detail.json', 1],
      ['list.json', 2],
    ])
    const before = contentOf(backend.db)
    const again = await read(id)
    expect(again.counts).toMatchObject({ listed: 0, added: 0, updated: 0, unchanged: 0 })
    expect(contentOf(backend.db)).toEqual(before)
    expect(listRuns(backend.db, id, 5).map(({ trigger, outcome }) => [trigger, outcome])).toEqual([
      ['person', 'done'],
      ['person', 'done'],
    ])
    expect(checkIndex(backend.db)).toBeNull()
  })

  test('keeps a changed record as a revision, and what a file held stays when the file goes', async () => {
    const id = connect()
    put('a.json', detail(1))
    await read(id)
    put('a.json', detail(1, { status: 'failed' }))
    expect((await read(id)).counts).toMatchObject({ updated: 1 })
    const revisions = backend.db.prepare('SELECT count(*) FROM revisions').pluck()
    expect(revisions.get()).toBe(2)
    unlinkSync(join(folder, 'a.json'))
    put('b.json', detail(2))
    await read(id)
    expect(states()).toEqual({ 1: 'none', 2: 'none' })
    expect(files(id).map(({ path }) => path)).toEqual(['b.json'])
  })

  test('sets unreadable records aside and goes on', async () => {
    const id = connect()
    put('a.json', { items: [{ status: 'no id' }, { call_log_id: 1 }], total: 2, page: 1 })
    expect((await read(id)).counts).toMatchObject({ added: 1, quarantined: 1 })
  })

  test('says which files it could not read and why, and reads them when they have changed', async () => {
    const id = connect()
    put('half.json', '{"call_log_id": 1, "transcript": [')
    put('manifest.json', { files: 3 })
    put('good.json', detail(2))
    const first = await read(id)
    expect(first.outcome).toBe('failed')
    expect(first.problem).toMatch(
      /^"half\.json" can't be imported: it is not JSON, or broke off before its end\./,
    )
    expect(first.counts.added).toBe(1)
    expect(problems(id)).toHaveLength(2)
    // Looked at twice, because a copy under way can look finished; then left alone.
    expect((await read(id)).outcome).toBe('failed')
    expect((await read(id)).outcome).toBe('done')
    put('half.json', detail(1))
    expect((await read(id)).counts.added).toBe(1)
    expect(problems(id)).toEqual([
      expect.stringMatching(/^manifest\.json: .*no call of either vendor is in it/),
    ])
  })

  test('leaves a line that is being written for later, without setting it aside', async () => {
    const id = connect()
    put('lines.jsonl', `${JSON.stringify(detail(1))}\n{"call_log_id": 2, "tran`)
    expect((await read(id)).counts).toMatchObject({ added: 1, quarantined: 0 })
    expect(problems(id)).toEqual([
      expect.stringContaining('The last line of "lines.jsonl" is not complete yet.'),
    ])
    put('lines.jsonl', `${JSON.stringify(detail(1))}\n${JSON.stringify(detail(2))}`)
    expect((await read(id)).counts).toMatchObject({ added: 1, unchanged: 1, quarantined: 0 })
    expect(problems(id)).toEqual([])
  })

  test('leaves a file that was written to a moment ago for later', async () => {
    const id = connect()
    const patient = openSyncEngine(backend, QUICK_RETRY, { restMs: 60_000, mostMs: 50 })
    writeFileSync(join(folder, 'growing.json'), '[')
    const run = () => patient.start(id, { recordings: 'all', secrets: null }).ended
    expect((await run()).outcome).toBe('done')
    expect(problems(id)).toEqual([expect.stringContaining('"growing.json" is still being written.')])
    put('growing.json', detail(1))
    expect((await run()).counts.added).toBe(1)
    expect(problems(id)).toEqual([])
  })

  test('lists the other vendor’s file as not its own with what to do, until another connection reads it', async () => {
    const id = connect()
    put('malakai.json', malakai('s1', 's2'))
    put(
      'both.jsonl',
      `${JSON.stringify(detail(1))}\n${JSON.stringify({ session_id: 's3', call_sid: 'c' })}\n`,
    )
    expect(await read(id)).toMatchObject({ outcome: 'done', counts: { added: 1, quarantined: 0 } })
    expect(problems(id)).toEqual([
      'both.jsonl: "both.jsonl" holds 1 call of Malakai, but this connection reads Prosper AI\'s. Make another connection to this folder, for Malakai.',
      'malakai.json: "malakai.json" holds 2 calls of Malakai, but this connection reads Prosper AI\'s. Make another connection to this folder, for Malakai.',
    ])
    const other = connect({ vendor: 'malakai', name: 'Other exports' })
    expect((await read(other)).counts.added).toBe(3)
    expect(problems(other)).toEqual([])
    expect(states()).toEqual({ 1: 'none', s1: 'none', s2: 'none', s3: 'none' })
  })
})

describe('audio in a folder', () => {
  test('finds its call by the id in its name, in any folder, before or after the call', async () => {
    const id = connect()
    put('audio/early/1.wav', audio)
    put('a.json', [detail(2), { ...detail(3), call_log_id: undefined, id: 'x/3', call_length: '1' }])
    put('recordings/2.wav', audio)
    put('x_3.wav', audio)
    put('nobody.wav', audio)
    const first = await read(id)
    expect(first.counts.recordings).toEqual({ downloaded: 2, failed: 0 })
    expect(states()).toEqual({ 2: 'ready', 'x/3': 'ready' })
    put('b.json', detail(1))
    expect((await read(id)).counts.recordings).toEqual({ downloaded: 1, failed: 0 })
    expect(states()['1']).toBe('ready')
    expect((await read(id)).counts.recordings).toEqual({ downloaded: 0, failed: 0 })
    const waiting = files(id).filter(({ calls }) => calls === 0)
    expect(waiting.map(({ path, problem }) => [path, problem])).toEqual([['nobody.wav', null]])
    const { sha256 } = backend.db.prepare('SELECT sha256 FROM recordings LIMIT 1').get() as { sha256: string }
    expect(sha256).toMatch(/^[0-9a-f]{64}$/)
  })

  test('that is none is told, does not become a recording, and is taken once it is mended', async () => {
    const id = connect()
    put('a.json', detail(1))
    put('1.mp3', '<!doctype html><p>Log in')
    const first = await read(id)
    expect(first.counts.recordings).toEqual({ downloaded: 0, failed: 1 })
    expect(first.problem).toMatch(/"1\.mp3": What came instead of a recording is an HTML page/)
    expect(states()).toEqual({ 1: 'failed' })
    put('1.mp3', audio)
    await read(id)
    expect(states()).toEqual({ 1: 'ready' })
  })

  test('that changed is archived again', async () => {
    const id = connect()
    put('a.json', detail(1))
    put('1.wav', audio)
    await read(id)
    const hash = () => backend.db.prepare('SELECT sha256 FROM recordings').pluck().get()
    const before = hash()
    const louder = Buffer.from(audio)
    louder.fill(7, 60)
    put('1.wav', louder)
    await read(id)
    expect(hash()).not.toBe(before)
  })

  test('is left where a sync is asked for without recordings', async () => {
    const id = connect()
    put('a.json', detail(1))
    put('1.wav', audio)
    await engine.start(id, { recordings: 'none', secrets: null, trigger: 'command_line' }).ended
    expect(states()).toEqual({ 1: 'none' })
    await read(id)
    expect(states()).toEqual({ 1: 'ready' })
  })
})

describe('what can be wrong with a folder', () => {
  test('one that is not there any more is told with what to do, its calls stay, and it goes on when it is back', async () => {
    const id = connect()
    put('a.json', detail(1))
    await read(id)
    renameSync(folder, `${folder}-away`)
    expect(await read(id)).toMatchObject({
      outcome: 'failed',
      problem: `The folder "${folder}" is not there; is a drive or a share missing? Its calls stay; reading goes on when it is back.`,
    })
    expect(describeConnection(backend.db, id)).toMatchObject({ callCount: 1, lastRun: { outcome: 'failed' } })
    expect(files(id)).toHaveLength(1)
    renameSync(`${folder}-away`, folder)
    put('b.json', detail(2))
    expect(await read(id)).toMatchObject({ outcome: 'done', counts: { listed: 1, added: 1 } })
  })

  test('links that lead out of it are not followed, those to files in it are, and a loop ends', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'earmark-outside-'))
    try {
      writeFileSync(join(outside, 'secret.json'), JSON.stringify(detail(9)))
      symlinkSync(join(outside, 'secret.json'), join(folder, 'link.json'))
      symlinkSync(outside, join(folder, 'out'))
      symlinkSync(folder, join(folder, 'loop'))
      put('store/blob.json', detail(1))
      symlinkSync(join(folder, 'store/blob.json'), join(folder, 'inside.json'))
      const { files: found } = await scanFolder(folder, new AbortController().signal)
      expect(found.map(({ path }) => path).sort()).toEqual(['inside.json', 'store/blob.json'])
    } finally {
      rmSync(outside, { recursive: true })
    }
  })

  test('more files than can be kept track of are refused with what to do', async () => {
    for (const n of [1, 2, 3]) put(`${n}.json`, '{}')
    await expect(scanFolder(folder, new AbortController().signal, 2)).rejects.toThrow(
      /holds more than 2 files of calls and audio\. Divide them/,
    )
  })

  test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'a folder in it that may not be read hides its files, and forgets none',
    async () => {
      const id = connect()
      put('sub/a.json', detail(1))
      put('b.json', detail(2))
      await read(id)
      chmodSync(join(folder, 'sub'), 0)
      await read(id)
      chmodSync(join(folder, 'sub'), 0o755)
      expect(files(id)).toHaveLength(2)
    },
  )

  test('a read that was cancelled goes on with the file that it was at', async () => {
    const id = connect()
    for (const n of [1, 2, 3, 4]) put(`${n}.json`, detail(n))
    const running = engine.start(id, { recordings: 'all', secrets: null })
    await engine.cancel(id)
    expect((await running.ended).outcome).toBe('cancelled')
    expect((await read(id)).outcome).toBe('done')
    expect(Object.keys(states())).toEqual(['1', '2', '3', '4'])
  })

  test('who reads it a second time at the same moment is told who is at it', () => {
    const id = connect()
    const unlock = lockConnection(backend.paths, { id, name: 'Exports' }, 'The command line')
    try {
      expect(() => engine.start(id, { recordings: 'all', secrets: null })).toThrow(
        /^The command line .* "Exports" now/,
      )
    } finally {
      unlock()
    }
  })
})

describe('making a folder connection', () => {
  test.each<[string, () => Partial<FolderDraft>, RegExp]>([
    ['a relative path', () => ({ folder: 'exports' }), /whole path/],
    ['what is not there', () => ({ folder: join(folder, 'no') }), /There is no folder/],
    ['a file', () => ({ folder: put('a.json', '{}') }), /is not a folder/],
    ['the workspace', () => ({ folder: backend.paths.root }), /Earmark's own workspace/],
    [
      'what the workspace lies in',
      () => ({ folder: dirname(backend.paths.root) }),
      /Earmark's own workspace/,
    ],
    ['what lies in the workspace', () => ({ folder: backend.paths.recordings }), /Earmark's own workspace/],
    ['no folder', () => ({ folder: null }), /Choose the folder/],
  ])('refuses %s', (_, change, message) => {
    expect(() => connect(change())).toThrow(message)
  })

  test('refuses a second one for the same vendor, a taken name, another vendor for the same connection', () => {
    const id = connect()
    expect(() => connect({ name: 'Second' })).toThrow(
      '"Exports" reads the calls of Prosper AI in this folder already.',
    )
    expect(() => connect({ folder: put('sub/a.json', '{}').replace(/\/a\.json$/, '') })).toThrow(
      /There is a connection named/,
    )
    expect(() => changeFolder(backend, id, draft({ vendor: 'malakai' }))).toThrow(/can’t be changed/)
  })

  test('can be renamed, and pointed elsewhere: then everything there is read', async () => {
    const id = connect()
    put('a.json', detail(1))
    await read(id)
    expect(changeFolder(backend, id, draft({ name: 'Renamed', folder: null }))).toMatchObject({
      name: 'Renamed',
      folder,
    })
    expect(files(id)).toHaveLength(1)
    put('new/b.json', detail(2))
    changeFolder(backend, id, draft({ folder: join(folder, 'new') }))
    expect(files(id)).toEqual([])
    expect((await read(id)).counts).toMatchObject({ added: 1 })
  })
})

test('a chosen folder tells how much is in it and whose it is', async () => {
  const look = () => lookIntoChosen(folder, new AbortController().signal)
  expect(await look()).toEqual({ folder, vendor: null, jsonFiles: 0, audioFiles: 0 })
  put('a/1.json', malakai('s1'))
  put('b/2.jsonl', `${JSON.stringify(detail(1))}\n`)
  put('3.json', malakai('s2'))
  put('broken.json', '{')
  put('1.mp3', audio)
  expect(await look()).toEqual({ folder, vendor: 'malakai', jsonFiles: 4, audioFiles: 1 })
})

test('the list of files is read from an index, however many there are', () => {
  const plan = (sql: string) =>
    backend.db
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all('x')
      .map((row) => (row as { detail: string }).detail)
  expect(plan(FILES_SQL)).toEqual([expect.stringMatching(/USING INDEX folder_files_in_time/)])
  expect(plan(PROBLEM_FILES_SQL)).toEqual([expect.stringMatching(/USING INDEX folder_files_with_problem/)])
})
