import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EarmarkError } from '@contract'
import { isWithin } from '../paths'
import { throwIfCancelled } from '../sync/retry'
import { codeOf, isMissing } from '../system-errors'
import { type FolderFileKind, isFolderRead, kindOfFile } from './folder-names'

/** More files than this are not held in memory: whoever has more is told to split the folder. */
export const MAX_FILES = 100_000
/** Deeper folders than this are no filing but an accident. */
const MAX_DEPTH = 20
/** Files asked about at once: shares answer slowly, one after the other. */
const AT_ONCE = 16

/** File systems can hold times that no date can. */
const LATEST_MS = Date.UTC(9999, 0, 1)

/** A file as it lies in the folder now. */
export interface FoundFile {
  /** Below the folder, with `/`. */
  path: string
  kind: FolderFileKind
  bytes: number
  modifiedAtMs: number
}

export interface Scan {
  files: FoundFile[]
  /** Folders (below the folder, with `/`) that could not be looked into: what is in them is unknown, not gone. */
  closed: string[]
}

/**
 * Everything in a folder and the folders in it that could be a vendor's JSON or audio. Links are followed to files
 * inside the folder alone, never to folders. Raises `file_unreadable` when the folder itself is not there or can't be
 * read, `too_large` past `MAX_FILES`, `cancelled`.
 */
export async function scanFolder(
  folder: string,
  signal: AbortSignal,
  maxFiles: number = MAX_FILES,
): Promise<Scan> {
  const root = await realpath(folder).catch((error: unknown) => {
    throw notThere(folder, error)
  })
  const scan: Scan = { files: [], closed: [] }
  const waiting: { path: string; depth: number }[] = [{ path: '', depth: 0 }]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { path, depth } = next
    throwIfCancelled(signal)
    let entries: Dirent[]
    try {
      entries = await readdir(join(root, path), { withFileTypes: true })
    } catch (error) {
      if (path === '') throw notThere(folder, error)
      // Taken away while its neighbours were read: gone, as files are.
      if (!isMissing(error)) scan.closed.push(path)
      continue
    }
    const candidates: string[] = []
    for (const entry of entries) {
      const below = path === '' ? entry.name : `${path}/${entry.name}`
      if (entry.isDirectory()) {
        if (isFolderRead(entry.name) && depth < MAX_DEPTH) waiting.push({ path: below, depth: depth + 1 })
      } else if (kindOfFile(entry.name) !== null) candidates.push(below)
    }
    for (let from = 0; from < candidates.length; from += AT_ONCE) {
      const found = await Promise.all(candidates.slice(from, from + AT_ONCE).map((one) => lookAt(root, one)))
      for (const file of found) if (file) scan.files.push(file)
    }
    if (scan.files.length > maxFiles)
      throw new EarmarkError(
        'too_large',
        `"${folder}" holds more than ${maxFiles.toLocaleString('en')} files of calls and audio. Divide them over several folders, and make a connection for each.`,
        { folder },
      )
  }
  return scan
}

/** One file as it is now; null when it is none (any more), or a link that leads out of the folder. */
export async function lookAt(root: string, path: string): Promise<FoundFile | null> {
  const kind = kindOfFile(path.slice(path.lastIndexOf('/') + 1))
  if (kind === null) return null
  try {
    const base = await realpath(root)
    const real = await realpath(join(base, path))
    if (real === base || !isWithin(real, base)) return null
    const facts = await stat(real)
    if (!facts.isFile()) return null
    return {
      path,
      kind,
      bytes: facts.size,
      modifiedAtMs: Math.min(Math.max(Math.round(facts.mtimeMs), 0), LATEST_MS),
    }
  } catch {
    // Gone, or a link to nothing.
    return null
  }
}

function notThere(folder: string, cause: unknown): EarmarkError {
  const code = codeOf(cause)
  const message =
    code === 'EACCES' || code === 'EPERM'
      ? `The folder "${folder}" may not be read. Its calls stay; give yourself the right to read it, and reading goes on.`
      : `The folder "${folder}" is not there; is a drive or a share missing? Its calls stay; reading goes on when it is back.`
  return new EarmarkError('file_unreadable', message, { folder, isFolderMissing: true }, { cause })
}
