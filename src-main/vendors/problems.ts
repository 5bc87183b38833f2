import { EarmarkError, type ErrorCode } from '@contract'
import { isObject } from './json'
import { readText, storable } from './values'
import type { VendorResponse } from './vendor'

/** Longest wait that a vendor may ask for; a longer one is cut to this. */
const MAX_RETRY_AFTER_MS = 15 * 60 * 1000

/**
 * Whether the same request may well succeed later: what http.ts and the functions here made of a passing
 * trouble carries `details.transient: true`.
 */
export function isTransient(error: EarmarkError): boolean {
  return error.details.transient === true
}

/** How long a vendor wants to be left alone (`details.retryAfterMs`); null when it does not say. */
export function retryAfterOf(error: EarmarkError): number | null {
  const value = error.details.retryAfterMs
  return typeof value === 'number' ? value : null
}

/**
 * `Retry-After` in both its forms, seconds and HTTP date (RFC 9110, 10.2.3), in milliseconds from `nowMs`,
 * from 0 to 15 minutes; null when absent or unreadable.
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | null {
  const text = header?.trim() ?? ''
  let ms: number
  if (/^\d+(?:\.\d+)?$/.test(text)) ms = Number(text) * 1000
  else if (/^[A-Za-z]{3,9},? /.test(text)) ms = Date.parse(text) - nowMs
  else return null
  return Number.isNaN(ms) ? null : Math.min(Math.max(Math.round(ms), 0), MAX_RETRY_AFTER_MS)
}

/** A vendor's own words, quoted as data: one line, at most 200 characters; '' when there are none. */
export function quoteOf(value: unknown): string {
  const text =
    readText(value)
      ?.replace(/[\p{C}\s]+/gu, ' ')
      .trim() ?? ''
  if (text === '') return ''
  return text.length > 200 ? `"${storable(text.slice(0, 199))}…"` : `"${text}"`
}

/** What an error's body says, in the shapes that web frameworks give it; '' when it says nothing. */
export function messageIn(response: VendorResponse): string {
  if (response.body.kind !== 'json' || !isObject(response.body.value)) return ''
  const { detail, message, error, error_description: description } = response.body.value
  for (const candidate of [message, detail, description, error]) {
    if (Array.isArray(candidate)) {
      const parts = candidate.filter(isObject).map((item) => {
        const place = Array.isArray(item.loc) ? item.loc.map(String).join('.') : ''
        return [place, readText(item.msg)].filter(Boolean).join(': ')
      })
      const joined = quoteOf(parts.filter(Boolean).join('; '))
      if (joined !== '') return joined
    }
    const nested = isObject(candidate) ? candidate.message : candidate
    const quoted = quoteOf(nested)
    if (quoted !== '') return quoted
  }
  return ''
}

const says = (response: VendorResponse): string => {
  const message = messageIn(response)
  return message === '' ? '' : ` It says: ${message}.`
}

/** Who was asked for what, for sentences. */
export interface About {
  vendor: string
  host: string
  /** What was asked for: "campaign abc123". */
  what: string
  /** What to check when it was refused; "the key" by default. */
  secrets?: string
}

/**
 * What an answer's status means where the vendor's own code has nothing better to say; null for an answer
 * with JSON that can be read.
 */
export function problemOf(response: VendorResponse, about: About): EarmarkError | null {
  const { status, body } = response
  const { vendor, host, what, secrets = 'the key' } = about
  const fail = (code: ErrorCode, message: string, details: Record<string, string | number | boolean> = {}) =>
    new EarmarkError(code, message, { status, host, ...details })

  if (status === 401 || status === 403) {
    const access = status === 403 ? `, or it may not read ${what}` : ''
    return fail(
      'wrong_key',
      `${vendor} at ${host} refused ${secrets} (${status})${access}.${says(response)} Open the connection and enter ${secrets} again.`,
    )
  }
  if (status === 429) {
    const retryAfterMs = parseRetryAfter(response.headers['retry-after'], response.receivedAtMs)
    const wait = retryAfterMs === null ? '' : ` It asks to wait ${Math.ceil(retryAfterMs / 1000)} s.`
    return fail(
      'rate_limited',
      `${vendor} at ${host} wants fewer requests (429).${wait} Try again later, or lower the connection's rate.`,
      { transient: true, ...(retryAfterMs === null ? {} : { retryAfterMs }) },
    )
  }
  if (status === 408 || status === 425 || status >= 500) {
    const retryAfterMs = parseRetryAfter(response.headers['retry-after'], response.receivedAtMs)
    return fail(
      'vendor_error',
      `${vendor} at ${host} failed (${status}) when asked for ${what}.${says(response)} The fault is on their side: try again later.`,
      { transient: true, ...(retryAfterMs === null ? {} : { retryAfterMs }) },
    )
  }
  if (status === 404) {
    return body.kind === 'json'
      ? fail(
          'vendor_error',
          `${vendor} at ${host} does not know ${what} (404).${says(response)} Check the connection's base URL, and whether the vendor still has it.`,
        )
      : notThisVendor(response, about, 'there is nothing at its address (404)')
  }
  if (status >= 400 || status < 200) {
    return fail(
      'vendor_error',
      `${vendor} at ${host} refused to give ${what} (${status}).${says(response)} Check the connection's settings; if they are right, ask ${vendor} with this sentence.`,
    )
  }
  switch (body.kind) {
    case 'json':
      return null
    case 'broken':
      return fail(
        'vendor_error',
        `The answer of ${vendor} at ${host} for ${what} broke off before its end. What came before is kept: sync again.`,
        { transient: true },
      )
    case 'empty':
      return notThisVendor(response, about, `the answer is empty (${status})`)
    case 'html':
      return notThisVendor(response, about, 'it answers with a web page instead of data')
    case 'text':
      return notThisVendor(response, about, 'its answer is not JSON')
  }
}

/**
 * The answer is not what this vendor's API gives. It can pass (a maintenance page, a hotel's log-in page),
 * so it is marked transient except for a 404.
 */
export function notThisVendor(response: VendorResponse, about: About, why: string): EarmarkError {
  const { vendor, host, what } = about
  return new EarmarkError(
    'not_this_vendor',
    `${host} does not answer like ${vendor}'s API when asked for ${what}: ${why}. ` +
      "Check the connection's base URL, and whether a log-in page of this network is in the way.",
    { status: response.status, host, ...(response.status === 404 ? {} : { transient: true }) },
  )
}
