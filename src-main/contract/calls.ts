import { z } from 'zod'
import { CallChanges, CallVersion, Revision } from './changes'
import {
  CallId,
  ConnectionId,
  call,
  Instant,
  JsonValue,
  RecordingState,
  Speaker,
  TimingSource,
  Vendor,
} from './common'
import { TalkFacts } from './talk'
import { CallAlignment, SpeechSegments, TurnAnchor } from './timing'

/** A call as a row of a list. */
export const CallRow = z.object({
  id: CallId,
  vendor: Vendor,
  connectionId: ConnectionId,
  connectionName: z.string(),
  campaignId: z.string().nullable(),
  /** The vendor's own id. */
  externalId: z.string(),
  startedAt: Instant,
  /** `first_seen`: the vendor gives no date, this is when Earmark first saw the call. */
  startedAtSource: z.enum(['vendor', 'first_seen']),
  durationSec: z.number().nullable(),
  /** The vendor's words, as they are: unknown ones are kept and shown. */
  status: z.string().nullable(),
  sentiment: z.string().nullable(),
  goalAchieved: z.string().nullable(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  /** The number of the person whom the agent spoke with, when the vendor tells. */
  party: z.string().nullable(),
  summary: z.string().nullable(),
  vendorScore: z.number().nullable(),
  turnCount: z.number().int(),
  recordingState: RecordingState,
  annotationCount: z.number().int(),
  reviewedAt: Instant.nullable(),
  reviewedBy: z.string().nullable(),
  /** Whether it means something else since the reviewer of the settings (nobody chosen: anybody) looked at it last. */
  changedSinceReview: z.boolean(),
})
export type CallRow = z.infer<typeof CallRow>

export const Turn = z.object({
  /** From 0, in the vendor's order. */
  index: z.number().int(),
  speaker: Speaker,
  /** The vendor's word for the speaker. */
  rawRole: z.string().nullable(),
  /** As shown: trimmed, control tokens taken out. */
  text: z.string(),
  rawText: z.string(),
  /** Where the call was sent at the end of this turn (`REDIRECT_Sales` gives "Sales"). */
  redirect: z.string().nullable(),
  startSec: z.number().nullable(),
  endSec: z.number().nullable(),
  /** `manual`: a person set the start (`anchor`). */
  timing: TimingSource.nullable(),
  /** Of an estimated start, from 0 (nobody listened yet: only the length of the text is known) to 1; else null. */
  confidence: z.number().nullable(),
  anchor: TurnAnchor.nullable(),
})
export type Turn = z.infer<typeof Turn>

export const Recording = z.object({
  state: RecordingState,
  /** Why it failed, as a sentence. */
  problem: z.string().nullable(),
  bytes: z.number().int().nullable(),
  /** By its bytes: `mp3`, `wav`, `ogg`. */
  format: z.string().nullable(),
  /** The audio's own length, once decoded. */
  durationSec: z.number().nullable(),
  channels: z.number().int().nullable(),
  /** Never removed to make room; downloaded again when it is missing. */
  keptOffline: z.boolean(),
  /** When it was removed to make room; null where it was not. */
  removedAt: Instant.nullable(),
  /** The host that wanted a log-in when the download failed. */
  logInHost: z.string().nullable(),
})
export type Recording = z.infer<typeof Recording>

export const CallDetail = CallRow.extend({
  endedAt: Instant.nullable(),
  firstSeenAt: Instant,
  updatedAt: Instant,
  /** How many different versions of the vendor's record are kept. */
  revisions: z.number().int(),
  /** What is shown here, to be named when a reviewer has seen it. */
  version: CallVersion,
  turns: z.array(Turn),
  recording: Recording,
  alignment: CallAlignment,
  /** One for each channel that differs; none where nobody listened yet. */
  speech: z.array(SpeechSegments),
  /** How the two talked; null: nobody listened yet, or nobody speaks. */
  talk: TalkFacts.nullable(),
  /** Everything else the vendor said, under the vendor's own names. */
  fields: z.record(z.string(), JsonValue),
})
export type CallDetail = z.infer<typeof CallDetail>

export const calls = {
  get: call(z.object({ callId: CallId }), CallDetail),
  /** The vendor's latest record of the call, as it came. */
  raw: call(z.object({ callId: CallId }), z.object({ json: z.string() })),
  /**
   * What became different: since the reviewer's last look, or between two revisions (null: the newest). Where nobody
   * has looked and no revision is named, since the first revision.
   */
  changes: call(
    z.object({
      callId: CallId,
      reviewer: z.string().max(200).nullable().default(null),
      from: z.number().int().nullable().default(null),
      to: z.number().int().nullable().default(null),
    }),
    CallChanges,
  ),
  /** The versions of the vendor's record that are kept, newest first, at most 200. */
  revisions: call(z.object({ callId: CallId }), z.array(Revision).max(200)),
}
