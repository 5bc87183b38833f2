import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EarmarkError } from '@contract'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { explained, type Migration, openForReading, openForWriting, writing } from './open'
import { temporaryWorkspace } from './testing'
import { bundleForNode } from './testing-bundle'
import { CALLS_MIGRATIONS, openReviewsForWriting, prepareWorkspace, REVIEWS_MIGRATIONS } from './workspace'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earmark-test-'))
  file = join(folder, 'things.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const one: Migration = (db) => db.exec('CREATE TABLE things (name TEXT) STRICT')
const two: Migration = (db) =>
  db.exec("ALTER TABLE things ADD COLUMN size INTEGER; INSERT INTO things VALUES ('b', 2)")
const failing: Migration = (db) => {
  db.exec("CREATE TABLE half (x) ; INSERT INTO things (name) VALUES ('half')")
  throw new Error('out of luck')
}
const options = (migrations: readonly Migration[]) =>
  ({ name: 'things.db', file, migrations, synchronous: 'FULL' }) as const
const make = (migrations: readonly Migration[]) => openForWriting(options(migrations)).close()
const versionIn = (path: string) => {
  const db = new Database(path, { readonly: true })
  const version = db.pragma('user_version', { simple: true })
  db.close()
  return version
}
const bytes = () =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'hex')]))

describe('migrations', () => {
  it('run once each, in order, and tell from which version before they change what is there', () => {
    const before: number[] = []
    make([one])
    openForWriting({ ...options([one, two]), beforeMigration: (_, version) => before.push(version) }).close()
    openForWriting({ ...options([one, two]), beforeMigration: (_, version) => before.push(version) }).close()
    expect(before).toEqual([1])
    expect(versionIn(file)).toBe(2)
    const db = openForWriting(options([one, two]))
    expect(db.prepare('SELECT * FROM things').all()).toEqual([{ name: 'b', size: 2 }])
    db.close()
  })

  it('leave nothing behind when one fails in the middle, and run when they can', () => {
    make([one])
    expect(() => make([one, failing])).toThrow('out of luck')
    expect(versionIn(file)).toBe(1)
    const db = openForWriting(options([one, two]))
    expect(db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()).toEqual([
      'things',
    ])
    expect(db.prepare('SELECT name FROM things').pluck().all()).toEqual(['b'])
    db.close()
  })

  it('change nothing when the copy that is made before them fails', () => {
    make([one])
    const beforeMigration = () => {
      throw new EarmarkError('disk_full', 'No room for the copy.')
    }
    expect(() => openForWriting({ ...options([one, two]), beforeMigration })).toThrow('No room')
    expect(versionIn(file)).toBe(1)
  })
})

describe('a file of a later Earmark', () => {
  it('is refused with not a byte of it changed, even where its log is not folded in', () => {
    // A process that was killed leaves the log beside the file.
    const writer = openForWriting(options([one, two]))
    writer.exec("INSERT INTO things VALUES ('c', 3)")
    const copied = bytes()
    writer.close()
    for (const [name, hex] of Object.entries(copied)) writeFileSync(join(folder, name), hex, 'hex')
    rmSync(`${file}-shm`)
    const before = bytes()
    expect(Buffer.from(before['things.db-wal'] ?? '', 'hex').length).toBeGreaterThan(0)
    for (const open of [() => openForWriting(options([one])), () => openForReading(options([one]))])
      expect(open).toThrow(
        expect.objectContaining({
          code: 'database_too_new',
          message: expect.stringContaining('Update Earmark'),
        }),
      )
    expect({ ...bytes(), 'things.db-shm': '' }).toEqual({ ...before, 'things.db-shm': '' })
  })

  it('is refused as a workspace, for both databases', () => {
    for (const [name, migrations] of [
      ['calls.db', CALLS_MIGRATIONS],
      ['reviews.db', REVIEWS_MIGRATIONS],
    ] as const) {
      const { paths, remove } = temporaryWorkspace()
      const db = new Database(join(paths.root, name))
      db.pragma(`user_version = ${migrations.length + 1}`)
      db.close()
      expect(() => prepareWorkspace(paths.root)).toThrow(
        expect.objectContaining({ code: 'database_too_new' }),
      )
      remove()
    }
  })
})

// Root may write everywhere, and Windows knows no such modes: then this is told as skipped.
it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
  'a folder that can’t be written is a sentence, and nothing changes',
  () => {
    make([one])
    chmodSync(folder, 0o500)
    chmodSync(file, 0o400)
    try {
      expect(() => make([one])).toThrow(expect.objectContaining({ code: 'workspace_unusable' }))
      const elsewhere = { ...options([one]), file: join(folder, 'new.db') }
      expect(() => openForWriting(elsewhere)).toThrow(expect.objectContaining({ code: 'workspace_unusable' }))
      expect(readdirSync(folder)).toEqual(['things.db'])
    } finally {
      chmodSync(folder, 0o700)
    }
  },
)

describe('a reader', () => {
  it('can’t write, not even into an attached database', () => {
    make([one])
    const db = openForReading(options([one]))
    expect(() => db.exec("INSERT INTO things VALUES ('x')")).toThrow(/readonly|query_only/i)
    db.close()
  })

  it('refuses a missing file and an older one with a sentence', () => {
    expect(() => openForReading(options([one]))).toThrow(
      expect.objectContaining({ code: 'workspace_unusable' }),
    )
    expect(readdirSync(folder)).toEqual([])
    make([one])
    expect(() => openForReading(options([one, two]))).toThrow(
      expect.objectContaining({
        code: 'workspace_unusable',
        message: expect.stringContaining('older Earmark'),
      }),
    )
  })
})

describe('a damaged file', () => {
  const damaged = expect.objectContaining({
    code: 'database_damaged',
    message: expect.stringContaining('backups'),
  })

  it('is named when it is no database at all', () => {
    writeFileSync(file, 'These are not the bytes you are looking for. '.repeat(100))
    const before = bytes()
    expect(() => openForWriting(options([one]))).toThrow(damaged)
    expect(() => openForReading(options([one]))).toThrow(damaged)
    expect(bytes()).toEqual(before)
  })

  it('is named when its end is cut off or a page is overwritten, at the latest when it is read', () => {
    const fill: Migration = (db) => {
      db.exec('CREATE TABLE things (name TEXT)')
      const insert = db.prepare('INSERT INTO things VALUES (?)')
      for (let i = 0; i < 500; i += 1) insert.run('x'.repeat(200))
    }
    make([fill])
    const whole = readFileSync(file)
    const readAll = () => {
      const db = openForReading(options([fill]))
      try {
        explained(db, () => db.prepare('SELECT length(group_concat(name)) FROM things').get())
      } finally {
        db.close()
      }
    }
    truncateSync(file, 20_000)
    expect(readAll).toThrow(damaged)
    writeFileSync(file, Buffer.concat([whole.subarray(0, 8192), Buffer.alloc(whole.length - 8192, 0x5a)]))
    expect(readAll).toThrow(damaged)
  })
})

describe('writing', () => {
  it('is one transaction: all of it or nothing', () => {
    const db = openForWriting(options([one]))
    expect(() =>
      writing(db, () => {
        db.exec("INSERT INTO things VALUES ('x')")
        throw new Error('no')
      }),
    ).toThrow('no')
    expect(db.prepare('SELECT count(*) FROM things').pluck().get()).toBe(0)
    db.close()
  })

  it('says in a sentence who is in the way when another program keeps the file', () => {
    const db = openForWriting(options([one]))
    const other = new Database(file)
    other.exec('BEGIN IMMEDIATE')
    db.pragma('busy_timeout = 1')
    expect(() => writing(db, () => db.exec("INSERT INTO things VALUES ('x')"))).toThrow(
      expect.objectContaining({ code: 'busy' }),
    )
    other.close()
    db.close()
  })
})

it('what people write is on the disk at each commit, and a folder that is a file is refused', () => {
  const { paths, remove } = temporaryWorkspace()
  const db = openReviewsForWriting(paths)
  expect(db.pragma('journal_mode', { simple: true })).toBe('wal')
  expect(db.pragma('synchronous', { simple: true })).toBe(2)
  expect(db.pragma('fullfsync', { simple: true })).toBe(1)
  db.close()
  remove()
  writeFileSync(file, '')
  expect(() => prepareWorkspace(join(file, 'workspace'))).toThrow(
    expect.objectContaining({ code: 'workspace_unusable' }),
  )
})

it('lets many programs make the same workspace at the same moment', async () => {
  const program = await bundleForNode(join(import.meta.dirname, 'testing-child.ts'))
  try {
    for (let round = 0; round < 3; round += 1) {
      const root = join(folder, `workspace-${round}`)
      const children = Array.from({ length: 5 }, () =>
        spawn(process.execPath, [program.file, root], { stdio: ['ignore', 'inherit', 'inherit'] }),
      )
      const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]))
      expect(codes).toEqual([0, 0, 0, 0, 0])
      expect(versionIn(join(root, 'reviews.db'))).toBe(REVIEWS_MIGRATIONS.length)
      expect(versionIn(join(root, 'calls.db'))).toBe(CALLS_MIGRATIONS.length)
    }
  } finally {
    program.remove()
  }
}, 120_000)
