import type { Speaker } from '@contract'
import { storable } from './values'
import type { VendorTurn } from './vendor-call'

const SPEAKERS: Readonly<Record<string, Speaker>> = {
  agent: 'agent',
  assistant: 'agent',
  ai: 'agent',
  bot: 'agent',
  user: 'caller',
  caller: 'caller',
  customer: 'caller',
  human: 'caller',
}

/** Who a vendor's word for a speaker means. */
export function speakerOf(rawRole: string | null): Speaker {
  const word = rawRole?.trim().toLowerCase() ?? ''
  return Object.hasOwn(SPEAKERS, word) ? (SPEAKERS[word] ?? 'other') : 'other'
}

/** `REDIRECT_` and the department, with nothing but closing punctuation behind it. */
const REDIRECT = /(?<![\p{L}\p{N}_])REDIRECT_([\p{L}\p{M}\p{N}_-]+)[\s.!?"'”’)\]]*$/u

/**
 * One turn as shown, from a vendor's words. `hasTokens`: control tokens at the end of an agent's text are
 * taken out (`REDIRECT_Sales`: the call was sent on to "Sales"); of several the last tells where it went.
 */
export function makeTurn(
  rawRole: string | null,
  content: string,
  times: { startMs: number | null; endMs: number | null },
  hasTokens: boolean,
): VendorTurn {
  const speaker = speakerOf(rawRole)
  const rawText = storable(content)
  let text = rawText.trim()
  let redirect: string | null = null
  while (hasTokens && speaker === 'agent') {
    // Only the end is looked at, so that a turn of megabytes costs nothing.
    const tailStart = Math.max(0, text.length - 300)
    const token = REDIRECT.exec(text.slice(tailStart))
    if (token === null) break
    redirect ??= token[1] ?? null
    text = text.slice(0, tailStart + token.index).trim()
  }
  return { speaker, rawRole, rawText, text, redirect, ...times }
}

/** A call in one of these is still going on, or has not begun: its record will change. */
const NOT_FINAL = new Set(
  (
    'in_progress inprogress ongoing on_going active running processing pending queued waiting scheduled created ' +
    'initiated initiating starting started dialing dialling calling connecting ringing ' +
    'on_hold retrying rescheduled not_started in_queue enqueued transferring live analyzing analysing'
  ).split(' '),
)

/** Whether a status says that the vendor won't change the call by itself any more. Unknown ones are final. */
export function isFinalStatus(status: string | null): boolean {
  if (status === null) return true
  return !NOT_FINAL.has(
    status
      .trim()
      .toLowerCase()
      .replace(/[\s_-]+/g, '_'),
  )
}
