import { createHash } from 'node:crypto'
import { existsSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { open, utimes } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { EarmarkError } from '@contract/errors'
import { DatabaseName } from '@contract/trouble'
import { takeRepaired } from '../db/repaired-file'
import { createContent, openContent, readAt } from './content'
import { copyInto, formOf } from './convert-database'
import { type ProtectionHeader, removeHeader, writeHeader } from './header'
import type { WorkspaceKeys } from './keys'
import { CONTENT_BYTES, HEADER_BYTES, isSealed } from './sealed-format'
import { FRESH, settle, shred, swap } from './swap'
import { takeWorkspace } from './workspace-lock'

/** How far a workspace is changed over, in bytes. */
export interface ConversionProgress {
  done: number
  total: number
}

export interface ConvertOptions {
  root: string
  header: ProtectionHeader
  keys: WorkspaceKeys
  /** `protected`: encrypts everything; `plain`: decrypts everything. */
  to: 'protected' | 'plain'
  onProgress: (progress: ConversionProgress) => void
  /** Checked between files; a database is one. */
  signal: AbortSignal
}

/** Left free on the disk beside the largest copy. */
const ROOM_LEFT_BYTES = 100_000_000

/**
 * Encrypts or decrypts everything of a workspace: databases, their backups, recordings, waveforms, drafts.
 *
 * Each file is copied beside itself, the copy is read again and compared, and takes the old one's place; what is
 * changed over already is seen by the files themselves. So it can be killed at any moment and goes on when it is called again, in either
 * direction; the header says meanwhile that it has to, and nothing else opens the workspace. Nobody may have it open (`busy`).
 *
 * @throws EarmarkError `busy`, `disk_full` (before anything was changed), `database_damaged`, `cancelled`; also the system's errors.
 *   After each, what is done is done, and all content is there in one of the two forms.
 */
export async function convertWorkspace(options: ConvertOptions): Promise<void> {
  const { root, header, keys, to, onProgress, signal } = options
  const release = takeWorkspace(join(root, 'locks'))
  try {
    settleAll(root)
    const work = [...databasesOf(root), ...filesOf(root)]
    requireRoom(root, work)
    writeHeader(root, { ...header, state: to === 'protected' ? 'protecting' : 'unprotecting' })
    const total = work.reduce((sum, { bytes }) => sum + bytes, 0)
    let done = 0
    onProgress({ done, total })
    for (const item of work) {
      if (signal.aborted) throw new EarmarkError('cancelled', 'Changing the workspace over was stopped.')
      if (item.database === null) await convertFile(item.file, to, keys)
      else convertDatabase(item.file, item.database, to, keys)
      done += item.bytes
      onProgress({ done, total })
    }
    if (to === 'protected') writeHeader(root, { ...header, state: 'protected' })
    else removeHeader(root)
  } finally {
    release()
  }
}

interface Item {
  file: string
  bytes: number
  /** Whose key it has; null: no database. */
  database: DatabaseName | null
}

/** Unfinished downloads and copies are begun anew. */
const DISPENSABLE = /\.(part|tmp)$/
/** What a conversion puts beside a file. */
const CONVERTING = /\.earmark-(new|old).*$/
/**
 * Databases that a repair has put aside: whatever is in them is kept as it is, sealed. Wider than `isPutAside`, by which files are
 * erased: a copy that somebody made of one must not stay in clear, and sealing can be undone.
 */
const PUT_ASIDE = /^(reviews|calls)-damaged-/
const FOLDERS = ['recordings', 'peaks', 'drafts']

function databasesOf(root: string): Item[] {
  const item = (file: string, database: DatabaseName): Item => ({
    file,
    database,
    bytes: statSync(file).size,
  })
  const own = DatabaseName.options.filter((name) => existsSync(join(root, name)))
  const backups = namesIn(join(root, 'backups')).filter((name) => name.endsWith('.db'))
  return [
    ...own.map((name) => item(join(root, name), name)),
    ...backups.map((name) =>
      item(join(root, 'backups', name), name.startsWith('calls') ? 'calls.db' : 'reviews.db'),
    ),
  ]
}

const putAside = (root: string): string[] =>
  namesIn(root)
    .filter((name) => PUT_ASIDE.test(name))
    .map((name) => join(root, name))

const filesOf = (root: string): Item[] =>
  [...putAside(root), ...FOLDERS.flatMap((folder) => filesBelow(join(root, folder)))].map((file) => ({
    file,
    database: null,
    bytes: statSync(file).size,
  }))

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : [])

const filesBelow = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : []

/** Ends what a killed conversion was at, and takes away what can be had again. */
function settleAll(root: string): void {
  for (const name of DatabaseName.options) takeRepaired(join(root, name), Date.now())
  const files = [
    ...DatabaseName.options.map((name) => join(root, name)),
    ...putAside(root),
    ...['backups', ...FOLDERS].flatMap((folder) => filesBelow(join(root, folder))),
  ]
  for (const file of new Set(files.map((name) => name.replace(CONVERTING, '')))) settle(file)
  for (const file of files) if (DISPENSABLE.test(file)) shred(file)
}

/** Every file is there twice for a while, one after the other. Raises `disk_full`. */
function requireRoom(root: string, work: readonly Item[]): void {
  const largest = work.reduce((most, { bytes }) => Math.max(most, bytes), 0)
  const needed = Math.ceil(largest * 1.05) + ROOM_LEFT_BYTES
  const { bavail, bsize } = statfsSync(root)
  if (bavail * bsize < needed)
    throw new EarmarkError(
      'disk_full',
      `There is no room for it: ${Math.ceil(needed / 1e6).toLocaleString('en')} MB have to be free on the disk of ${root}. Free some space, then try again; nothing was changed.`,
    )
}

function convertDatabase(
  file: string,
  database: DatabaseName,
  to: ConvertOptions['to'],
  keys: WorkspaceKeys,
): void {
  const wanted = to === 'protected' ? 'encrypted' : 'plain'
  const form = formOf(file)
  if (form === wanted) return
  if (form === 'empty') {
    rmSync(file)
    return
  }
  copyInto(wanted, basename(file), file, keys.databaseKey(database))
  swap(file)
}

async function convertFile(file: string, to: ConvertOptions['to'], keys: WorkspaceKeys): Promise<void> {
  if ((await isSealedFile(file)) === (to === 'protected')) return
  const [from, wanted] = to === 'protected' ? [null, keys.files] : [keys.files, null]
  const fresh = file + FRESH
  const { atime, mtime } = statSync(file)
  const written = createHash('sha256')
  const writer = await createContent(fresh, wanted, 'w')
  try {
    for await (const bytes of contentOf(file, from)) {
      written.update(bytes)
      await writer.append(bytes)
    }
    await writer.finish()
  } finally {
    await writer.close()
  }
  const read = createHash('sha256')
  for await (const bytes of contentOf(fresh, wanted)) read.update(bytes)
  if (read.digest('hex') !== written.digest('hex'))
    throw new EarmarkError(
      'file_unwritable',
      `${file} could not be copied: what was read back differs. Look whether the disk is sound; nothing was changed.`,
    )
  // What is known of a recording goes by its time.
  await utimes(fresh, atime, mtime)
  swap(file)
}

async function isSealedFile(file: string): Promise<boolean> {
  const handle = await open(file, 'r')
  try {
    return isSealed(await readAt(handle, 0, HEADER_BYTES))
  } finally {
    await handle.close()
  }
}

async function* contentOf(file: string, key: Parameters<typeof openContent>[1]): AsyncGenerator<Uint8Array> {
  const handle = await openContent(file, key)
  try {
    const { size } = await handle.stat()
    for (let at = 0; at < size; ) {
      const bytes = new Uint8Array(Math.min(CONTENT_BYTES * 16, size - at))
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, at)
      if (bytesRead === 0) return
      yield bytes.subarray(0, bytesRead)
      at += bytesRead
    }
  } finally {
    await handle.close()
  }
}
