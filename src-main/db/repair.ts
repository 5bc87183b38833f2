import { randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { EarmarkError } from '@contract/errors'
import Database from 'better-sqlite3'
import { hasBackups, isBackupOf } from './backups'
import { fileFacts } from './database-file'
import { giveKey, guard, type Migration, type WriteDb } from './open'
import { keptPath, repairedPath, syncToDisk, takeRepaired } from './repaired-file'
import { isConstraint, RowKeeper, rawRow } from './row-keeper'
import { salvageRows } from './salvage'
import { type TableShape, tableShapes } from './table-shapes'
import { tidyCalls, tidyReviews } from './tidy-rows'
import { CALLS_MIGRATIONS, REVIEWS_MIGRATIONS, type WorkspacePaths } from './workspace'

export type DatabaseName = 'reviews.db' | 'calls.db'
export const DATABASES: readonly DatabaseName[] = ['reviews.db', 'calls.db']

/** What a database is to the repair: where it lies, what made it. */
interface Kind {
  file: (paths: WorkspacePaths) => string
  migrations: readonly Migration[]
  /** The table that people would miss. */
  counted: 'annotations' | 'calls'
}

const KINDS: Readonly<Record<DatabaseName, Kind>> = {
  'reviews.db': {
    file: ({ reviewsDb }) => reviewsDb,
    migrations: REVIEWS_MIGRATIONS,
    counted: 'annotations',
  },
  'calls.db': {
    file: ({ callsDb }) => callsDb,
    migrations: CALLS_MIGRATIONS,
    counted: 'calls',
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

/** Looks at both databases, reading all of them, and at their backups. Changes nothing. */
export function examineDatabases(paths: WorkspacePaths): DatabaseState[] {
  return DATABASES.map((name) => {
    const problem = problemOf(paths, name)
    return { name, problem, backup: problem === null ? null : newestGoodBackup(paths, name) }
  })
}

/** Why a database can't be used as it is; null: it can. Raises `database_too_new`. */
function problemOf(paths: WorkspacePaths, name: DatabaseName): string | null {
  const { file: fileOf, migrations } = KINDS[name]
  const file = fileOf(paths)
  // Bytes of an encrypted one tell nothing, apart from there being none.
  const facts = paths.keys === null ? fileFacts(file) : null
  const isEmpty = (paths.keys === null && facts === null) || !statSync(file, { throwIfNoEntry: false })?.size
  if (isEmpty) return hasBackups(paths.backups, name) ? 'it is not there, or empty' : null
  if (facts !== null && facts.damage !== null) return facts.damage
  if (facts !== null && facts.version > migrations.length)
    throw new EarmarkError(
      'database_too_new',
      `${name} was written by a newer Earmark: it is not damaged, and was not changed. Update Earmark.`,
      { file },
    )
  try {
    const db = new Database(file, { readonly: true, fileMustExist: true })
    try {
      giveKey(db, paths.keys?.databaseKey(name) ?? null)
      const verdict = String(db.pragma('quick_check(1)', { simple: true }))
      if (verdict !== 'ok') return verdict
      const strays = db.pragma('foreign_key_check')
      return Array.isArray(strays) && strays.length > 0 ? `${strays.length} rows belong to nothing` : null
    } finally {
      db.close()
    }
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
      const db = new Database(path, { readonly: true, fileMustExist: true })
      try {
        giveKey(db, paths.keys?.databaseKey(name) ?? null)
        if (db.pragma('integrity_check(1)', { simple: true }) !== 'ok') continue
        const version = Number(db.pragma('user_version', { simple: true }))
        const rows = Number(db.prepare(`SELECT count(*) FROM ${counted}`).pluck().get())
        if (version >= 1 && version <= migrations.length) return { path, madeAtMs, version, rows }
      } finally {
        db.close()
      }
    } catch (error) {
      // One that can't be read is none; an older one may be whole.
      if (!(error instanceof Database.SqliteError)) throw error
    }
  }
  return null
}

/** Repairing reads what is left of a file page by page, which takes a plain one. */
const unreadablePages = (name: DatabaseName, file: string): EarmarkError =>
  new EarmarkError(
    'database_damaged',
    `${name} is damaged, and as the workspace is protected, what is left of it can't be read piece by piece. Choose "Open the newest backup"; the damaged file stays beside.`,
    { file },
  )

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
  for (const name of DATABASES) {
    takeRepaired(KINDS[name].file(paths), nowMs)
    if (problemOf(paths, name) === null) continue
    if (paths.keys !== null) throw unreadablePages(name, KINDS[name].file(paths))
    reports.push(repair(paths, name, nowMs, (rows) => onProgress(name, rows)))
  }
  return reports
}

/**
 * Puts the newest good backup in the place of a damaged database, which is kept beside. Raises `not_found` where there is none,
 * and what `repairDatabases` raises.
 */
export function restoreNewestBackup(paths: WorkspacePaths, name: DatabaseName, nowMs: number): RepairReport {
  const file = KINDS[name].file(paths)
  takeRepaired(file, nowMs)
  const backup = newestGoodBackup(paths, name)
  if (backup === null)
    throw new EarmarkError(
      'not_found',
      `There is no backup of ${name} that can be read in ${paths.backups}. Choose "Repair": it reads what can be read of the damaged file.`,
    )
  writeWhole(name, file, (unfinished) => copyFileSync(backup.path, unfinished))
  const keptAs = changeOver(name, file, nowMs)
  const { rows, madeAtMs } = backup
  return { name, keptAs, rows, fromBackup: rows, backupMadeAtMs: madeAtMs, setAside: 0 }
}

/** The repaired file, which is whole, takes its place; raises `busy` where another program has the damaged one open. */
function changeOver(name: string, file: string, nowMs: number): string {
  const log = `${file}-wal`
  const keptLog = `${keptPath(file, nowMs)}-wal`
  try {
    // Looking whether somebody has it open may fold the log into the file: what SQLite can't read of it would be gone.
    if (existsSync(log)) copyFileSync(log, keptLog)
    requireAlone(name, file)
  } catch (error) {
    rmSync(repairedPath(file), { force: true })
    rmSync(keptLog, { force: true })
    throw error
  }
  if (existsSync(keptLog)) rmSync(log, { force: true })
  return takeRepaired(file, nowMs) ?? ''
}

/** A program that goes on writing into the file that is put aside would lose what it writes. */
function requireAlone(name: string, file: string): void {
  if (!existsSync(file)) return
  let db: Database.Database | null = null
  try {
    db = new Database(file, { timeout: 500 })
    db.pragma('locking_mode = EXCLUSIVE')
    db.exec('BEGIN EXCLUSIVE; ROLLBACK')
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY'))
      throw new EarmarkError(
        'busy',
        `${name} is open in another program (${file}). Close every window and command of Earmark, then repair again.`,
        { file },
      )
    // Damaged, as is known.
    if (!(error instanceof Database.SqliteError)) throw error
  } finally {
    db?.close()
  }
}

/** Makes a file under a name of its own and gives it the name of a repaired database when it is whole and on the disk. */
function writeWhole(name: string, file: string, make: (unfinished: string) => void): void {
  const unfinished = `${file}.repairing-${randomBytes(4).toString('hex')}`
  try {
    for (const other of readdirSync(dirname(file)))
      if (other.startsWith(`${basename(file)}.repairing-`))
        rmSync(join(dirname(file), other), { force: true })
    make(unfinished)
    syncToDisk(unfinished)
    renameSync(unfinished, repairedPath(file))
    syncToDisk(dirname(file))
  } catch (error) {
    for (const end of ['', '-journal', '-wal', '-shm']) rmSync(unfinished + end, { force: true })
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_FULL' || code === 'disk_full')
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
  const { file: fileOf, migrations, counted } = KINDS[name]
  const file = fileOf(paths)
  const backup = newestGoodBackup(paths, name)
  const inFile = fileFacts(file)?.version ?? 0
  const version = Math.max(
    inFile >= 1 && inFile <= migrations.length ? inFile : migrations.length,
    backup?.version ?? 0,
  )
  const report = { rows: 0, fromBackup: 0, setAside: 0 }
  const asidePath = keptPath(file, nowMs).replace(/\.db$/, '-rows.jsonl')
  writeWhole(name, file, (unfinished) => {
    const db = emptyDatabase(unfinished, migrations.slice(0, version))
    try {
      const shapes = tableShapes(migrations.slice(0, version))
      const into = new RowKeeper(db, shapes, asidePath, onRows)
      guard(name, unfinished, () => db.exec('BEGIN'))
      const hasAll = readTables(file, shapes, into)
      const count = () => Number(db.prepare(`SELECT count(*) FROM ${counted}`).pluck().get())
      // What the trees lead to is all there; the log may have more.
      for (const row of salvageRows(file, shapes, { onlyLog: hasAll })) into.keep(row.table, row.values)
      const fromFile = count()
      if (backup !== null && !hasAll) copyMissing(backup.path, shapes, into)
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
    } finally {
      db.close()
    }
  })
  const keptAs = changeOver(name, file, nowMs)
  return { name, keptAs, ...report, backupMadeAtMs: backup?.madeAtMs ?? null }
}

/** Nobody sees it before it is whole: nothing of it needs to be safe on the way. */
function emptyDatabase(file: string, migrations: readonly Migration[]): WriteDb {
  const db = new Database(file) as WriteDb
  db.pragma('journal_mode = MEMORY')
  db.pragma('synchronous = OFF')
  db.pragma('foreign_keys = OFF')
  db.transaction(() => {
    for (const migration of migrations) migration(db)
    db.pragma(`user_version = ${migrations.length}`)
  })()
  return db
}

/** All that SQLite still leads to; whether that is all there is. */
function readTables(file: string, shapes: readonly TableShape[], into: RowKeeper): boolean {
  let db: Database.Database
  try {
    db = new Database(file, { readonly: true, fileMustExist: true })
  } catch (error) {
    if (error instanceof Database.SqliteError) return false
    throw error
  }
  try {
    let hasAll = readable(() => db.pragma('quick_check(1)', { simple: true }) === 'ok')
    for (const shape of shapes) hasAll = readable(() => copyRows(db, shape, into, 'ASC')) && hasAll
    // From the other end, as far as that leads.
    if (!hasAll)
      for (const shape of shapes.filter(({ key }) => key.length > 0))
        readable(() => copyRows(db, shape, into, 'DESC'))
    return hasAll
  } finally {
    db.close()
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
function copyMissing(path: string, shapes: readonly TableShape[], into: RowKeeper): void {
  const backup = new Database(path, { readonly: true, fileMustExist: true })
  try {
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
  } finally {
    backup.close()
  }
}
