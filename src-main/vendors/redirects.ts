import { EarmarkError } from '@contract'
import type { Answer } from './exchange'

export const MAX_REDIRECTS = 5

/** Where an answer sends the request on to; null when it does not. */
export function redirectOf(answer: Answer, from: URL): URL | null {
  if (![301, 302, 303, 307, 308].includes(answer.status)) return null
  const location = answer.headers.location ?? ''
  return location !== '' && URL.canParse(location, from) ? new URL(location, from) : null
}

/** An answer that would take the secrets to another origin. */
export function redirectedAway(from: URL, to: URL): EarmarkError {
  const where = to.host === from.host ? to.origin : to.host
  return new EarmarkError(
    'redirected_away',
    `${from.host} sends Earmark on to ${where}. Your key was not sent there. If the vendor's API has moved to it, enter it as the base URL.`,
    { host: from.host, to: to.origin },
  )
}

/** More redirects in a row than `MAX_REDIRECTS`. */
export const redirectLoop = (from: URL): EarmarkError =>
  new EarmarkError(
    'vendor_error',
    `${from.host} sends Earmark from address to address without end. Check the base URL.`,
    {
      host: from.host,
    },
  )
