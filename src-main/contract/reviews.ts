import { z } from 'zod'
import { ReviewerName } from './annotations'
import { CallVersion } from './changes'
import { CallId, call, Done, Instant, Nothing } from './common'

export const Review = z.object({ callId: CallId, reviewer: z.string(), reviewedAt: Instant })
export type Review = z.infer<typeof Review>

export const Theme = z.enum(['system', 'light', 'dark'])
export type Theme = z.infer<typeof Theme>

/** What the workspace remembers for its reviewer. */
export const Settings = z.object({
  /** Whose name stands on annotations and reviews; empty until given. */
  reviewer: z.string().max(200),
  theme: Theme,
  playbackRate: z.number().min(0.5).max(4),
  /** Going on after a pause goes back a little first. */
  rewindOnResume: z.boolean(),
  /** Gaps in which nobody speaks are jumped over. */
  skipSilence: z.boolean(),
  /** When a call was heard to its end, the next one of the list begins. */
  playNext: z.boolean(),
  /** Phone numbers are masked on the screen, on the command line and in exports. */
  maskNumbers: z.boolean(),
})
export type Settings = z.infer<typeof Settings>

export const reviews = {
  /** The latest review of the call, or null. */
  get: call(z.object({ callId: CallId }), Review.nullable()),
  /** Marks the call reviewed by this person now, or takes this person's mark back. `version`: what was shown. */
  set: call(
    z.object({
      callId: CallId,
      reviewer: ReviewerName,
      reviewed: z.boolean(),
      version: CallVersion.optional(),
    }),
    Review.nullable(),
  ),
  /** This person has seen what changed, up to this version: the call no longer counts as changed for them. */
  noteSeen: call(z.object({ callId: CallId, reviewer: ReviewerName, version: CallVersion }), Done),
  settings: call(Nothing, Settings),
  changeSettings: call(Settings.partial(), Settings),
}
