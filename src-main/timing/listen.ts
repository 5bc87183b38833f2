import { type CallId, EarmarkError, type SpeechSegments } from '@contract'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import type { WorkspacePaths } from '../db/workspace'
import { alignTurns } from '../recordings/alignment/align-turns'
import { FRAMES_PER_SEC, type SoundFeatures } from '../recordings/alignment/features'
import type { PacketDecoder } from '../recordings/chromium-decoder'
import { computePeaks } from '../recordings/compute-peaks'
import { readPeaksFile } from '../recordings/peaks-file'
import { noRecording, peaksFileOf, storePeaks } from '../recordings/peaks-of-call'
import { locateRecording } from '../recordings/queries'
import { detectSpeech } from '../recordings/speech'
import type { AlignmentSources, Heard } from './alignments'
import type { KeptSound } from './kept-sound'
import { isCurrent, isWorthAligning, type TimingSources, timingSources } from './timed-turns'

/** What came of listening to a call, to be kept with it. */
export interface Listened {
  /** Of the audio itself; null: they were known. */
  readonly facts: { durationSec: number; channels: number; loudnessLufs: number | null } | null
  /** null: what is known is up to date. */
  readonly heard: Heard | null
}

export interface ListenOptions {
  /** `calls.db` with `reviews.db` attached. */
  readonly db: ReadDb
  readonly paths: Pick<WorkspacePaths, 'recordings' | 'peaks' | 'keys'>
  /** null where there is none, on the command line. */
  readonly packetDecoder: PacketDecoder | null
  /** The sound of calls that were listened to lately. */
  readonly kept: KeptSound
  readonly signal: AbortSignal
}

/**
 * Listens to a call's recording, once for all that is to be known of it: its waveform (kept in its file), its true length
 * and loudness, where somebody speaks, and when each turn was said. What is known and up to date is not found out again, unless `again`
 * asks for the turns. Works for seconds: in a worker that nobody waits for. A recording that can't be heard is a finding
 * too (`problem`), so that it is not tried for ever.
 *
 * @throws EarmarkError `recording_missing`, `not_found`, `cancelled`, what the disk says; with `again` also what is wrong
 *   with the recording, and `invalid_input` where there is no transcript
 */
export async function listen(
  { callId, again }: { callId: CallId; again: boolean },
  { db, paths, packetDecoder, kept, signal }: ListenOptions,
): Promise<Listened> {
  const sources = readSources(db, callId)
  if (again && sources.stored.length === 0)
    throw new EarmarkError('invalid_input', 'This call has no transcript, so there are no turns to time.', {
      callId,
    })
  const recording = locateRecording(db, paths, callId)
  if (!recording) throw noRecording(callId)
  const file = await peaksFileOf(paths, callId, recording.path)
  const { present } = sources
  const isWanted = present !== null && (again || !isCurrent(sources))
  const peaks = await readPeaksFile(file, paths.keys?.files)
  if (peaks && !isWanted) return { facts: null, heard: null }
  const before = present && peaks && isWanted ? kept.of(present.recording) : null
  try {
    const computed = before
      ? null
      : await computePeaks(recording.path, {
          packetDecoder,
          filesKey: paths.keys?.files,
          signal,
          listens: isWanted,
        })
    if (computed && !peaks) await storePeaks(paths, file, computed.peaks)
    const sound = before ?? computed?.sound ?? null
    if (present && sound) kept.keep(present.recording, sound)
    return {
      facts: computed && {
        durationSec: computed.durationSec,
        channels: computed.channels,
        loudnessLufs: computed.peaks.facts?.loudnessLufs ?? null,
      },
      heard: present && isWanted ? heardOf(present, sources, sound, again) : null,
    }
  } catch (error) {
    if (again || present === null || !isFinding(error, packetDecoder)) throw error
    return { facts: null, heard: { ...nothing(present), problem: error.message } }
  }
}

/** What is wrong with the recording itself stays wrong. What the command line alone can't decode, the window may. */
const isFinding = (error: unknown, packetDecoder: PacketDecoder | null): error is EarmarkError =>
  error instanceof EarmarkError &&
  (error.code === 'not_audio' || error.code === 'recording_broken') &&
  !(packetDecoder === null && String(error.details.reason).endsWith('is not supported'))

function readSources(db: ReadDb, callId: CallId): TimingSources {
  return db.transaction(() => {
    const pk = prepared<number>(db, 'SELECT pk FROM calls WHERE id = ?').pluck().get(callId)
    if (pk === undefined)
      throw new EarmarkError('not_found', 'This call is not in the workspace (any more).', { callId })
    return timingSources(db, db, { pk, id: callId })
  })()
}

const nothing = (sources: AlignmentSources): Heard => ({
  sources,
  speech: [],
  agentChannel: null,
  turns: null,
  problem: null,
})

const VOICE = { agent: 'agent', caller: 'user', other: 'other' } as const

/** Where the vendor tells all times, it is heard where somebody speaks, and no turn is aligned. */
function heardOf(
  present: AlignmentSources,
  sources: TimingSources,
  sound: SoundFeatures | null,
  again: boolean,
): Heard {
  if (sound === null) return nothing(present)
  if (!again && !isWorthAligning(sources, sound.channels.length))
    return { ...nothing(present), speech: speechOf(sound) }
  const { stored, anchors, chosenChannel } = sources
  const turns = stored.map(({ speaker, text, startMs }, index) => ({
    speaker: VOICE[speaker],
    text,
    startSec: startMs === null ? null : startMs / 1000,
    anchorSec: anchors.byTurn.get(index)?.startSec ?? null,
  }))
  const alignment = alignTurns(sound, turns, { agentChannel: chosenChannel })
  return {
    sources: present,
    speech: speechOf(sound),
    agentChannel: alignment.agentChannel,
    turns: alignment.turns.map(({ startSec, endSec, confidence }) => ({
      startMs: startSec * 1000,
      endMs: endSec * 1000,
      confidence,
    })),
    problem: null,
  }
}

function speechOf({ channels }: SoundFeatures): SpeechSegments[] {
  const toMs = 1000 / FRAMES_PER_SEC
  return channels.map((channel, c) =>
    Int32Array.from(
      detectSpeech(channel, channels[1 - c] ?? null).flatMap(({ start, end }) => [start * toMs, end * toMs]),
    ),
  )
}
