import { randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { EarmarkError } from '@contract/errors'
import { DatabaseName } from '@contract/trouble'
import Database from 'better-sqlite3'
import { codeOf } from '../system-errors'
import {
  type DatabaseKey,
  damageSeen,
  isOpenElsewhere,
  keyOf,
  openAsKept,
  openToRead,
  versionIn,
  withDb,
} from './as-kept'
import { hasBackups, isBackupOf } from './backups'
import { fileFacts } from './database-file'
import { isNoSpace } from './disk-room'
import { guard, type Migration, type WriteDb } from './open'
import { readAround } from './read-around'
import { keptPath, repairedPath, takeRepaired } from './repaired-file'
import { isConstraint, RowKeeper, rawRow } from './row-keeper'
import { salvageRows } from './salvage'
import { misdescribed, type TableShape, tableShapes } from './table-shapes'
import { tidyCalls, tidyReviews } from './tidy-rows'
import { fileToDisk, folderToDisk } from './to-disk'
import {
  CALLS_MIGRATIONS,
  databaseFile,
  REVIEWS_MIGRATIONS,
  refuseLater,
  type WorkspacePaths,
} from './workspace'

/** What a database is to the repair: what made it, and what it is looked at for. */
interface Kind {
  migrations: readonly Migration[]
  /** The table that people would miss. */
  counted: 'annotations' | 'calls'
  /** With indexes compared, where that takes no time; the search index has a repair of its own. */
  check: 'integrity_check(1)' | 'quick_check(1)'
}

const KINDS: Readonly<Record<DatabaseName, Kind>> = {
  'reviews.db': {
    migrations: REVIEWS_MIGRATIONS,
    counted: 'annotations',
    check: 'integrity_check(1)',
  },
  'calls.db': {
    migrations: CALLS_MIGRATIONS,
    counted: 'calls',
    check: 'quick_check(1)',
  },
}

export interface GoodBackup {
  path: string
  /** When it was made. */
  madeAtMs: number
  version: number
  /** Annotations (or calls) in it. */
  rows: number
}

export interface DatabaseState {
  name: DatabaseName
  /** Why it can't be used as it is; null: it can. */
  problem: string | null
  backup: GoodBackup | null
}

/** Looks at both databases, reading all of them, and at their backups. Changes nothing. Raises `database_too_new`. */
export function examineDatabases(paths: WorkspacePaths): DatabaseState[] {
  refuseLater(paths)
  return DatabaseName.options.map((name) => {
    const problem = problemOf(paths, name)
    return { name, problem, backup: problem === null ? null : newestGoodBackup(paths, name) }
  })
}

/** Why a database can't be used as it is; null: it can. */
function problemOf(paths: WorkspacePaths, name: DatabaseName): string | null {
  const file = databaseFile(paths, name)
  const key = keyOf(paths.keys, name)
  const isEmpty = !statSync(file, { throwIfNoEntry: false })?.size
  if (isEmpty) return hasBackups(paths.backups, name) ? 'it is not there, or empty' : null
  const seen = damageSeen(file, key)
  if (seen !== null) return seen
  try {
    return withDb(openToRead(file, key), (db) => {
      const verdict = String(db.pragma(KINDS[name].check, { simple: true }))
      if (verdict !== 'ok') return verdict
      const { migrations } = KINDS[name]
      const version = Number(db.pragma('user_version', { simple: true }))
      const table = misdescribed(db, tableShapes(migrations.slice(0, version)))
      if (table !== null) return `its description of "${table}" is not the one that was written`
      const strays = db.pragma('foreign_key_check')
      return Array.isArray(strays) && strays.length > 0 ? `${strays.length} rows belong to nothing` : null
    })
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const backupNames = (paths: WorkspacePaths, name: DatabaseName): string[] =>
  existsSync(paths.backups) ? readdirSync(paths.backups).filter((one) => isBackupOf(name, one)) : []

/** The newest copy that is whole and that this Earmark understands; null: there is none. Reads copies until it has found one. */
export function newestGoodBackup(paths: WorkspacePaths, name: DatabaseName): GoodBackup | null {
  const { migrations, counted } = KINDS[name]
  const files = backupNames(paths, name)
    .map((one) => join(paths.backups, one))
    .map((path) => ({ path, madeAtMs: statSync(path).mtimeMs }))
    .sort((a, b) => b.madeAtMs - a.madeAtMs)
  for (const { path, madeAtMs } of files) {
    try {
      const found = withDb(openToRead(path, keyOf(paths.keys, name)), (db) => {
        if (db.pragma('integrity_check(1)', { simple: true }) !== 'ok') return null
        const version = Number(db.pragma('user_version', { simple: true }))
        const rows = Number(db.prepare(`SELECT count(*) FROM ${counted}`).pluck().get())
        return version >= 1 && version <= migrations.length ? { path, madeAtMs, version, rows } : null
      })
      if (found !== null) return found
    } catch (error) {
      // One that can't be read is none; an older one may be whole.
      if (!(error instanceof Database.SqliteError)) throw error
    }
  }
  return null
}

export interface RepairReport {
  name: DatabaseName
  /** Where the damaged file is now. */
  keptAs: string
  /** Annotations (or calls) that are there now. */
  rows: number
  /** Of these, only in the backup. */
  fromBackup: number
  /** When that backup was made; null: there was none, or none was needed. */
  backupMadeAtMs: number | null
  /** Rows that could be read but are not what a row can be: in a text file beside the damaged one. */
  setAside: number
}

export type OnRepairProgress = (name: DatabaseName, rows: number) => void

/**
 * Makes each damaged database anew out of all that can be read of it, and of the newest good backup what can't; the damaged
 * file is kept beside. What is sound is not touched. For a thread that nobody waits for, with the workspace closed: raises
 * `busy` where it is open in another program, `database_too_new`, `disk_full`.
 */
export function repairDatabases(
  paths: WorkspacePaths,
  nowMs: number,
  onProgress: OnRepairProgress = () => undefined,
): RepairReport[] {
  const reports: RepairReport[] = []
  refuseLater(paths)
  for (const name of DatabaseName.options) {
    takeRepaired(databaseFile(paths, name), nowMs)
    if (problemOf(paths, name) === null) continue
    reports.push(repair(paths, name, nowMs, (rows) => onProgress(name, rows)))
  }
  return reports
}

/**
 * Puts the newest good backup in the place of a damaged database, which is kept beside. Raises `not_found` where there is none,
 * and what `repairDatabases` raises.
 */
export function restoreNewestBackup(paths: WorkspacePaths, name: DatabaseName, nowMs: number): RepairReport {
  const file = databaseFile(paths, name)
  refuseLater(paths)
  takeRepaired(file, nowMs)
  const backup = newestGoodBackup(paths, name)
  if (backup === null)
    throw new EarmarkError(
      'not_found',
      `There is no backup of ${name} that can be read in ${paths.backups}. Choose "Repair": it reads what can be read of the damaged file.`,
    )
  writeWhole(name, file, (unfinished) => copyFileSync(backup.path, unfinished))
  const keptAs = changeOver(paths, name, nowMs)
  const { rows, madeAtMs } = backup
  return { name, keptAs, rows, fromBackup: rows, backupMadeAtMs: madeAtMs, setAside: 0 }
}

/** The repaired file, which is whole, takes its place; raises `busy` where another program has the damaged one open. */
function changeOver(paths: WorkspacePaths, name: DatabaseName, nowMs: number): string {
  const file = databaseFile(paths, name)
  const log = `${file}-wal`
  const keptLog = `${keptPath(file, nowMs)}-wal`
  try {
    // Looking whether somebody has it open may fold the log into the file: what SQLite can't read of it would be gone.
    if (existsSync(log)) copyFileSync(log, keptLog)
    requireAlone(name, file, keyOf(paths.keys, name))
  } catch (error) {
    rmSync(repairedPath(file), { force: true })
    rmSync(keptLog, { force: true })
    throw error
  }
  if (existsSync(keptLog)) rmSync(log, { force: true })
  return takeRepaired(file, nowMs) ?? ''
}

/** A program that goes on writing into the file that is put aside would lose what it writes. */
function requireAlone(name: string, file: string, key: DatabaseKey): void {
  if (isOpenElsewhere(file, key))
    throw new EarmarkError(
      'busy',
      `${name} is open in another program (${file}). Close every window and command of Earmark, then repair again.`,
      { file },
    )
}

/** Makes a file under a name of its own and gives it the name of a repaired database when it is whole and on the disk. */
function writeWhole(name: string, file: string, make: (unfinished: string) => void): void {
  const unfinished = `${file}.repairing-${randomBytes(4).toString('hex')}`
  try {
    for (const other of readdirSync(dirname(file)))
      if (other.startsWith(`${basename(file)}.repairing-`))
        rmSync(join(dirname(file), other), { force: true })
    make(unfinished)
    fileToDisk(unfinished)
    renameSync(unfinished, repairedPath(file))
    folderToDisk(dirname(file))
  } catch (error) {
    for (const end of ['', '-journal', '-wal', '-shm']) rmSync(unfinished + end, { force: true })
    if (isNoSpace(error) || ['SQLITE_FULL', 'disk_full'].includes(codeOf(error)))
      throw new EarmarkError(
        'disk_full',
        `${name} could not be repaired: the disk is full. About ${megabytes(existsSync(file) ? statSync(file).size : 0)} more are needed in ${dirname(file)}. Nothing was changed: free some space and repair again.`,
        { file },
        { cause: error },
      )
    throw error
  }
}

const megabytes = (bytes: number): string => `${Math.max(1, Math.ceil((bytes * 1.2) / 1e6))} MB`

function repair(
  paths: WorkspacePaths,
  name: DatabaseName,
  nowMs: number,
  onRows: (rows: number) => void,
): RepairReport {
  const { migrations, counted, check } = KINDS[name]
  const file = databaseFile(paths, name)
  const key = keyOf(paths.keys, name)
  const backup = newestGoodBackup(paths, name)
  const inFile = key === null ? (fileFacts(file)?.version ?? 0) : versionIn(file, key)
  const version = Math.max(
    inFile >= 1 && inFile <= migrations.length ? inFile : migrations.length,
    backup?.version ?? 0,
  )
  const report = { rows: 0, fromBackup: 0, setAside: 0 }
  // Of a protected workspace nothing is written in clear: what no table can hold stays in the damaged file, which is kept.
  const asidePath = key === null ? keptPath(file, nowMs).replace(/\.db$/, '-rows.jsonl') : null
  writeWhole(name, file, (unfinished) => {
    withDb(emptyDatabase(unfinished, key, migrations.slice(0, version)), (db) => {
      const shapes = tableShapes(migrations.slice(0, version))
      const into = new RowKeeper(db, shapes, asidePath, onRows)
      guard(name, unfinished, () => db.exec('BEGIN'))
      const hasAll = readTables(file, key, shapes, into, check)
      const count = () => Number(db.prepare(`SELECT count(*) FROM ${counted}`).pluck().get())
      // What the trees lead to is all there; the log may have more.
      if (key === null)
        for (const row of salvageRows(file, shapes, { onlyLog: hasAll })) into.keep(row.table, row.values)
      const fromFile = count()
      if (backup !== null && !hasAll) copyMissing(backup.path, key, shapes, into)
      if (name === 'calls.db') tidyCalls(db, into)
      else tidyReviews(db, into)
      report.rows = count()
      report.fromBackup = Math.max(0, report.rows - fromFile)
      report.setAside = into.setAside
      db.exec('COMMIT')
      const verdict = db.pragma('integrity_check(1)', { simple: true })
      if (verdict !== 'ok')
        throw new EarmarkError(
          'internal',
          `${name} could not be repaired: what was made is not sound (${String(verdict)}). Nothing was changed.`,
        )
    })
  })
  const keptAs = changeOver(paths, name, nowMs)
  return { name, keptAs, ...report, backupMadeAtMs: backup?.madeAtMs ?? null }
}

/** Nobody sees it before it is whole: nothing of it needs to be safe on the way. */
function emptyDatabase(file: string, key: DatabaseKey, migrations: readonly Migration[]): WriteDb {
  const db = openAsKept(file, key) as WriteDb
  db.pragma('journal_mode = MEMORY')
  db.pragma('synchronous = OFF')
  db.pragma('foreign_keys = OFF')
  db.transaction(() => {
    for (const migration of migrations) migration(db)
    db.pragma(`user_version = ${migrations.length}`)
  })()
  return db
}

/**
 * All that SQLite still leads to; whether that is all there is. An encrypted file gives up its pages to SQLite alone: there, what
 * lies between two broken pages is reached by its keys.
 */
function readTables(
  file: string,
  key: DatabaseKey,
  shapes: readonly TableShape[],
  into: RowKeeper,
  check: Kind['check'],
): boolean {
  try {
    return withDb(openToRead(file, key), (db) => {
      let hasAll = readable(() => db.pragma(check, { simple: true }) === 'ok')
      for (const shape of shapes) hasAll = readable(() => copyRows(db, shape, into, 'ASC')) && hasAll
      if (hasAll) return true
      // From the other end, as far as that leads.
      for (const shape of shapes.filter((one) => one.key.length > 0))
        readable(() => copyRows(db, shape, into, 'DESC'))
      if (key !== null) for (const shape of shapes) readAround(db, shape, into)
      return false
    })
  } catch (error) {
    if (error instanceof Database.SqliteError && !isConstraint(error)) return false
    throw error
  }
}

function copyRows(db: Database.Database, shape: TableShape, into: RowKeeper, order: 'ASC' | 'DESC'): true {
  const names = shape.columns.map(({ name }) => name)
  const by = shape.isWithoutRowid ? shape.key : ['rowid']
  const sql = `SELECT ${names.join(', ')} FROM ${shape.name} ORDER BY ${by.map((name) => `${name} ${order}`).join(', ')}`
  for (const row of db.prepare(sql).raw().iterate()) into.keep(shape, rawRow(row))
  return true
}

function readable(work: () => boolean): boolean {
  try {
    return work()
  } catch (error) {
    if (error instanceof Database.SqliteError && !isConstraint(error)) return false
    throw error
  }
}

/** Rows that only the backup has; columns that it is too old for get their defaults. */
function copyMissing(path: string, key: DatabaseKey, shapes: readonly TableShape[], into: RowKeeper): void {
  withDb(openToRead(path, key), (backup) => {
    for (const shape of shapes) {
      const there = new Set(
        (backup.pragma(`table_xinfo(${shape.name})`) as { name: string }[]).map(({ name }) => name),
      )
      if (there.size === 0) continue
      const missing = shape.columns.findIndex(({ name }) => !there.has(name))
      const columns = missing < 0 ? shape.columns : shape.columns.slice(0, missing)
      const sql = `SELECT ${columns.map(({ name }) => name).join(', ')} FROM ${shape.name}`
      for (const row of backup.prepare(sql).raw().iterate()) into.keep(shape, rawRow(row))
    }
  })
}
