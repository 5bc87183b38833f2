import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { EarmarkError } from '@contract/errors'
import { DatabaseName } from '@contract/trouble'
import yauzl from 'yauzl'
import { CALLS_MIGRATIONS, REVIEWS_MIGRATIONS } from '../db/workspace'
import { codeOf } from '../system-errors'
import { type BackupEntry, isProtectedBackup, MANIFEST, MAX_MANIFEST_BYTES, Manifest } from './manifest'

/** More files are in no workspace. */
const MAX_ENTRIES = 2_000_000

/** A backup file, open; its entries are hostile until they were read and found to be what the manifest says. */
export interface OpenBackup {
  manifest: Manifest
  /** Reads an entry to its end; raises `file_unreadable` where it is not what the manifest says. */
  read: (entry: BackupEntry, onChunk: (chunk: Buffer) => Promise<void> | void) => Promise<void>
  close: () => void
}

const notABackup = (path: string, reason: string, cause?: unknown): EarmarkError =>
  new EarmarkError(
    'file_unreadable',
    `${path} can't be used as a backup: ${reason}. Nothing was changed. Choose another file, or copy it again from where it came.`,
    { path },
    { cause },
  )

const tooNew = (path: string): EarmarkError =>
  new EarmarkError(
    'database_too_new',
    `${path} was made by a newer Earmark. Update Earmark to restore it; nothing was changed.`,
    { path },
  )

const OPENING: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  EACCES: 'reading it is not allowed',
  EPERM: 'reading it is not allowed',
  EISDIR: 'it is a folder',
}

/** Raises `file_unreadable` for what is no backup of Earmark, `database_too_new` for one of a later version. */
export async function openBackup(path: string): Promise<OpenBackup> {
  const zip = await new Promise<yauzl.ZipFile>((resolve, reject) =>
    yauzl.open(path, { lazyEntries: true, autoClose: false, strictFileNames: true }, (error, file) =>
      error || !file
        ? reject(
            notABackup(
              path,
              OPENING[codeOf(error)] ?? 'it is no backup of Earmark, or its end is missing',
              error,
            ),
          )
        : resolve(file),
    ),
  )
  try {
    const entries = await entriesOf(zip, path)
    const found = entries.get(MANIFEST)
    if (!found) throw notABackup(path, 'it is no backup of Earmark')
    const manifest = parsed(path, await manifestText(zip, found, path))
    for (const { name, bytes } of manifest.entries)
      if (entries.get(name)?.uncompressedSize !== bytes)
        throw notABackup(path, `${name} is missing in it, or of another size`)
    if (entries.size !== manifest.entries.length + 1)
      throw notABackup(path, 'it holds files that its own list does not know')
    return {
      manifest,
      read: (entry, onChunk) => readEntry(zip, entries.get(entry.name), entry, path, onChunk),
      close: () => zip.close(),
    }
  } catch (error) {
    zip.close()
    throw error
  }
}

function entriesOf(zip: yauzl.ZipFile, path: string): Promise<Map<string, yauzl.Entry>> {
  if (zip.entryCount > MAX_ENTRIES) throw notABackup(path, 'its list of files is too long')
  const entries = new Map<string, yauzl.Entry>()
  return new Promise((resolve, reject) => {
    zip.on('error', (error: unknown) => reject(notABackup(path, 'its list of files is damaged', error)))
    zip.on('end', () => resolve(entries))
    zip.on('entry', (entry: yauzl.Entry) => {
      if (entries.has(entry.fileName)) {
        reject(notABackup(path, `it holds ${entry.fileName} twice`))
        return
      }
      entries.set(entry.fileName, entry)
      zip.readEntry()
    })
    zip.readEntry()
  })
}

const streamOf = (zip: yauzl.ZipFile, entry: yauzl.Entry, path: string): Promise<Readable> =>
  new Promise((resolve, reject) => {
    const refused = (error: unknown) => reject(notABackup(path, `${entry.fileName} is damaged`, error))
    try {
      zip.openReadStream(entry, (error, stream) => (error || !stream ? refused(error) : resolve(stream)))
    } catch (error) {
      // An entry that is encrypted, say.
      refused(error)
    }
  })

async function manifestText(zip: yauzl.ZipFile, entry: yauzl.Entry, path: string): Promise<string> {
  if (entry.uncompressedSize > MAX_MANIFEST_BYTES) throw notABackup(path, 'its list of files is too long')
  const chunks: Buffer[] = []
  try {
    // It is never longer than it says: the reader ends with an error there.
    for await (const chunk of await streamOf(zip, entry, path)) chunks.push(chunk as Buffer)
  } catch (error) {
    throw error instanceof EarmarkError ? error : notABackup(path, 'its list of files is damaged', error)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parsed(path: string, text: string): Manifest {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw notABackup(path, 'its list of files is damaged', error)
  }
  const format = typeof json === 'object' && json !== null && 'format' in json ? json.format : null
  if (typeof format === 'number' && format > 2) throw tooNew(path)
  const manifest = Manifest.safeParse(json)
  if (!manifest.success) throw notABackup(path, 'its list of files is not one of Earmark', manifest.error)
  const { entries, schemas } = manifest.data
  const names = new Set(entries.map(({ name }) => name))
  if (names.size < entries.length || !DatabaseName.options.every((name) => names.has(name)))
    throw notABackup(path, 'its list of files is not complete')
  if ((format === 2) !== isProtectedBackup(manifest.data))
    throw notABackup(path, 'it does not say how it is protected')
  if (schemas['calls.db'] > CALLS_MIGRATIONS.length || schemas['reviews.db'] > REVIEWS_MIGRATIONS.length)
    throw tooNew(path)
  return manifest.data
}

async function readEntry(
  zip: yauzl.ZipFile,
  stored: yauzl.Entry | undefined,
  { name, bytes, sha256 }: BackupEntry,
  path: string,
  onChunk: (chunk: Buffer) => Promise<void> | void,
): Promise<void> {
  if (!stored) throw notABackup(path, `${name} is missing in it`)
  const hash = createHash('sha256')
  let length = 0
  const stream = await streamOf(zip, stored, path)
  const chunks = stream[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await chunks.next().catch((error: unknown) => {
        throw notABackup(path, `${name} is damaged`, error)
      })
      if (next.done) break
      const chunk = next.value as Buffer
      length += chunk.length
      // Never more than it said: the room for it was looked for by that.
      if (length > bytes) break
      hash.update(chunk)
      await onChunk(chunk)
    }
  } finally {
    stream.destroy()
  }
  if (length !== bytes || hash.digest('hex') !== sha256) throw notABackup(path, `${name} is damaged`)
}
