import { accessSync, constants, existsSync } from 'node:fs'
import { opendir, stat, statfs } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { setImmediate as nextTick } from 'node:timers/promises'
import type { DatabaseName } from '@contract'
import { EarmarkError } from '@contract/errors'
import Database from 'better-sqlite3'
import type { SecretStore } from '../connections/secrets'
import { noteMissing } from '../recordings/archive-rows'
import { checkIndex, indexState } from '../search/search-index'
import { damageSeen, keyOf, openToRead, withDb } from './as-kept'
import { dailyBackups } from './backups'
import { explained, type ReadDb, writing } from './open'
import {
  databaseFile,
  openBothForReading,
  openCallsForReading,
  openCallsForWriting,
  openReviewsForReading,
  type WorkspacePaths,
} from './workspace'

/** One thing that was looked at. `whatToDo`: null when there is nothing to do. */
export interface Finding {
  name: string
  ok: boolean
  detail: string
  whatToDo: string | null
}

const LEAST_FREE_BYTES = 500 * 1024 ** 2
/** No secret: it is written, read and removed to see whether the keychain works. */
const PROBE = 'doctor/probe'

/**
 * Looks at everything that Earmark needs and says what to do about each problem. Reads whole databases: seconds for
 * large ones. What can't be looked at is a finding; only `signal` makes it raise (`cancelled`). `hasWriter`: somebody
 * writes calls.db while this looks, and is not to be kept waiting for a comparison of the whole index.
 */
export async function examine(
  paths: WorkspacePaths,
  keychain: SecretStore,
  appVersion: string,
  { hasWriter = false, signal }: { hasWriter?: boolean; signal?: AbortSignal } = {},
): Promise<Finding[]> {
  const findings: Finding[] = []
  const look = async (
    name: string,
    whatToDo: string,
    work: () => Promise<string> | string,
  ): Promise<void> => {
    // Whoever wants it stopped is heard between two looks.
    await nextTick()
    if (signal?.aborted) throw new EarmarkError('cancelled', 'The examination was stopped.')
    try {
      findings.push({ name, ok: true, detail: await work(), whatToDo: null })
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error)
      findings.push({ name, ok: false, detail, whatToDo })
    }
  }

  await look('Earmark', '', () => appVersion)
  await look(
    'Node',
    'Run "npm run setup".',
    () => `${process.versions.node} on ${process.platform} ${process.arch}`,
  )
  await look('SQLite', 'Run "npm run setup".', () =>
    withDb(new Database(':memory:'), (db) => String(db.prepare('SELECT sqlite_version()').pluck().get())),
  )
  await look('workspace', 'Check who owns the folder, or choose another with --workspace.', () => {
    accessSync(paths.root, constants.R_OK | constants.W_OK)
    return paths.root
  })
  await look('protection', '', () =>
    paths.keys === null
      ? 'not protected; "earmark protect" encrypts the workspace'
      : 'protected; its key is in the keychain',
  )
  await look(
    'reviews.db',
    `Close Earmark and run "earmark doctor --repair": all that can be read of ${paths.reviewsDb} is kept, with the newest backup of ${paths.backups}; the damaged file stays beside.`,
    () =>
      undamaged(paths, 'reviews.db') ??
      reading(openReviewsForReading(paths), (db) => checked(db, 'annotations')),
  )
  await look(
    'calls.db',
    `Close Earmark and run "earmark doctor --repair": all that can be read of ${paths.callsDb} is kept, and the damaged file stays beside; annotations are in reviews.db and stay.`,
    () => undamaged(paths, 'calls.db') ?? reading(openCallsForReading(paths), (db) => checked(db, 'calls')),
  )
  await look('annotations', 'Make both databases readable first.', () =>
    reading(openBothForReading(paths), annotationsWithoutCall),
  )
  await look(
    'search index',
    'Run "earmark reindex", or "Make the search index anew" in the window: it is made from the calls, which are not touched.',
    () => reading(openCallsForWriting(paths), (db) => searchIndex(db, hasWriter)),
  )
  await look(
    'recordings',
    'Run "earmark doctor --repair", then sync: missing recordings are downloaded again while the vendor has them.',
    () => recordingFiles(paths),
  )
  await look(
    'backups',
    `Move the named file away from ${paths.backups}; the next backup takes its place.`,
    () => backups(paths),
  )
  await look('disk space', 'Free some space: without room, nothing more can be saved.', async () => {
    const { bavail, bsize } = await statfs(paths.root)
    const free = bavail * bsize
    const text = `${(free / 1024 ** 3).toFixed(1)} GiB free`
    if (free < LEAST_FREE_BYTES) throw new Error(text)
    return text
  })
  await look('keychain', 'Unlock it, or use --secrets-from-env.', async () => {
    await keychain.set(PROBE, 'probe')
    const read = await keychain.get(PROBE)
    await keychain.remove(PROBE)
    if (read !== 'probe') throw new Error('what was kept did not come back')
    return 'keeps and gives back'
  })
  return findings
}

/** Raises what can be seen of a database's files alone: SQLite leaves out of a broken log what it can't read, without a word. */
function undamaged(paths: WorkspacePaths, name: DatabaseName): null {
  const damage = damageSeen(databaseFile(paths, name), keyOf(paths.keys, name))
  if (damage !== null) throw new Error(damage)
  return null
}

/**
 * Recordings that are marked as here and are not are waited for again, or said to be missing where they came from a file. Answers
 * how many. Raises `database_damaged`, `disk_full`.
 */
export function noteMissingRecordings(paths: WorkspacePaths): number {
  return withDb(openCallsForWriting(paths), (db) => {
    const known = db
      .prepare<[], { pk: number; file: string }>(
        `SELECT r.call_pk AS pk, r.file FROM recordings r CROSS JOIN calls c ON c.pk = r.call_pk
         WHERE r.file IS NOT NULL AND c.recording_state = 'ready'`,
      )
      .all()
    const missing = known.flatMap(({ pk, file }) =>
      existsSync(join(paths.recordings, ...file.split('/'))) ? [] : [pk],
    )
    writing(db, () => noteMissing(db, missing, 'Its file is no longer on this computer.'))
    return missing.length
  })
}

const reading = <D extends ReadDb, T>(db: D, work: (db: D) => T): T =>
  withDb(db, () => explained(db, () => work(db)))

/** Raises when the file is damaged; else how many rows the table has. */
function checked(db: ReadDb, table: 'annotations' | 'calls'): string {
  const verdict = String(db.pragma('integrity_check(5)', { simple: true }))
  if (verdict !== 'ok') throw new Error(verdict)
  const strays = db.pragma('foreign_key_check')
  if (Array.isArray(strays) && strays.length > 0) throw new Error(`${strays.length} rows belong to nothing`)
  const rows = Number(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get())
  return `sound, ${rows} ${table}, version ${String(db.pragma('user_version', { simple: true }))}`
}

function annotationsWithoutCall(db: ReadDb): string {
  const count = db
    .prepare<[], number>(
      `SELECT count(*) FROM reviews.annotations a WHERE a.deleted_at_ms IS NULL
       AND NOT EXISTS (SELECT 1 FROM calls c WHERE c.id = a.call_id)`,
    )
    .pluck()
    .get()
  return count
    ? `${count} are on calls that are not here; they are kept and exported`
    : 'all on calls that are here'
}

function searchIndex(db: ReturnType<typeof openCallsForWriting>, hasWriter: boolean): string {
  const { state } = indexState(db)
  const isEmpty = db.prepare('SELECT 1 FROM calls LIMIT 1').get() === undefined
  if (state === 'missing' && isEmpty) return 'none yet: there are no calls'
  if (state !== 'ready') throw new Error(state === 'missing' ? 'there is none' : 'it is not finished')
  if (hasWriter) return 'finished; not compared with the calls while Earmark is open'
  try {
    // The check counts as writing: with the lock held first, a busy database is not taken for a damaged one.
    explained(db, () => db.exec('BEGIN IMMEDIATE'))
  } catch (error) {
    if (error instanceof EarmarkError && error.code === 'busy') return 'not checked: a sync is writing now'
    throw error
  }
  const problem = checkIndex(db)
  if (db.inTransaction) db.exec('ROLLBACK')
  if (problem !== null) throw new Error(problem)
  return 'agrees with the calls'
}

/** Raises when recordings that are marked as ready are not there; tells of files that no call knows. */
async function recordingFiles(paths: WorkspacePaths): Promise<string> {
  const known = reading(openCallsForReading(paths), (db) =>
    db
      .prepare<[], { file: string; ready: number }>(
        `SELECT r.file, c.recording_state = 'ready' AS ready FROM recordings r CROSS JOIN calls c ON c.pk = r.call_pk
         WHERE r.file IS NOT NULL`,
      )
      .all(),
  )
  const ready = new Set(known.filter((one) => one.ready === 1).map(({ file }) => file))
  const all = new Set(known.map(({ file }) => file))
  const count = ready.size
  let strays = 0
  let strayBytes = 0
  for await (const entry of await opendir(paths.recordings, { recursive: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const file = relative(paths.recordings, path).split(sep).join('/')
    ready.delete(file)
    // A download goes on from its unfinished file.
    if (all.has(file) || file.endsWith('.part')) continue
    strays += 1
    // It may be a download that ends just now.
    strayBytes += (await stat(path).catch(() => ({ size: 0 }))).size
  }
  if (ready.size > 0) throw new Error(`${ready.size} of ${count} files are missing in ${paths.recordings}`)
  const more = strays === 0 ? '' : `; ${strays} files (${megabytes(strayBytes)}) belong to no call`
  return `${count} here${more}`
}

const megabytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MiB`

/** Raises when the newest copy of `reviews.db` can't be read. */
function backups(paths: WorkspacePaths): string {
  const files = existsSync(paths.backups) ? dailyBackups(paths.backups) : []
  const newest = files.at(-1)
  if (newest === undefined) return 'none yet (the first is made while a window is open)'
  try {
    return withDb(openToRead(join(paths.backups, newest), keyOf(paths.keys, 'reviews.db')), (db) => {
      const verdict = String(db.pragma('integrity_check(1)', { simple: true }))
      if (verdict !== 'ok') throw new Error(`${newest}: ${verdict}`)
      const rows = Number(db.prepare('SELECT count(*) FROM annotations').pluck().get())
      return `${files.length}, the newest of ${newest.slice(8, 18)} is sound and has ${rows} annotations`
    })
  } catch (error) {
    throw new Error(`${newest} can't be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}
