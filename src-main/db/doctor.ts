import { readdirSync } from 'node:fs'
import { stat, statfs } from 'node:fs/promises'

import type { SecretStore } from '../connections/secrets'
import { checkIndex } from '../search/search-index'
import type { ReadDb } from './open'
import {
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

const LEAST_FREE_BYTES = 500 * 1024 * 1024
/** No secret: it is written, read and removed to see whether the keychain works. */
const PROBE = 'doctor/probe'

/**
 * Looks at everything that Earmark needs and says what to do about each problem. Reads whole databases: seconds for
 * large ones. Never raises; what can't be looked at is a finding.
 */
export async function examine(
  paths: WorkspacePaths,
  keychain: SecretStore,
  appVersion: string,
): Promise<Finding[]> {
  const findings: Finding[] = []
  const look = async (
    name: string,
    whatToDo: string,
    work: () => Promise<string> | string,
  ): Promise<void> => {
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
  await look('workspace', 'Choose a folder of your own with --workspace.', async () => {
    await stat(paths.root)
    return paths.root
  })
  await look('SQLite', 'Run "npm run setup".', () =>
    reading(openCallsForReading(paths), (db) => String(db.prepare('SELECT sqlite_version()').pluck().get())),
  )
  await look(
    'reviews.db',
    `Close Earmark, keep a copy of ${paths.reviewsDb}, and put the newest file of ${paths.backups} in its place.`,
    () => reading(openReviewsForReading(paths), (db) => checked(db, 'annotations')),
  )
  await look(
    'calls.db',
    `Close Earmark, move ${paths.callsDb} away, and sync again; annotations are in reviews.db and stay.`,
    () => reading(openCallsForReading(paths), (db) => checked(db, 'calls')),
  )
  await look('search index', 'Start Earmark again: the index is made anew from the calls.', () =>
    reading(openCallsForWriting(paths), (db) => {
      const problem = checkIndex(db)
      if (problem !== null) throw new Error(problem)
      return 'agrees with the calls'
    }),
  )
  await look('recordings', 'Sync again: missing recordings are downloaded.', () =>
    reading(openCallsForReading(paths), (db) => recordingsHere(db, paths)),
  )
  await look('backups', 'Keep Earmark open for a minute: it copies reviews.db once a day.', () => {
    const files = readdirSync(paths.backups).filter((name) => name.endsWith('.db'))
    return files.length === 0
      ? 'none yet (the first is made once a window was open)'
      : `${files.length}, newest ${files.sort().at(-1)}`
  })
  await look('disk space', 'Free some space.', async () => {
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

function reading<D extends ReadDb, T>(db: D, work: (db: D) => T): T {
  try {
    return work(db)
  } finally {
    db.close()
  }
}

/** Raises when the file is damaged; else how many rows the table has. */
function checked(db: ReadDb, table: 'annotations' | 'calls'): string {
  const verdict = String(db.pragma('integrity_check(5)', { simple: true }))
  if (verdict !== 'ok') throw new Error(verdict)
  const rows = Number(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get())
  return `sound, ${rows} ${table}, version ${String(db.pragma('user_version', { simple: true }))}`
}

function recordingsHere(db: ReadDb, paths: WorkspacePaths): string {
  const files = new Set(
    readdirSync(paths.recordings, { recursive: true }).map((name) => String(name).replaceAll('\\', '/')),
  )
  let missing = 0
  let ready = 0
  const rows = db
    .prepare<[], { file: string }>(
      "SELECT r.file FROM recordings r JOIN calls c ON c.pk = r.call_pk WHERE c.recording_state = 'ready'",
    )
    .iterate()
  for (const { file } of rows) {
    ready += 1
    if (!files.has(file)) missing += 1
  }
  if (missing > 0) throw new Error(`${missing} of ${ready} files are missing in ${paths.recordings}`)
  return `${ready} here`
}
