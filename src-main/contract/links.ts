import { z } from 'zod'
import { CallId } from './common'

/** What an `earmark://` link leads to: a search, or a moment of a call. It can mean nothing else. */
export const Link = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('search'), query: z.string() }),
  z.object({ kind: z.literal('call'), callId: CallId, startSec: z.number().min(0).nullable() }),
])
export type Link = z.infer<typeof Link>

export const LINK_SCHEME = 'earmark'

/** A query of 4,000 characters, each escaped in the longest way. */
const MAX_LINK = 40_000
const MAX_QUERY = 4000
/** A week: no call is longer. */
const MAX_SEC = 604_800
const SECONDS = /^\d{1,6}(?:\.\d{1,6})?$/

/**
 * Understands `earmark://search?q=…` and `earmark://call/<id>?t=41.2`, strictly: null for whatever is anything else,
 * or has anything more. Never throws.
 */
export function parseLink(text: string): Link | null {
  // A URL parser drops white space on its way, which is none of a link.
  if (text.length > MAX_LINK || /[\s\p{Cc}]/u.test(text) || !URL.canParse(text)) return null
  const url = new URL(text)
  if (url.protocol !== `${LINK_SCHEME}:` || url.username !== '' || url.password !== '') return null
  if (url.port !== '' || url.hash !== '') return null
  const given = [...url.searchParams]
  const [only] = given
  if (given.length > 1) return null
  if (url.hostname === 'search') {
    // Some programs put a slash behind the host.
    if (!/^\/?$/.test(url.pathname) || only?.[0] !== 'q') return null
    const query = only[1]
    return query.length <= MAX_QUERY && isPlainText(query) ? { kind: 'search', query } : null
  }
  if (url.hostname !== 'call') return null
  const callId = CallId.safeParse(url.pathname.slice(1))
  if (!callId.success) return null
  if (only === undefined) return { kind: 'call', callId: callId.data, startSec: null }
  if (only[0] !== 't' || !SECONDS.test(only[1])) return null
  const startSec = Number(only[1])
  return startSec <= MAX_SEC ? { kind: 'call', callId: callId.data, startSec } : null
}

/** Whole characters, none of them for controlling a terminal or a field. */
const isPlainText = (text: string): boolean => !/[\p{Cc}\p{Cs}]/u.test(text)

/** The link as text; `parseLink` understands it as the same. */
export function printLink(link: Link): string {
  if (link.kind === 'search') {
    const query = link.query.replace(/[\p{Cc}\p{Cs}]/gu, ' ').slice(0, MAX_QUERY)
    return `${LINK_SCHEME}://search?q=${encodeURIComponent(query.replace(/[\uD800-\uDBFF]$/, ''))}`
  }
  const at = link.startSec === null ? '' : `?t=${Math.min(MAX_SEC, Math.round(link.startSec * 10) / 10)}`
  return `${LINK_SCHEME}://call/${link.callId}${at}`
}
