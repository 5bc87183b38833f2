import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { listConnections } from '../connections/queries'
import { checkIndex } from '../search/search-index'
import { contentOf, quickRecordings, type TestBackend, testBackend } from '../sync/testing'
import { fileStem } from './audio-beside'
import { importHandlers } from './handlers'
import { type ImportOptions, importFiles, openSample } from './import-files'
import { readLines } from './read-file'

let backend: TestBackend
let folder: string
beforeEach(async () => {
  backend = await testBackend()
  folder = mkdtempSync(join(tmpdir(), 'earmark-import-'))
})
afterEach(() => {
  backend.close()
  rmSync(folder, { recursive: true, force: true })
})

const file = (name: string, content: unknown) => {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}
const run = (files: string[], options: ImportOptions = {}) =>
  importFiles(backend.db, backend.paths, files, { emit: backend.emit, ...options })
const count = (table: string) => Number(backend.db.prepare(`SELECT count(*) FROM ${table}`).pluck().get())
const names = () => listConnections(backend.db).map((connection) => connection.name)

const detail = (id: number, more: object = {}) => ({
  call_log_id: id,
  status: 'completed',
  created_at: `2026-03-0${id}T10:00:00Z`,
  transcript: [{ speaker: 'agent', text: `Call ${id}`, timestamp: 0 }],
  ...more,
})
const list = (...ids: number[]) => ({
  items: ids.map((id) => ({ call_log_id: id, status: 'completed', phone_number: `+44${id}` })),
  total: ids.length,
  page: 1,
  page_size: 100,
})
const malakai = (...sessions: string[]) => ({
  responseCode: 2000,
  data: {
    analytics: { 'Total Contacts': sessions.length },
    logs: sessions.map((session_id) => ({
      session_id,
      call_summary: 'Asked for a house.',
      call_duration: 12,
      transcript: { conversation: [{ role: 'user', content: ' Hello?' }] },
    })),
  },
})

describe('an import', () => {
  test('reads lists, details, arrays and JSON lines of both vendors, under a connection for each', async () => {
    const done = await run([
      file('list.json', list(1, 2)),
      file('detail.json', detail(1)),
      file('array.json', [detail(2), detail(3)]),
      file('lines.jsonl', `${JSON.stringify(detail(4))}\n\n${JSON.stringify(detail(5))}\r\n`),
      file('more.json', `${JSON.stringify(detail(6))}\n${JSON.stringify(detail(7))}\n`),
      file('malakai.json', malakai('s1', 's2')),
    ])
    expect(done).toMatchObject({ files: 6, added: 9, updated: 2, quarantined: 0 })
    expect(names()).toEqual(['Imported from Malakai', 'Imported from Prosper AI'])
    expect(listConnections(backend.db)[0]?.campaigns[0]?.info).toMatchObject({
      analytics: { 'Total Contacts': 2 },
    })
    expect(backend.db.prepare("SELECT party FROM calls WHERE external_id = '1'").pluck().get()).toBe('+441')
    expect(checkIndex(backend.db)).toBeNull()
  })

  test('of the same files again changes nothing, in whatever order they come', async () => {
    const files = [
      file('list.json', list(1, 2)),
      file('lines.jsonl', `${JSON.stringify(detail(1))}\n${JSON.stringify(detail(2))}`),
    ]
    await run(files)
    const before = contentOf(backend.db)
    expect(await run(files.toReversed())).toMatchObject({ added: 0, updated: 0, unchanged: 4 })
    expect(contentOf(backend.db)).toEqual(before)
  })

  test('opens the newest call next', async () => {
    const { firstCallId } = await run([file('array.json', [detail(2), detail(3), detail(1)])])
    expect(backend.db.prepare('SELECT external_id FROM calls WHERE id = ?').pluck().get(firstCallId)).toBe(
      '3',
    )
  })

  test('goes under the name that it is given, the second vendor’s calls with theirs behind it', async () => {
    await run([file('a.json', detail(1)), file('b.json', malakai('s1'))], { connectionName: 'Audit' })
    expect(names()).toEqual(['Audit', 'Audit (Malakai)'])
  })

  test('sets a bad line aside and reads the others', async () => {
    const done = await run([
      file('lines.jsonl', `${JSON.stringify(detail(1))}\n{"broken": \n[1,2]\n${JSON.stringify(detail(2))}`),
    ])
    expect(done).toMatchObject({ added: 2, quarantined: 2 })
    const reasons = backend.db.prepare('SELECT reason FROM quarantine ORDER BY id').pluck().all()
    expect(reasons).toEqual([
      'Line 2 of "lines.jsonl" is not JSON.',
      'Line 3 of "lines.jsonl" is not of a shape that either vendor gives.',
    ])
  })

  test('never takes text of another encoding for UTF-8; UTF-16 with its mark is read', async () => {
    const call = JSON.stringify(detail(1, { summary: 'Café in Köln' }))
    const path = file('calls.json', '')
    writeFileSync(path, Buffer.from(call, 'latin1'))
    await expect(run([path])).rejects.toMatchObject({
      code: 'not_vendor_data',
      message: expect.stringMatching(/UTF-8/),
    })
    writeFileSync(path, Buffer.from(`\uFEFF${call}`, 'utf16le'))
    expect(await run([path])).toMatchObject({ added: 1, quarantined: 0 })
    expect(backend.db.prepare('SELECT summary FROM calls').pluck().get()).toBe('Café in Köln')

    const lines = file('lines.jsonl', '')
    writeFileSync(lines, Buffer.from(`${JSON.stringify(detail(2))}\n${call}\n`, 'latin1'))
    expect(await run([lines])).toMatchObject({ added: 1, updated: 0, quarantined: 1 })
  })

  test.each([
    [
      'a text',
      'notes.json',
      'Hello',
      /"notes\.json" can't be imported: it is not JSON.*Prosper AI and Malakai/,
    ],
    ['other JSON', 'other.json', { name: 'x' }, /no call of either vendor/],
    ['an empty file', 'empty.json', '', /it is empty/],
    ['a cut file', 'cut.json', '{"items": [{"call_log_id": 1', /broke off/],
    ['strange lines', 'lines.jsonl', '{"a":1}\n{"b":2}\n', /no line holds a call/],
    [
      'an error answer',
      'error.json',
      { responseCode: 4010, message: 'no' },
      /error message instead of calls/,
    ],
  ])(
    'of %s is refused with the file’s name, and changes nothing, good files beside it included',
    async (_, name, content, words) => {
      await expect(run([file('good.json', detail(1)), file(name, content)])).rejects.toMatchObject({
        code: 'not_vendor_data',
        message: expect.stringMatching(words),
      })
      expect(count('calls') + count('connections') + count('quarantine')).toBe(0)
    },
  )

  test('of a file that is not there says so', async () => {
    await expect(run([join(folder, 'nowhere.json')])).rejects.toMatchObject({ code: 'file_unreadable' })
  })

  test('that is cancelled stops between two batches', async () => {
    const lines = Array.from({ length: 450 }, (_, n) =>
      JSON.stringify({ ...detail(1), call_log_id: n + 1 }),
    ).join('\n')
    const imports = importHandlers(backend)
    const importing = imports.files({ paths: [file('lines.jsonl', lines)], connectionName: null })
    await expect(imports.files({ paths: [], connectionName: null })).rejects.toMatchObject({ code: 'busy' })
    await imports.cancel({})
    await expect(importing).rejects.toMatchObject({ code: 'cancelled' })
    expect(count('calls')).toBeLessThan(450)
  })
})

describe('audio beside a file', () => {
  const sound = quickRecordings().bytes
  const states = () =>
    Object.fromEntries(
      backend.db
        .prepare<[], { external_id: string; recording_state: string }>(
          'SELECT external_id, recording_state FROM calls',
        )
        .all()
        .map((row) => [row.external_id, row.recording_state]),
    )

  test('is archived when its name is the call’s id, in "recordings" or right beside', async () => {
    mkdirSync(join(folder, 'recordings'))
    writeFileSync(join(folder, 'recordings', '1.mp3'), sound)
    writeFileSync(join(folder, '2.wav'), sound)
    writeFileSync(join(folder, '3.wav'), '<html>Please log in</html>')
    const files = [file('array.json', [detail(1), detail(2), detail(3), detail(4)])]
    expect(await run(files)).toMatchObject({ recordings: 2 })
    expect(states()).toEqual({ 1: 'ready', 2: 'ready', 3: 'failed', 4: 'none' })
    // By its bytes it is WAV, whatever its name says.
    expect(backend.db.prepare('SELECT format, bytes FROM recordings WHERE file IS NOT NULL').all()).toEqual([
      { format: 'wav', bytes: sound.length },
      { format: 'wav', bytes: sound.length },
    ])
    expect(await run(files)).toMatchObject({ recordings: 0, unchanged: 4 })
  })

  test('outside of the folder is out of reach, by a name or by a link', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'earmark-outside-'))
    writeFileSync(join(outside, 'secret.wav'), sound)
    mkdirSync(join(folder, 'recordings'))
    symlinkSync(join(outside, 'secret.wav'), join(folder, 'recordings', 's1.wav'))
    const name = `../${outside.split('/').at(-1)}/secret`
    expect(await run([file('calls.json', malakai('s1', name))])).toMatchObject({ added: 2, recordings: 0 })
    rmSync(outside, { recursive: true })
  })

  test('is found by a tidied name where the id can not be a file’s', () => {
    expect(fileStem('../a/b:c')).toBe('.._a_b_c')
  })
})

test('the sample opens like any other import, with every recording that lies beside it', async () => {
  const sample = resolve(import.meta.dirname, '../../resources/sample')
  const done = await openSample(backend.db, backend.paths, sample, { emit: backend.emit })
  expect(done.added).toBeGreaterThanOrEqual(24)
  expect(done.quarantined).toBe(0)
  expect(done.recordings).toBeGreaterThan(15)
  expect(names()).toEqual(['Sample: Malakai', 'Sample: Prosper AI'])
  const before = contentOf(backend.db)
  await openSample(backend.db, backend.paths, sample)
  expect(contentOf(backend.db)).toEqual(before)
})

test('lines longer than a piece of the file, and without an end, come whole', async () => {
  const long = 'x'.repeat(600_000)
  const path = file('lines.txt', `a\n\n${long}\r\nb`)
  const lines = []
  for await (const line of readLines(path)) lines.push(line)
  expect(lines).toMatchObject([
    { number: 1, text: 'a', isUtf8: true },
    { number: 3, text: long, isUtf8: true },
    { number: 4, text: 'b', isUtf8: true },
  ])
})
