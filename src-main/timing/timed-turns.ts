import { type CallAlignment, type CallId, RecordingState, type SpeechSegments, type Turn } from '@contract'
import { hashText } from '../calls/canonical'
import { estimateTurnTimes, lacksTimes } from '../calls/timing'
import { type StoredTurn, transcriptOf } from '../calls/transcripts'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { type AlignmentSources, type Heard, storedAlignment } from './alignments'
import { anchorsOfCall, type CallAnchors, chosenAgentChannel } from './anchors'

/** All that is known of when the turns of a call were said. */
export interface CallTiming {
  readonly turns: Turn[]
  readonly alignment: CallAlignment
  readonly speech: SpeechSegments[]
}

/** What the times of a call's turns rest on. */
export interface TimingSources {
  readonly stored: readonly StoredTurn[]
  /** The audio's own where known, else the vendor's; null: unknown. */
  readonly durationSec: number | null
  readonly recordingState: RecordingState
  /** Of the recording, once decoded. */
  readonly channels: number | null
  readonly anchors: CallAnchors
  readonly chosenChannel: 0 | 1 | null
  /** What an alignment made now would be made of; null: there is no recording. */
  readonly present: AlignmentSources | null
  readonly heard: Heard | null
}

interface Row {
  duration_ms: number | null
  recording_state: string
  channels: number | null
  recording: string | null
}

/** SQL of this file, for the tests of its plans. */
export const TIMING_SQL = `
  SELECT coalesce(r.duration_ms, c.duration_ms) AS duration_ms, c.recording_state, r.channels,
    coalesce(r.sha256, 'file ' || r.file) AS recording
  FROM calls c LEFT JOIN recordings r ON r.call_pk = c.pk WHERE c.pk = ?`

/** `calls`: `calls.db`; `reviews`: `reviews.db`, or the same when that has it attached. */
export function timingSources(
  calls: ReadDb,
  reviews: ReadDb,
  { pk, id }: { pk: number; id: CallId },
): TimingSources {
  const row = prepared<Row>(calls, TIMING_SQL).get(pk)
  const stored = transcriptOf(calls, pk)
  const anchors = anchorsOfCall(
    reviews,
    id,
    stored.map(({ speaker, text }, index) => ({ index, speaker, text })),
  )
  const chosenChannel = chosenAgentChannel(reviews, id)
  return {
    stored,
    durationSec: row?.duration_ms == null ? null : row.duration_ms / 1000,
    recordingState: RecordingState.safeParse(row?.recording_state).data ?? 'none',
    channels: row?.channels ?? null,
    anchors,
    chosenChannel,
    present: row?.recording == null ? null : presentSources(row.recording, stored, anchors, chosenChannel),
    heard: storedAlignment(calls, pk),
  }
}

function presentSources(
  recording: string,
  stored: readonly StoredTurn[],
  { byTurn }: CallAnchors,
  chosenChannel: 0 | 1 | null,
): AlignmentSources {
  const anchored = [...byTurn].sort(([a], [b]) => a - b).map(([turn, { startSec }]) => [turn, startSec])
  return {
    recording,
    transcript: hashText(JSON.stringify(stored.map(({ speaker, text }) => [speaker, text]))),
    given: hashText(JSON.stringify([stored.map(({ startMs }) => startMs), anchored, chosenChannel])),
  }
}

/** Whether what was heard is of the present recording, transcript, and of what was told. */
export const isCurrent = ({ present, heard }: TimingSources): boolean =>
  present !== null &&
  heard !== null &&
  heard.sources.recording === present.recording &&
  heard.sources.transcript === present.transcript &&
  heard.sources.given === present.given

/**
 * Whether aligning would tell anything: the vendor does not tell all times, or some of them proved wrong, or there may be
 * two channels of which one is the agent's. `channels`: of the recording; null: not known yet.
 */
export function isWorthAligning(
  { stored, durationSec, anchors }: TimingSources,
  channels: number | null,
): boolean {
  if (stored.length === 0) return false
  const turns = stored.map(vendorTimed)
  return (
    channels !== 1 ||
    lacksTimes(turns, durationSec, new Map()) ||
    lacksTimes(turns, durationSec, anchors.byTurn)
  )
}

/** The turns of a call, each with the best times known. */
export function timedTurns(sources: TimingSources): Turn[] {
  const { stored, durationSec, anchors, heard } = sources
  const times = estimateTurnTimes(stored.map(vendorTimed), durationSec, {
    anchors: anchors.byTurn,
    aligned: usableTimes(sources),
    speech: isOfRecording(sources) ? (heard?.speech ?? []) : [],
  })
  return stored.map(({ speaker, rawRole, text, rawText, redirect }, index) => ({
    index,
    speaker,
    rawRole,
    text,
    rawText,
    redirect,
    ...(times[index] ?? { startSec: null, endSec: null, timing: null, confidence: null }),
    anchor: anchors.byTurn.get(index)?.anchor ?? null,
  }))
}

const vendorTimed = ({ text, startMs, endMs }: StoredTurn) => ({
  text,
  startSec: startMs === null ? null : startMs / 1000,
  endSec: endMs === null ? null : endMs / 1000,
})

/** Speech is of the recording alone. A recording that was removed to make room is known by its hash all the same. */
const isOfRecording = ({ present, heard }: TimingSources): boolean =>
  present !== null && heard?.sources.recording === present.recording

/** What the sound told of these very texts; that it did not know of the latest anchor yet is mended by fitting. */
function usableTimes(sources: TimingSources) {
  const { present, heard } = sources
  if (!isOfRecording(sources) || heard?.sources.transcript !== present?.transcript) return null
  return (
    heard?.turns?.map(({ startMs, endMs, confidence }) => ({
      startSec: startMs / 1000,
      endSec: endMs / 1000,
      confidence,
    })) ?? null
  )
}

/** All of it, as the contract has it. */
export function callTiming(sources: TimingSources): CallTiming {
  const { heard, anchors, chosenChannel } = sources
  const speech = isOfRecording(sources) ? [...(heard?.speech ?? [])] : []
  const state = stateOf(sources)
  return {
    turns: timedTurns(sources),
    speech,
    alignment: {
      state,
      problem: state === 'failed' ? (heard?.problem ?? null) : null,
      agentChannel: speech.length < 2 ? null : (chosenChannel ?? heard?.agentChannel ?? null),
      isAgentChannelChosen: speech.length === 2 && chosenChannel !== null,
      anchorCount: anchors.byTurn.size,
      orphanedAnchorCount: anchors.orphaned,
    },
  }
}

function stateOf(sources: TimingSources): CallAlignment['state'] {
  const { stored, heard, recordingState, channels } = sources
  if (stored.length === 0) return 'none'
  if (isCurrent(sources)) {
    if (heard?.problem != null) return 'failed'
    return heard?.turns == null ? 'none' : 'done'
  }
  if (recordingState === 'ready' && sources.present !== null && isWorthAligning(sources, channels))
    return 'waiting'
  return usableTimes(sources) === null ? 'none' : 'done'
}
