import { createReadStream } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { EarmarkError } from '@contract'
import type { Upserted } from '../calls/store'
import type { WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import type { WorkspacePaths } from '../db/workspace'
import { isWithin } from '../paths'
import { archiveAudio } from '../recordings/archive'
import { noteArchived, noteFailed } from '../recordings/archive-rows'
import { codeOf } from '../system-errors'

const AUDIO_NAME = /^(.+)\.(mp3|wav|ogg|oga|opus|flac|m4a|aac)$/i

/**
 * Audio files beside a file of calls, by the external id in their names: in its folder, or in `recordings/` there
 * (which comes first). Ids are looked up among names that are there, never made into paths; links that lead out of
 * the folder are left.
 */
export async function audioBeside(jsonFile: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const base = await realpath(dirname(jsonFile))
  for (const folder of [join(base, 'recordings'), base]) {
    const names = await readdir(folder).catch(() => [])
    for (const name of names) {
      const stem = AUDIO_NAME.exec(name)?.[1]
      if (stem === undefined || found.has(stem)) continue
      const real = await realpath(join(folder, name)).catch(() => null)
      if (real !== null && isWithin(real, base)) found.set(stem, real)
    }
  }
  return found
}

/** An external id as a file's name has it, where the id itself can't be one. */
export const fileStem = (externalId: string): string => externalId.replace(/[^A-Za-z0-9._+@-]/g, '_')

/**
 * Copies a call's audio into the archive when there is some beside; whether that happened. What is no audio is noted
 * with the call. Raises `disk_full`.
 */
export async function archiveBeside(
  db: WriteDb,
  paths: WorkspacePaths,
  audio: ReadonlyMap<string, string>,
  call: Upserted,
): Promise<boolean> {
  const file = audio.get(call.externalId) ?? audio.get(fileStem(call.externalId))
  if (file === undefined) return false
  const known = prepared<{ bytes: number | null }>(db, 'SELECT bytes FROM recordings WHERE call_pk = ?').get(
    call.callPk,
  )
  const facts = await stat(file)
  if (!facts.isFile() || (call.recordingState === 'ready' && known?.bytes === facts.size)) return false
  return (await archiveFile(db, paths, file, call)) === null
}

/**
 * Copies an audio file into the archive as a call's recording. Answers null, or why it could not be taken, which is
 * noted with the call too; audio that the call has already stays then. Raises `disk_full`.
 */
export async function archiveFile(
  db: WriteDb,
  paths: WorkspacePaths,
  file: string,
  { callId, callPk }: Pick<Upserted, 'callId' | 'callPk'>,
): Promise<string | null> {
  try {
    const archived = await archiveAudio(paths, callId, async (sink) => {
      for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) await sink(chunk)
    })
    noteArchived(db, callPk, archived, Date.now())
    return null
  } catch (error) {
    const problem = problemOf(error)
    if (problem === null) throw error
    const known = prepared<string | null>(db, 'SELECT file FROM recordings WHERE call_pk = ?').pluck()
    noteFailed(db, { callPk, file: known.get(callPk) ?? null }, `"${basename(file)}": ${problem}`)
    return problem
  }
}

/** What is wrong with this one file, as a sentence; null where it is not the file's fault. */
function problemOf(error: unknown): string | null {
  if (error instanceof EarmarkError) return error.code === 'disk_full' ? null : error.message
  const code = codeOf(error)
  return UNREADABLE.has(code) ? `It can't be read (${code}).` : null
}

const UNREADABLE = new Set(['ENOENT', 'EACCES', 'EPERM', 'EBUSY', 'EIO', 'EISDIR', 'ESTALE', 'ENOTCONN'])
