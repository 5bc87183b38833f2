import { z } from 'zod'
import { ReviewerName } from './annotations'
import { CallId, call, Done, Instant } from './common'

/** A person's word for when a turn begins: it outweighs the vendor and the sound. */
export const TurnAnchor = z.object({ id: z.uuid(), reviewer: z.string(), setAt: Instant })
export type TurnAnchor = z.infer<typeof TurnAnchor>

/**
 * How far the alignment of a call's turns to its recording is. `none`: there is nothing to align (no transcript, no
 * recording, or the vendor tells all times). `waiting`: it will be done by itself; the open call's comes first.
 */
export const AlignmentState = z.enum(['none', 'waiting', 'running', 'done', 'failed'])
export type AlignmentState = z.infer<typeof AlignmentState>

/** Of a recording with two channels that differ: which one the agent is heard on. */
export const AgentChannel = z.union([z.literal(0), z.literal(1)])
export type AgentChannel = z.infer<typeof AgentChannel>

export const CallAlignment = z.object({
  state: AlignmentState,
  /** Why it `failed`, as a sentence. */
  problem: z.string().nullable(),
  /** null: one channel, the same sound on both, or not known (yet). */
  agentChannel: AgentChannel.nullable(),
  /** Whether a person chose it; otherwise it was inferred from the sound. */
  isAgentChannelChosen: z.boolean(),
  /** How many turns have a person's anchor. */
  anchorCount: z.number().int(),
  /** Anchors whose turn is gone from the transcript: kept, and without effect until it comes back. */
  orphanedAnchorCount: z.number().int(),
})
export type CallAlignment = z.infer<typeof CallAlignment>

/**
 * Where somebody speaks on one channel: [start, end) pairs one after the other, whole milliseconds, in order, apart.
 * Music, ringing and tones are no speech.
 */
export const SpeechSegments = z.instanceof(Int32Array)
export type SpeechSegments = z.infer<typeof SpeechSegments>

/** A position in audio, seconds; no call lasts eleven days. */
const PositionSec = z.number().min(0).max(1_000_000)

export const timing = {
  /**
   * "This turn starts now." Durable (on disk) when it answers. Takes the place of the anchor that the turn had. The
   * same id again is the same anchor. `not_found` without the call, `invalid_input` for a turn that it does not have.
   */
  setAnchor: call(
    z.object({
      /** Made by the sender, so that a repeated call sets one anchor. */
      id: z.uuid(),
      callId: CallId,
      turnIndex: z.number().int().min(0),
      startSec: PositionSec,
      reviewer: ReviewerName,
    }),
    TurnAnchor,
  ),
  /** Undo of `setAnchor`: takes the anchor away and gives the turn the one back that it had before. */
  undoAnchor: call(z.object({ id: z.uuid() }), Done),
  /** The turn has no anchor any more. Kept for undo (`restoreAnchors`). */
  removeAnchor: call(z.object({ id: z.uuid() }), Done),
  /** Removes all anchors of a call; `ids`: to be given to `restoreAnchors` for undo. */
  clearAnchors: call(z.object({ callId: CallId }), z.object({ ids: z.array(z.uuid()) })),
  /** Brings removed anchors of a call back; of several on one turn the newest counts. */
  restoreAnchors: call(z.object({ callId: CallId, ids: z.array(z.uuid()).max(100_000) }), Done),
  /**
   * The agent is on this channel; null: where the sound says. Answers what was chosen before (null: nothing), for undo.
   * Durable when it answers; the times follow by themselves.
   */
  setAgentChannel: call(
    z.object({ callId: CallId, agentChannel: AgentChannel.nullable(), reviewer: ReviewerName }),
    z.object({ before: AgentChannel.nullable() }),
  ),
  /**
   * Aligns the call now, also when it is aligned already; answers at the end. `recording_missing`, `not_audio`,
   * `recording_broken`, `invalid_input` for a call without a transcript.
   */
  align: call(z.object({ callId: CallId }), Done),
}
