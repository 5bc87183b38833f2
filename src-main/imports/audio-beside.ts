import { createReadStream } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { EarmarkError } from '@contract'
import type { Upserted } from '../calls/store'
import type { WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import type { WorkspacePaths } from '../db/workspace'
import { archiveAudio, noteArchived, noteFailed } from '../recordings/archive'

const AUDIO_NAME = /^(.+)\.(mp3|wav|ogg|oga|opus|flac|m4a)$/i

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
      if (real?.startsWith(`${base}${sep}`)) found.set(stem, real)
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
  const known = prepared<{ file: string | null; bytes: number | null }>(
    db,
    'SELECT file, bytes FROM recordings WHERE call_pk = ?',
  ).get(call.callPk)
  const facts = await stat(file)
  if (!facts.isFile() || (call.recordingState === 'ready' && known?.bytes === facts.size)) return false
  try {
    const archived = await archiveAudio(paths, call.callId, async (sink) => {
      for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) await sink(chunk)
    })
    noteArchived(db, call.callPk, archived, Date.now())
    return true
  } catch (error) {
    if (!(error instanceof EarmarkError) || error.code === 'disk_full') throw error
    noteFailed(
      db,
      { callPk: call.callPk, file: known?.file ?? null },
      `"${basename(file)}": ${error.message}`,
    )
    return false
  }
}
