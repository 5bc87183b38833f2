import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { temporaryWorkspace } from '../db/testing'
import { CALLS_MIGRATIONS, REVIEWS_MIGRATIONS } from '../db/workspace'
import { restoreBackup } from './restore-backup'
import { makeZip, rowsOf, sha256 } from './testing'
import { writeBackup } from './write-backup'

/** A backup file may come from anybody, and may have been through anything. */

const ID = 'abcdefgh234567ab'
const RECORDING = `recordings/ab/${ID}.mp3`

let folder: string
let databases: { name: string; bytes: Buffer }[]
let good: Buffer
let original: { reviews: unknown; calls: unknown }
const file = () => join(folder, 'in', 'backup.zip')
const root = () => join(folder, 'out', 'workspace')

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'earmark-test-'))
  const { paths, remove } = temporaryWorkspace()
  const path = join(folder, 'good.zip')
  await writeBackup(paths, path, { withRecordings: true, appVersion: '0.0.0', nowMs: 0 })
  good = readFileSync(path)
  original = { reviews: rowsOf(paths.reviewsDb), calls: rowsOf(paths.callsDb) }
  await restoreBackup(path, join(folder, 'first'))
  databases = ['reviews.db', 'calls.db'].map((name) => ({
    name,
    bytes: readFileSync(join(folder, 'first', name)),
  }))
  remove()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(async () => {
  const { mkdirSync } = await import('node:fs')
  for (const name of ['in', 'out']) {
    rmSync(join(folder, name), { recursive: true, force: true })
    mkdirSync(join(folder, name))
  }
})

const entryOf = ({ name, bytes }: { name: string; bytes: Uint8Array }) => ({
  name,
  bytes: bytes.length,
  sha256: sha256(bytes),
  modifiedMs: null,
})
const manifestOf = (files: readonly { name: string; bytes: Uint8Array }[], rest: object = {}) => ({
  format: 1,
  appVersion: '0.0.0',
  madeAt: '2026-05-20T12:00:00.000Z',
  schemas: { 'reviews.db': REVIEWS_MIGRATIONS.length, 'calls.db': CALLS_MIGRATIONS.length },
  hasRecordings: true,
  counts: { calls: 0, annotations: 0, recordings: 0, connections: 0 },
  entries: files.map(entryOf),
  ...rest,
})

/** It is refused with this code, in words, and nothing was made anywhere. */
async function expectRefused(code: string, words: RegExp = /./): Promise<void> {
  const failure = await restoreBackup(file(), root()).then(
    () => null,
    (error: unknown) => error,
  )
  expect(failure).toMatchObject({ code, message: expect.stringMatching(words) })
  expect(readdirSync(join(folder, 'out'))).toEqual([])
  expect(readdirSync(join(folder, 'in'))).toEqual(['backup.zip'])
  expect(readdirSync(folder).sort()).toEqual(['first', 'good.zip', 'in', 'out'])
}

describe('a hostile backup', () => {
  it('is taken when it is none: the tests of refusal show what they say', async () => {
    await makeZip(file(), databases, manifestOf(databases))
    await restoreBackup(file(), root())
    expect(existsSync(join(root(), 'reviews.db'))).toBe(true)
  })

  it.each([
    '../../../../../../../x.db',
    '/etc/cron.d/earmark',
    'C:\\Windows\\x.db',
    'recordings/../../../x.mp3',
    'recordings/ab/../../x.mp3',
    'recordings\\ab\\x.mp3',
    `recordings/ab/${ID}.mp3/../../../../x`,
    `recordings/ab/${ID}.mp3\0.db`,
    `recordings/AB/${ID}.mp3`,
    'reviews.db-wal',
    'locks/x.db',
    'backups/reviews-2026-05-20.db',
    '.hidden',
    'con',
    '',
  ])('with a file called %j in its list is refused', async (name) => {
    await makeZip(file(), databases, manifestOf([...databases, { name, bytes: Buffer.from('x') }]))
    await expectRefused('file_unreadable')
  })

  it('whose files have names that lead out of the folder is refused', async () => {
    for (const name of ['../../../../../../../../tmp/earmark.mp3', '/tmp/earmark-absolute-recording.mp3']) {
      const recording = { name: RECORDING, bytes: Buffer.from('x') }
      const other = name.slice(0, RECORDING.length).padEnd(RECORDING.length, 'x')
      await makeZip(file(), [...databases, recording], manifestOf([...databases, recording]))
      // The writer of zip files refuses such names: they are put into the finished file.
      const bytes = readFileSync(file())
      for (let at = bytes.indexOf(RECORDING); at !== -1; at = bytes.indexOf(RECORDING, at + 1))
        bytes.write(other, at)
      writeFileSync(file(), bytes)
      await expectRefused('file_unreadable')
      expect(existsSync(join('/tmp', other.slice(other.lastIndexOf('/') + 1)))).toBe(false)
    }
  })

  it('with a link in it gets an ordinary file', async () => {
    const link = { name: RECORDING, bytes: Buffer.from('/etc/passwd'), mode: 0o120777 }
    await makeZip(file(), [...databases, link], manifestOf([...databases, link]))
    await restoreBackup(file(), root())
    const there = lstatSync(join(root(), RECORDING))
    expect(there.isFile() && there.size === link.bytes.length).toBe(true)
    if (process.platform !== 'win32') expect(there.mode & 0o777).toBe(0o600)
  })

  it('that unpacks to more than it says is refused', async () => {
    const bomb = { name: RECORDING, bytes: Buffer.alloc(50_000_000) }
    const said = { name: RECORDING, bytes: Buffer.alloc(10) }
    await makeZip(file(), [...databases, bomb], manifestOf([...databases, said]))
    await expectRefused('file_unreadable', /another size/)
    // The zip's own figures lie as well.
    await makeZip(file(), [...databases, bomb], manifestOf([...databases, bomb]))
    const bytes = readFileSync(file())
    const size = Buffer.alloc(4)
    size.writeUInt32LE(bomb.bytes.length)
    const ten = Buffer.alloc(4)
    ten.writeUInt32LE(10)
    for (let at = bytes.indexOf(size); at !== -1; at = bytes.indexOf(size, at + 1)) ten.copy(bytes, at)
    writeFileSync(file(), bytes)
    await expectRefused('file_unreadable')
  })

  it('that says to be larger than the disk is refused before anything is unpacked', async () => {
    const huge = manifestOf(databases)
    await makeZip(file(), databases, {
      ...huge,
      entries: huge.entries.map((entry) => ({ ...entry, bytes: 2 ** 52 })),
    })
    await expectRefused('file_unreadable')
  })

  it('with another sum, a file twice, one too many or one too few is refused', async () => {
    const wrong = manifestOf(databases)
    const [first, ...rest] = wrong.entries
    await makeZip(file(), databases, { ...wrong, entries: [{ ...first, sha256: 'a'.repeat(64) }, ...rest] })
    await expectRefused('file_unreadable', /reviews\.db is damaged/)
    await makeZip(file(), [...databases, ...databases], manifestOf(databases))
    await expectRefused('file_unreadable', /twice/)
    await makeZip(file(), [...databases, { name: 'extra', bytes: Buffer.from('x') }], manifestOf(databases))
    await expectRefused('file_unreadable', /does not know/)
    await makeZip(file(), databases.slice(0, 1), manifestOf(databases))
    await expectRefused('file_unreadable', /calls\.db is missing/)
    await makeZip(file(), databases.slice(0, 1), manifestOf(databases.slice(0, 1)))
    await expectRefused('file_unreadable', /not complete/)
  })

  it('of a newer Earmark is refused, by its format, its versions, or its databases', async () => {
    await makeZip(file(), databases, { format: 3, anything: true })
    await expectRefused('database_too_new', /Update Earmark/)
    const schemas = { 'reviews.db': 1, 'calls.db': 999 }
    await makeZip(file(), databases, manifestOf(databases, { schemas }))
    await expectRefused('database_too_new', /Update Earmark/)
    const newer = databases.map(({ name, bytes }) => {
      const path = join(folder, 'in', 'newer.db')
      writeFileSync(path, bytes)
      const db = new Database(path)
      db.pragma('user_version = 999')
      db.close()
      const changed = { name, bytes: readFileSync(path) }
      rmSync(path)
      return changed
    })
    await makeZip(file(), newer, manifestOf(newer))
    await expectRefused('database_too_new', /Update Earmark/)
  })

  it('with a damaged database is refused, although all sums are right', async () => {
    const damaged = databases.map(({ name, bytes }) => {
      const copy = Buffer.from(bytes)
      copy.fill(0xff, 4096, 12_000)
      return { name, bytes: copy }
    })
    await makeZip(file(), damaged, manifestOf(damaged))
    await expectRefused('database_damaged')
    const none = databases.map(({ name }) => ({ name, bytes: Buffer.from('no database at all, but longer') }))
    await makeZip(file(), none, manifestOf(none))
    await expectRefused('database_damaged')
  })

  it('that is something else is refused', async () => {
    for (const bytes of ['', 'PK', 'not a zip file at all', good.subarray(100)]) {
      writeFileSync(file(), bytes)
      await expectRefused('file_unreadable')
    }
    await makeZip(file(), databases, undefined)
    await expectRefused('file_unreadable', /no backup of Earmark/)
    for (const manifest of ['', '{', '[]', 'null', '{"format":1}', '['.repeat(200_000)]) {
      await makeZip(file(), databases, manifest)
      await expectRefused('file_unreadable')
    }
  })

  it('that was cut short anywhere is refused', async () => {
    for (let n = 0; n < 20; n += 1) {
      writeFileSync(file(), good.subarray(0, Math.floor((good.length * n) / 20)))
      await expectRefused('file_unreadable')
    }
    writeFileSync(file(), good.subarray(0, -1))
    await expectRefused('file_unreadable')
  })

  it('with a flipped byte is refused, or restores what was saved', async () => {
    let refused = 0
    for (let n = 0; n < 60; n += 1) {
      const bytes = Buffer.from(good)
      // Spread over the file by the golden ratio, so that headers, contents and list all get their share.
      const at = Math.floor(((n * 0.618034) % 1) * bytes.length)
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (n % 8)), at)
      writeFileSync(file(), bytes)
      const failure = await restoreBackup(file(), root()).then(
        () => null,
        (error: unknown) => error,
      )
      if (failure === null) {
        expect(rowsOf(join(root(), 'reviews.db'))).toEqual(original.reviews)
        expect(rowsOf(join(root(), 'calls.db'))).toEqual(original.calls)
        rmSync(root(), { recursive: true })
        continue
      }
      refused += 1
      expect(failure).toMatchObject({ code: expect.stringMatching(/^(file_unreadable|database_too_new)$/) })
      expect(readdirSync(join(folder, 'out'))).toEqual([])
    }
    expect(refused).toBeGreaterThan(40)
  })
})
