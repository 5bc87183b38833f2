import { createHash, randomBytes } from 'node:crypto'
import { realpathSync, rmSync, statSync } from 'node:fs'
import { type FileHandle, open, opendir, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { Transform } from 'node:stream'
import { finished } from 'node:stream/promises'
import { EarmarkError } from '@contract/errors'
import yazl from 'yazl'
import { keyOf, withDb } from '../db/as-kept'
import { copyVerified } from '../db/backups'
import { workspaceCounts } from '../db/counts'
import {
  openBothForReading,
  openCallsForReading,
  openReviewsForReading,
  type WorkspacePaths,
} from '../db/workspace'
import { noteUnfinished } from '../exports/unfinished'
import { writeWholeFile } from '../exports/whole-file'
import { isWithin } from '../paths'
import { headerFile } from '../protection/header'
import { isMissing } from '../system-errors'
import { requireRoom, stopIf } from './errors'
import {
  BackupEntry,
  type BackupProgress,
  type BackupWork,
  HEADER,
  MANIFEST,
  MAX_MANIFEST_BYTES,
  type Manifest,
} from './manifest'
import { openBackup } from './read-backup'

export interface BackupOptions extends BackupWork {
  withRecordings: boolean
  appVersion: string
  nowMs: number
}

interface Source {
  name: string
  path: string
  bytes: number
}

/** Text and indexes shrink to about a third; a tenth more time would save a twentieth more. */
const DATABASE_LEVEL = 3
const SHRINKS_TO = 0.4

/** What a backup would hold, before one is made. */
export interface BackupSize {
  databaseBytes: number
  recordingBytes: number
}

/**
 * Writes the whole workspace into one file: both databases as they are at this moment, and the recordings with their
 * waveforms; of a protected workspace all of it encrypted as it is there. Everything in the file is read again and
 * compared before it gets its name. Secrets are no part of it. Reads whole databases: for a thread in which nobody waits.
 * Raises `disk_full`, `file_unwritable`, `database_damaged`, `cancelled`.
 */
export async function writeBackup(
  paths: WorkspacePaths,
  target: string,
  { withRecordings, appVersion, nowMs, onProgress, signal }: BackupOptions,
): Promise<Manifest & { bytes: number }> {
  const parcel = join(paths.backups, `parcel-${randomBytes(6).toString('hex')}`)
  const copies = { ...paths, reviewsDb: `${parcel}-reviews.db`, callsDb: `${parcel}-calls.db` }
  try {
    const size = backupSize(paths)
    await requireRoomFor(paths, target, size, withRecordings)
    onProgress?.({ phase: 'copying', doneBytes: 0, totalBytes: null })
    await letOthersSpeak()
    stopIf(signal)
    const schemas = {
      'reviews.db': withDb(openReviewsForReading(paths), (db) =>
        copyVerified(db, 'reviews.db', copies.reviewsDb, keyOf(paths.keys, 'reviews.db')),
      ),
      'calls.db': withDb(openCallsForReading(paths), (db) =>
        copyVerified(db, 'calls.db', copies.callsDb, keyOf(paths.keys, 'calls.db')),
      ),
    }
    await letOthersSpeak()
    stopIf(signal)
    const counts = withDb(openBothForReading(copies), workspaceCounts)
    const sources = [
      { name: 'reviews.db', path: copies.reviewsDb, bytes: statSync(copies.reviewsDb).size },
      { name: 'calls.db', path: copies.callsDb, bytes: statSync(copies.callsDb).size },
      ...(paths.keys === null ? [] : await existing([{ name: HEADER, path: headerFile(paths.root) }])),
      ...(withRecordings ? [...(await recordingsOf(copies)), ...(await peaksOf(paths))] : []),
    ]
    const manifest: Manifest = {
      format: paths.keys === null ? 1 : 2,
      appVersion,
      madeAt: new Date(nowMs).toISOString(),
      schemas,
      hasRecordings: withRecordings,
      counts: {
        calls: counts.callCount,
        annotations: counts.annotationCount,
        recordings: 0,
        connections: counts.connectionCount,
      },
      entries: [],
    }
    let bytes = 0
    const fill: Parameters<typeof writeWholeFile>[2] = async (write, unfinished) => {
      for await (const chunk of zipped(sources, manifest, { onProgress, signal })) {
        stopIf(signal)
        bytes += chunk.length
        await write(chunk)
      }
      await verify(unfinished, manifest, { onProgress, signal })
    }
    const isRefused = (folder: string, name: string) => reasonAgainst(paths, join(folder, name))
    const onUnfinished = (path: string) => noteUnfinished(paths, path)
    await writeWholeFile(target, isRefused, fill, { newMode: 0o600, onUnfinished })
    return { ...manifest, bytes }
  } finally {
    for (const copy of [copies.reviewsDb, copies.callsDb]) rmSync(copy, { force: true })
  }
}

/** What the databases and recordings of a workspace take now. */
export function backupSize(paths: WorkspacePaths): BackupSize {
  const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0
  const recordingBytes = withDb(openCallsForReading(paths), (db) =>
    Number(db.prepare('SELECT coalesce(sum(bytes), 0) FROM recordings WHERE file IS NOT NULL').pluck().get()),
  )
  // What is still in the write-ahead log is copied as well.
  const files = [paths.reviewsDb, paths.callsDb].flatMap((file) => [file, `${file}-wal`])
  return { databaseBytes: files.reduce((sum, file) => sum + sizeOf(file), 0), recordingBytes }
}

/** Said before anything is written, where it can be known: the copies lie in the workspace, the file elsewhere. */
async function requireRoomFor(
  paths: WorkspacePaths,
  target: string,
  { databaseBytes, recordingBytes }: BackupSize,
  withRecordings: boolean,
): Promise<void> {
  const folder = dirname(resolve(target))
  const fileBytes =
    databaseBytes * (paths.keys === null ? SHRINKS_TO : 1) + (withRecordings ? recordingBytes : 0)
  const there = await stat(folder).catch(() => null)
  if (there === null || there.dev === (await stat(paths.root)).dev) {
    await requireRoom(paths.backups, databaseBytes + fileBytes, 'the backup')
    return
  }
  await requireRoom(paths.backups, databaseBytes, 'the copy of the databases for the backup')
  await requireRoom(folder, fileBytes, 'the backup')
}

/** A backup must not lie where it would be lost with what it is of. */
const reasonAgainst = (paths: WorkspacePaths, target: string): string | null =>
  isWithin(target, realpathSync(paths.root))
    ? 'it would lie inside of the workspace that it is a copy of, and be lost with it'
    : null

/** Whoever asked to stop is heard between two long steps. */
const letOthersSpeak = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Reads a backup to its end and compares it with what was written. Raises `file_unreadable`. */
async function verify(path: string, written: Manifest, { onProgress, signal }: BackupWork): Promise<void> {
  const totalBytes = sumOf(written.entries)
  const backup = await openBackup(path)
  try {
    let doneBytes = 0
    for (const entry of written.entries)
      await backup.read(entry, (chunk) => {
        stopIf(signal)
        doneBytes += chunk.length
        onProgress?.({ phase: 'checking', doneBytes, totalBytes })
      })
  } finally {
    backup.close()
  }
}

const sumOf = (files: readonly { bytes: number }[]): number =>
  files.reduce((sum, { bytes }) => sum + bytes, 0)

/** The recordings that are here, as the archive names them. */
async function recordingsOf(paths: WorkspacePaths): Promise<Source[]> {
  const files = withDb(openCallsForReading(paths), (db) =>
    db.prepare<[], string>('SELECT file FROM recordings WHERE file IS NOT NULL ORDER BY file').pluck().all(),
  )
  return existing(files.map((file) => ({ name: `recordings/${file}`, path: join(paths.recordings, file) })))
}

async function peaksOf(paths: WorkspacePaths): Promise<Source[]> {
  const found: { name: string; path: string }[] = []
  for await (const entry of await opendir(paths.peaks, { recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile())
      found.push({ name: `peaks/${relative(paths.peaks, path).split(sep).join('/')}`, path })
  }
  return existing(found.sort((a, b) => (a.name < b.name ? -1 : 1)))
}

/** Of these the ordinary files with names that a backup may have. */
async function existing(files: readonly { name: string; path: string }[]): Promise<Source[]> {
  const found: Source[] = []
  for (const { name, path } of files) {
    if (!BackupEntry.shape.name.safeParse(name).success) continue
    const there = await stat(path).catch(() => null)
    if (there?.isFile()) found.push({ name, path, bytes: there.size })
  }
  return found
}

/** The file's bytes, one source read after the other; fills the manifest on the way. */
async function* zipped(
  sources: readonly Source[],
  manifest: Manifest,
  { onProgress, signal }: BackupWork,
): AsyncGenerator<Buffer> {
  const zip = new yazl.ZipFile()
  const output = zip.outputStream as Readable
  const mtime = new Date(manifest.madeAt)
  const totalBytes = sumOf(sources)
  const progress: BackupProgress = { phase: 'writing', doneBytes: 0, totalBytes }
  let reading: { file: FileHandle; counted: Transform } | null = null
  let isOver = false
  const feed = async (): Promise<void> => {
    for (const source of sources) {
      stopIf(signal)
      // Removed meanwhile, to make room for others: then it is not in the workspace any more.
      const file = await open(source.path, 'r').catch((error: unknown) => {
        if (isMissing(error)) return null
        throw error
      })
      if (file === null) continue
      const { size, mtimeMs } = await file.stat()
      if (isOver) {
        await file.close()
        return
      }
      const isInArchive = source.name.includes('/')
      const hash = createHash('sha256')
      const counted = new Transform({
        transform(chunk: Buffer, _, done) {
          hash.update(chunk)
          progress.doneBytes += chunk.length
          onProgress?.(progress)
          done(null, chunk)
        },
      })
      reading = { file, counted }
      const from = file.createReadStream({ autoClose: false, highWaterMark: 256 * 1024 })
      from.once('error', (error) => counted.destroy(error))
      // Recordings are compressed already, and what is encrypted can't be.
      const compressionLevel = isInArchive || manifest.format === 2 ? 0 : DATABASE_LEVEL
      zip.addReadStream(from.pipe(counted), source.name, { mtime, size, compressionLevel })
      await finished(counted)
      await file.close()
      reading = null
      manifest.entries.push({
        name: source.name,
        bytes: size,
        sha256: hash.digest('hex'),
        modifiedMs: isInArchive ? Math.floor(mtimeMs) : null,
      })
      if (source.name.startsWith('recordings/')) manifest.counts.recordings += 1
    }
    const text = Buffer.from(JSON.stringify(manifest))
    if (text.length > MAX_MANIFEST_BYTES)
      throw new EarmarkError(
        'too_large',
        'There are too many recordings for one backup. Leave them out of it.',
      )
    zip.addBuffer(text, MANIFEST, { mtime })
    zip.end()
  }
  zip.on('error', (error: Error) => output.destroy(error))
  const feeding = feed().catch((error: Error) => {
    output.destroy(error)
  })
  try {
    for await (const chunk of output) yield chunk as Buffer
    await feeding
  } finally {
    isOver = true
    const left = reading as { file: FileHandle; counted: Transform } | null
    left?.counted.destroy()
    await feeding
    await left?.file.close().catch(() => undefined)
  }
}
