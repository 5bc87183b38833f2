import { createHash } from 'node:crypto'
import { z } from 'zod'
import { parseJson } from '../vendors/json'
import { readId } from '../vendors/values'

/** A target was finished: this call can be read now. */
export interface Delivery {
  externalId: string
  /** null: it names none. */
  campaignId: string | null
  /** Of the whole body: the same delivery, sent twice, has the same. */
  digest: string
}

export type ReadDelivery =
  | { ok: true; delivery: Delivery }
  /** `status`: of HTTP. `reason`: the end of a sentence that begins "The last delivery". */
  | { ok: false; status: 400 | 422; reason: string }

const MAX_ID = 200

/**
 * What Prosper posts when a target is finished: `{campaign_id, call_log_id, target_id, attempt, max_attempts,
 * next_attempt_scheduled}`. Only the two that are used have to have a form; all else may be there, be missing, or change.
 */
const Payload = z.object({
  call_log_id: z.unknown().transform(readId).pipe(z.string().max(MAX_ID)),
  campaign_id: z.unknown().optional().transform(readId),
})

/** What a delivery's body says. Whatever its `Content-Type` was, it has to be JSON. Never throws. */
export function readDelivery(body: Buffer): ReadDelivery {
  let json: unknown
  try {
    json = parseJson(body.toString('utf8'))
  } catch {
    return { ok: false, status: 400, reason: 'was no JSON.' }
  }
  const payload = Payload.safeParse(json)
  if (!payload.success)
    return { ok: false, status: 422, reason: 'names no call: "call_log_id" is missing, or is no id.' }
  return {
    ok: true,
    delivery: {
      externalId: payload.data.call_log_id,
      campaignId: payload.data.campaign_id,
      digest: createHash('sha256').update(body).digest('base64url'),
    },
  }
}
