import { createHmac } from 'node:crypto'

/** What Prosper POSTs when a target is finished. */
export interface TargetFinished {
  campaign_id: string
  call_log_id: number | string
  target_id: string
  attempt: number
  max_attempts: number
  next_attempt_scheduled: boolean | string | null
}

export interface SendOptions {
  /** Signs the body (HMAC-SHA-256, RFC 2104), in hexadecimal digits. */
  hmac?: {
    key: string
    /** Default `x-signature`. */
    header?: string
    /** Written before the digits, such as `sha256=`. */
    prefix?: string
  }
  headers?: Readonly<Record<string, string>>
}

/**
 * Sends the "target finished" webhook to a receiver, as the vendor's servers (or a relay) would. What is not given of
 * the payload is made up. Resolves with the answer's status and text.
 */
export async function sendTargetFinished(
  url: string,
  payload: Partial<TargetFinished> & Pick<TargetFinished, 'call_log_id'>,
  { hmac, headers = {} }: SendOptions = {},
): Promise<{ status: number; text: string }> {
  const body = JSON.stringify({
    campaign_id: 'campaign-1',
    target_id: '3ef78020-1e89-4496-9538-695f257ee001',
    attempt: 1,
    max_attempts: 3,
    next_attempt_scheduled: false,
    ...payload,
  } satisfies TargetFinished)
  const signature: Record<string, string> = {}
  if (hmac !== undefined) {
    const digits = createHmac('sha256', hmac.key).update(body).digest('hex')
    signature[hmac.header ?? 'x-signature'] = `${hmac.prefix ?? ''}${digits}`
  }
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...signature, ...headers },
    body,
  })
  return { status: response.status, text: await response.text() }
}
