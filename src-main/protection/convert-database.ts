import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync, rmSync } from 'node:fs'
import { EarmarkError } from '@contract/errors'
import type Database from 'better-sqlite3'
import { chooseCipher, openAsKept, openToRead, withDb } from '../db/as-kept'
import { guard } from '../db/open'
import { fileToDisk } from '../db/to-disk'
import { FRESH, STUB, shred } from './swap'

const PLAIN = Buffer.from('SQLite format 3\0', 'latin1')
const EMPTY_KEY = ''

/** How a database lies on the disk; `empty`: nothing was ever written in it. */
export function formOf(file: string): 'plain' | 'encrypted' | 'empty' {
  const head = Buffer.alloc(PLAIN.length)
  const fd = openSync(file, 'r')
  try {
    if (readSync(fd, head, 0, head.length, 0) < head.length) return 'empty'
  } finally {
    closeSync(fd)
  }
  return head.equals(PLAIN) ? 'plain' : 'encrypted'
}

/**
 * Makes `file` + `FRESH`, the same database in the other form: checked, compared, and on the disk. `file` itself only gets its
 * write-ahead log folded in. Nobody else may have it open. Raises `database_damaged`, `disk_full`, `busy`.
 */
export function copyInto(form: 'plain' | 'encrypted', name: string, file: string, key: string): void {
  const fresh = file + FRESH
  const [from, to] = form === 'encrypted' ? [null, key] : [key, null]
  foldLog(name, file, from)
  shred(fresh)
  guard(name, file, () => vacuumInto(file, from, to, fresh))
  compare(name, file, from, to)
  fileToDisk(fresh)
}

function foldLog(name: string, file: string, key: string | null): void {
  withDb(openAsKept(file, key, { fileMustExist: true, timeout: 2000 }), (db) =>
    guard(name, file, () => {
      db.pragma('wal_checkpoint(TRUNCATE)')
      const mode = db.pragma('journal_mode = DELETE', { simple: true })
      if (mode !== 'delete')
        throw new EarmarkError(
          'busy',
          `Another program has ${name} open (${file}). Close it, then try again.`,
        )
    }),
  )
}

/**
 * `VACUUM INTO` writes with the key of the connection's main database, whichever attached one it copies: so the main one
 * is an empty database with the wanted key, or with none.
 */
function vacuumInto(file: string, from: string | null, to: string | null, fresh: string): void {
  const stub = fresh + STUB
  rmSync(stub, { force: true })
  const db = openAsKept(to === null ? ':memory:' : stub, to)
  try {
    if (to === null) chooseCipher(db)
    else db.pragma('user_version = 1')
    db.pragma('temp_store = MEMORY')
    db.prepare('ATTACH DATABASE ? AS source KEY ?').run(file, from ?? EMPTY_KEY)
    db.prepare('VACUUM source INTO ?').run(fresh)
  } finally {
    db.close()
    rmSync(stub, { force: true })
  }
}

/** Raises `database_damaged` unless the copy is sound and has the same rows. */
function compare(name: string, file: string, from: string | null, to: string | null): void {
  const before = openToRead(file, from)
  const after = openToRead(file + FRESH, to)
  try {
    guard(name, file, () => {
      const verdict = after.pragma('integrity_check(1)', { simple: true })
      if (verdict !== 'ok' || digest(before, name) !== digest(after, name))
        throw new EarmarkError(
          'database_damaged',
          `${name} could not be copied: the copy is not the same (${String(verdict)}). Run "earmark doctor"; nothing was changed.`,
          { file },
        )
    })
  } finally {
    before.close()
    after.close()
  }
}

/**
 * What is in a database, as one number: its version, its tables, how many rows each has, and of `reviews.db`, which can't be had
 * again, every value of every row.
 */
function digest(db: Database.Database, name: string): string {
  const hash = createHash('sha256').update(String(db.pragma('user_version', { simple: true })))
  const tables = db
    .prepare<[], { name: string; sql: string }>(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name",
    )
    .all()
  for (const { name: table, sql } of tables) {
    const quoted = `"${table.replaceAll('"', '""')}"`
    hash.update(sql).update(String(db.prepare(`SELECT count(*) FROM ${quoted}`).pluck().get()))
    if (!name.startsWith('reviews')) continue
    for (const row of db.prepare<[], unknown[]>(`SELECT * FROM ${quoted} ORDER BY 1`).raw().iterate())
      hash.update(JSON.stringify(row))
  }
  return hash.digest('hex')
}
