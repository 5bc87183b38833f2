import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { EarmarkError } from '@contract/errors'
import yauzl from 'yauzl'
import { type BackupEntry, MANIFEST, Manifest, MAX_MANIFEST_BYTES } from './manifest'

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

/** Raises `file_unreadable` for what is no backup of Earmark, `database_too_new` for one of a later format. */
export async function openBackup(path: string): Promise<OpenBackup> {
  const zip = await new Promise<yauzl.ZipFile>((resolve, reject) =>
    yauzl.open(path, { lazyEntries: true, autoClose: false, strictFileNames: true }, (error, file) =>
      error || !file ? reject(notABackup(path, 'it is no backup of Earmark', error)) : resolve(file),
    ),
  )
  try {
    const entries = await entriesOf(zip, path)
    const found = entries.get(MANIFEST)
    if (!found) throw notABackup(path, 'it has no list of what is in it')
    const manifest = parsed(path, await manifestText(zip, found, path))
    for (const { name, bytes } of manifest.entries)
      if (entries.get(name)?.uncompressedSize !== bytes)
        throw notABackup(path, `${name} is missing in it, or of another size`)
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
  const entries = new Map<string, yauzl.Entry>()
  return new Promise((resolve, reject) => {
    zip.on('error', (error: unknown) => reject(notABackup(path, 'its list of files is damaged', error)))
    zip.on('end', () => resolve(entries))
    zip.on('entry', (entry: yauzl.Entry) => {
      entries.set(entry.fileName, entry)
      zip.readEntry()
    })
    zip.readEntry()
  })
}

const streamOf = (zip: yauzl.ZipFile, entry: yauzl.Entry, path: string): Promise<Readable> =>
  new Promise((resolve, reject) =>
    zip.openReadStream(entry, (error, stream) =>
      error || !stream ? reject(notABackup(path, `${entry.fileName} is damaged`, error)) : resolve(stream),
    ),
  )

async function manifestText(zip: yauzl.ZipFile, entry: yauzl.Entry, path: string): Promise<string> {
  if (entry.uncompressedSize > MAX_MANIFEST_BYTES) throw notABackup(path, 'its list of files is too long')
  const chunks: Buffer[] = []
  try {
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
  if (typeof format === 'number' && format > 1)
    throw new EarmarkError(
      'database_too_new',
      `${path} was made by a newer Earmark. Update Earmark to restore it; nothing was changed.`,
      { path },
    )
  const manifest = Manifest.safeParse(json)
  if (!manifest.success) throw notABackup(path, 'its list of files is not one of Earmark', manifest.error)
  const names = new Set(manifest.data.entries.map(({ name }) => name))
  if (names.size < manifest.data.entries.length || !names.has('reviews.db') || !names.has('calls.db'))
    throw notABackup(path, 'its list of files is not complete')
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
  for (;;) {
    const next = await chunks.next().catch((error: unknown) => {
      throw notABackup(path, `${name} is damaged`, error)
    })
    if (next.done) break
    const chunk = next.value as Buffer
    length += chunk.length
    // Never more than it said: the room for it was made by that.
    if (length > bytes) break
    hash.update(chunk)
    await onChunk(chunk)
  }
  stream.destroy()
  if (length !== bytes || hash.digest('hex') !== sha256) throw notABackup(path, `${name} is damaged`)
}
