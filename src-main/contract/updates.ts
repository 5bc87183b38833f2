import { z } from 'zod'
import { call, Done, Nothing } from './common'

/** Where this Earmark would ask for newer versions. Nothing asks by itself. */
export const UpdateFeed = z.object({
  address: z.string().nullable(),
  /** An administrator's choice, in a file of the system, can't be changed here. */
  setBy: z.enum(['nobody', 'you', 'administrator']),
  /** Why this Earmark can't be updated this way at all; null when it can. */
  refusal: z.string().nullable(),
})
export type UpdateFeed = z.infer<typeof UpdateFeed>

export const updates = {
  feed: call(Nothing, UpdateFeed),
  /** null or an empty text: nowhere. Raises `invalid_input`. */
  setFeed: call(z.object({ address: z.string().max(2000).nullable() }), UpdateFeed),
  /** Says what would be asked whom, asks if that is wanted, and says what came of it: in the system's dialogs. */
  check: call(Nothing, Done),
}
