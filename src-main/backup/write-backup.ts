import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, rmSync, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { finished } from 'node:stream/promises'
import { EarmarkError } from '@contract/errors'
import yazl from 'yazl'
import { copyVerified } from '../db/backups'
import { workspaceCounts } from '../db/counts'
import { openBothForReading, openCallsForReading, openReviewsForReading, type WorkspacePaths } from '../db/workspace'
import { writeWholeFile } from '../exports/whole-file'
import { type BackupEntry, type BackupProgress, MANIFEST, type Manifest } from './manifest'
import { openBackup } from './read-backup'

export interface BackupOptions {
  withRecordings: boolean
  appVersion: string
  nowMs: number
  onProgress?: (progress: BackupProgress) => void
  signal?: AbortSignal | undefined
}

interface Source {
  name: string
  path: string
  bytes: number
}

/**
 * Writes the whole workspace into one file: both databases as they are at this moment, and the recordings. Everything in
 * the file is read again and compared before it gets its name. Secrets are no part of it. Reads whole databases: for a
 * thread in which nobody waits. Raises `disk_full`, `file_unwritable`, `database_damaged`, `cancelled`.
 */
export async function writeBackup(
  paths: WorkspacePaths,
  target: string,
  { withRecordings, appVersion, nowMs, onProgress, signal }: BackupOptions,
): Promise<Manifest> {
  const parcel = join(paths.backups, `parcel-${randomBytes(6).toString('hex')}`)
  const copies = { reviews: `${parcel}-reviews.db`, calls: `${parcel}-calls.db` }
  try {
    const databases = totalSize([paths.reviewsDb, paths.callsDb])
    onProgress?.({ phase: 'copying', doneBytes: 0, totalBytes: databases })
    copyOf(openReviewsForReading(paths), 'reviews.db', copies.reviews)
    stopIf(signal)
    copyOf(openCallsForReading(paths), 'calls.db', copies.calls)
    stopIf(signal)
    const counts = countsOf(paths)
    const sources: Source[] = [
      { name: 'reviews.db', path: copies.reviews, bytes: statSync(copies.reviews).size },
      { name: 'calls.db', path: copies.calls, bytes: statSync(copies.calls).size },
      ...(withRecordings ? await recordingsOf(paths) : []),
    ]
    const totalBytes = sources.reduce((sum, { bytes }) => sum + bytes, 0)
    const manifest: Manifest = {
      format: 1,
      appVersion,
      madeAt: new Date(nowMs).toISOString(),
      hasRecordings: withRecordings,
      counts: {
        calls: counts.callCount,
        annotations: counts.annotationCount,
        recordings: sources.length - 2,
        connections: counts.connectionCount,
      },
      entries: [],
    }
    await writeWholeFile(
      target,
      (folder) => (folder.startsWith(paths.root) ? 'it would lie in the workspace that it is a copy of' : null),
      async (write, unfinished) => {
        let doneBytes = 0
        for await (const chunk of zipped(sources, manifest, (bytes) => {
          doneBytes += bytes
          onProgress?.({ phase: 'writing', doneBytes, totalBytes })
        })) {
          stopIf(signal)
          await write(chunk)
        }
        await check(unfinished, manifest, totalBytes, onProgress, signal)
      },
    )
    return manifest
  } finally {
    for (const copy of Object.values(copies)) rmSync(copy, { force: true })
  }
}

/** Reads a backup to its end and compares it with its manifest. Raises `file_unreadable`. */
async function check(
  path: string,
  manifest: Manifest,
  totalBytes: number,
  onProgress: BackupOptions['onProgress'],
  signal: AbortSignal | undefined,
): Promise<void> {
  const backup = await openBackup(path)
  try {
    let doneBytes = 0
    for (const entry of manifest.entries)
      await backup.read(entry, (chunk) => {
        stopIf(signal)
        doneBytes += chunk.length
        onProgress?.({ phase: 'checking', doneBytes, totalBytes })
      })
  } finally {
    backup.close()
  }
}

function copyOf(db: ReturnType<typeof openReviewsForReading>, name: string, file: string): void {
  try {
    // The file stays open for reading only; SQLite counts the making of a copy as writing.
    db.pragma('query_only = OFF')
    copyVerified(db, name, file)
  } finally {
    db.close()
  }
}

function countsOf(paths: WorkspacePaths) {
  const db = openBothForReading(paths)
  try {
    return workspaceCounts(db)
  } finally {
    db.close()
  }
}

/** The recordings that are here, as the archive names them. */
async function recordingsOf(paths: WorkspacePaths): Promise<Source[]> {
  const db = openCallsForReading(paths)
  try {
    const files = db
      .prepare<[], string>('SELECT file FROM recordings WHERE file IS NOT NULL ORDER BY file')
      .pluck()
      .all()
    const found: Source[] = []
    for (const file of files) {
      const path = join(paths.recordings, ...file.split('/'))
      const there = await stat(path).catch(() => null)
      if (there?.isFile()) found.push({ name: `recordings/${file}`, path, bytes: there.size })
    }
    return found
  } finally {
    db.close()
  }
}

/** The file's bytes, one source read after the other; fills the manifest's entries on the way. */
async function* zipped(
  sources: readonly Source[],
  manifest: Manifest,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const zip = new yazl.ZipFile()
  const failed = new Promise<never>((_, reject) => zip.on('error', reject))
  failed.catch(() => undefined)
  const mtime = new Date(manifest.madeAt)
  const feeding = (async () => {
    for (const { name, path, bytes } of sources) {
      const hash = createHash('sha256')
      let length = 0
      const counted = new Transform({
        transform(chunk: Buffer, _, done) {
          hash.update(chunk)
          length += chunk.length
          onBytes(chunk.length)
          done(null, chunk)
        },
      })
      // Recordings are compressed already.
      zip.addReadStreamLazy(name, { mtime, size: bytes, compress: name.endsWith('.db') }, (give) => {
        const file = createReadStream(path)
        file.once('error', (error) => counted.destroy(error))
        give(null, file.pipe(counted))
      })
      await finished(counted)
      const entry: BackupEntry = { name, bytes: length, sha256: hash.digest('hex') }
      manifest.entries.push(entry)
    }
    zip.addBuffer(Buffer.from(JSON.stringify(manifest)), MANIFEST, { mtime })
    zip.end()
  })()
  feeding.catch((error: unknown) => zip.outputStream.destroy(error as Error))
  const output = zip.outputStream as NodeJS.ReadableStream & { destroy: (error?: Error) => void }
  failed.catch((error: unknown) => output.destroy(error as Error))
  for await (const chunk of output) yield chunk as Buffer
  await feeding
}

const totalSize = (files: readonly string[]): number =>
  files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0)

function stopIf(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new EarmarkError('cancelled', 'The backup was stopped; nothing of it is left.')
}
