import { readFile, stat } from 'node:fs/promises'
import { EarmarkError } from '@contract'
import { z } from 'zod'
import { alignRecording } from '../../recordings/alignment/align-recording'
import { EXIT, usage } from '../output'
import type { Session } from '../session'
import { withoutWindow } from './without-window'

/** A transcript is text; a larger file is something else. */
const MOST_BYTES = 64 * 2 ** 20

const seconds = z.number().nullish()
const Transcript = z.object({
  turns: z
    .array(z.object({ speaker: z.string(), text: z.string(), startSec: seconds, anchorSec: seconds }))
    .max(100_000),
})

/** Aligns a transcript's file to a recording's; no workspace is looked at. */
export async function alignFiles(
  audio: string,
  transcript: string,
  { output, signal }: Pick<Session, 'output' | 'signal'>,
): Promise<number> {
  const { turns } = await readTranscript(transcript)
  const alignment = await alignRecording(audio, turns, { signal, packetDecoder: null }).catch(
    (error: unknown) => {
      throw error instanceof EarmarkError && error.code === 'recording_missing'
        ? unreadable(audio, error)
        : withoutWindow(error, 'Convert it to MP3, WAV, Ogg or FLAC first.')
    },
  )
  const lines = alignment.turns.map(
    ({ index, startSec, endSec, confidence }) =>
      `${String(index).padStart(4)}  ${startSec.toFixed(2).padStart(8)}  ${endSec.toFixed(2).padStart(8)}  ${Math.round(confidence * 100)} %  ${turns[index]?.speaker ?? ''}  ${turns[index]?.text ?? ''}`,
  )
  output.result(alignment, lines.join('\n'))
  return EXIT.done
}

async function readTranscript(path: string): Promise<z.infer<typeof Transcript>> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
  if (size > MOST_BYTES) throw usage(`${path} is too large to be a transcript.`)
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
  let json: unknown
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ''))
  } catch {
    throw usage(
      `${path} is not JSON. A transcript looks like {"turns":[{"speaker":"agent","text":"Hello."}]}.`,
    )
  }
  const { data, error } = Transcript.safeParse(json)
  if (data) return data
  const [issue] = error.issues
  throw usage(
    `${path} is no transcript: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}. It looks like {"turns":[{"speaker":"agent","text":"Hello."}]}.`,
  )
}

const unreadable = (path: string, cause: unknown): EarmarkError =>
  new EarmarkError(
    'file_unreadable',
    `${path} could not be read. Look whether the file is there.`,
    {},
    { cause },
  )
