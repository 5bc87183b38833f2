import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { isAlive } from '../db/left-overs'
import type { WorkspacePaths } from '../db/workspace'

/**
 * Files that lie in somebody's folders until they are whole: a process that is killed leaves them there, where nobody would look.
 * The workspace notes them for as long.
 */
const Note = z.object({ path: z.string(), pid: z.number().int() })
const NOTE_NAME = /^unfinished-[0-9a-f]{16}\.json$/
/** What `writeWholeFile` calls its files: nothing else is ever removed. */
const UNFINISHED_NAME = /^\.earmark-[0-9a-f]{16}\.part$/

/** Notes a file that is being written; returns its own undo, for when the file is whole or gone. */
export function noteUnfinished(paths: Pick<WorkspacePaths, 'locks'>, path: string): () => void {
  const note = join(paths.locks, `unfinished-${randomBytes(8).toString('hex')}.json`)
  try {
    writeFileSync(note, JSON.stringify({ path, pid: process.pid } satisfies z.infer<typeof Note>), {
      mode: 0o600,
    })
  } catch {
    // Without room for the note there is hardly any for the file.
    rmSync(note, { force: true })
  }
  return () => rmSync(note, { force: true })
}

/** Removes what killed processes left unfinished; answers how many files. */
export function removeUnfinished(paths: Pick<WorkspacePaths, 'locks'>): number {
  let removed = 0
  const names = existsSync(paths.locks) ? readdirSync(paths.locks) : []
  for (const name of names.filter((one) => NOTE_NAME.test(one))) {
    const file = join(paths.locks, name)
    const note = Note.safeParse(parsed(file)).data
    if (note && isAlive(note.pid)) continue
    if (note && UNFINISHED_NAME.test(basename(note.path))) {
      rmSync(note.path, { force: true })
      removed += 1
    }
    rmSync(file, { force: true })
  }
  return removed
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
