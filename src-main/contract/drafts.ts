import { z } from 'zod'
import { call, Done, JsonValue, Nothing } from './common'

const DraftId = z.string().min(1).max(200)

/**
 * What is being written and not saved yet, of a protected workspace: in encrypted files. Of others, the page keeps it in its
 * own profile, which is not encrypted.
 */
export const drafts = {
  /** `isProtected`: they belong here. At most 200. */
  all: call(Nothing, z.object({ isProtected: z.boolean(), drafts: z.array(JsonValue) })),
  /** On the disk when it answers. */
  put: call(z.object({ id: DraftId, draft: JsonValue }), Done),
  remove: call(z.object({ id: DraftId }), Done),
  /** Deletes what the page's profile holds of drafts, from the disk too. */
  forgetProfile: call(Nothing, Done),
}
