import { createHash } from 'node:crypto'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type CallId, EarmarkError } from '@contract'
import { diskFull, isNoSpace } from '../db/disk-room'
import { folderToDisk } from '../db/to-disk'
import type { WorkspacePaths } from '../db/workspace'
import { type ContentWriter, createContent } from '../protection/content'
import { AUDIO_KINDS, type AudioKind } from './mime'
import { describeNonAudio, SNIFF_BYTES, sniffAudio } from './sniff'

/** The largest recording that is taken: a day of telephone sound. */
export const MAX_RECORDING_BYTES = 500 * 1024 * 1024

/** An archived recording, as the database keeps it. */
export interface ArchivedAudio {
  /** Below the workspace's recordings folder, with `/`. */
  file: string
  /** `mp3`, `wav`, `ogg`, `flac` or `m4a`, by the bytes. */
  format: string
  bytes: number
  /** Hexadecimal. */
  sha256: string
}

type Sink = (chunk: Uint8Array) => Promise<void>

/**
 * Brings one call's audio into the archive: `recordings/<first two letters of the id>/<id>.<kind>`. Written beside
 * its place, checked by its bytes, on the disk (fsync) before it takes its name; nothing is left when it fails.
 *
 * @param fill writes all of the audio into the sink, in order
 * Raises `not_audio` (an HTML page, say), `too_large`, `disk_full`, and what `fill` raises.
 */
export async function archiveAudio(
  paths: WorkspacePaths,
  callId: CallId,
  fill: (sink: Sink) => Promise<unknown>,
  maxBytes: number = MAX_RECORDING_BYTES,
): Promise<ArchivedAudio> {
  const folder = await makeFolderOf(paths, callId)
  const temporary = join(folder, `${callId}.${process.pid}.part`)
  const writer = await createContent(temporary, paths.keys?.files ?? null, 'w')
  try {
    const hash = createHash('sha256')
    let head = new Uint8Array(0)
    let bytes = 0
    await fill(async (chunk) => {
      if (head.length < SNIFF_BYTES) {
        head = Buffer.concat([head, chunk.subarray(0, SNIFF_BYTES - head.length)])
        // A login page is refused before more of it comes.
        if (head.length === SNIFF_BYTES) requireAudio(head)
      }
      bytes += chunk.byteLength
      if (bytes > maxBytes) throw tooLarge(maxBytes)
      hash.update(chunk)
      await writer.append(chunk)
    })
    const kind = requireAudio(head)
    const file = await takePlace(paths, callId, { writer, temporary, kind })
    return { file, format: formatOf(kind), bytes, sha256: hash.digest('hex') }
  } catch (error) {
    // Closed already when the renaming failed.
    await writer.close().catch(() => undefined)
    await rm(temporary, { force: true })
    throw explainDisk(error, temporary)
  }
}

/** The folder of a call's recording, made where it is missing. */
export async function makeFolderOf(paths: WorkspacePaths, callId: CallId): Promise<string> {
  const folder = join(paths.recordings, callId.slice(0, 2))
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return folder
}

/** Gives a whole file its name, once it is on the disk. Answers it as the database keeps it. */
export async function takePlace(
  paths: WorkspacePaths,
  callId: CallId,
  { writer, temporary, kind }: { writer: ContentWriter; temporary: string; kind: AudioKind },
): Promise<string> {
  await writer.finish()
  const file = `${callId.slice(0, 2)}/${callId}.${AUDIO_KINDS[kind].extension}`
  await rename(temporary, join(paths.recordings, file))
  folderToDisk(join(paths.recordings, callId.slice(0, 2)))
  return file
}

/** The kind as contract and exports name it. */
export const formatOf = (kind: AudioKind): string => (kind.startsWith('ogg') ? 'ogg' : kind)

/** What a file's first bytes say that it is. Raises `not_audio`. */
export function requireAudio(head: Uint8Array): AudioKind {
  const kind = sniffAudio(head)
  if (kind === null)
    throw new EarmarkError('not_audio', `What came instead of a recording is ${describeNonAudio(head)}.`)
  return kind
}

export const tooLarge = (maxBytes: number): EarmarkError =>
  new EarmarkError(
    'too_large',
    `The recording is larger than ${Math.round(maxBytes / 1024 / 1024)} MB, and was not kept.`,
  )

/** A full disk as a sentence; anything else as it is. */
export function explainDisk(error: unknown, path: string, neededBytes: number | null = null): unknown {
  if (!isNoSpace(error)) return error
  return diskFull('a recording could not be kept', path, { neededBytes, next: 'sync again', cause: error })
}
