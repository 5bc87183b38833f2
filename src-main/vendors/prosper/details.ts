import { z } from 'zod'
import { isObject } from '../json'
import { notThisVendor, problemOf } from '../problems'
import { endpoint, hostOf, pathPart, readPosition } from '../urls'
import { readId } from '../values'
import type { DetailApi, DetailOutcome, Position, VendorConfig } from '../vendor'
import { completeWith, listIn, parseCall } from './parse'

const MAX_BYTES = 64 * 1024 * 1024

/** The captured page names both: the first in its text, the second in its summary table. */
const PATHS = { plain: 'api/v1/call-logs', campaigns: 'api/v1/campaigns/call-logs' }

const DetailPosition = z.object({
  externalId: z.string(),
  path: z.enum(['plain', 'campaigns']),
  /** The other path has answered 404 before. */
  isSecond: z.boolean(),
})
type DetailPosition = z.infer<typeof DetailPosition>

/** One call in full: its path is tried both ways, and the one that answered is remembered. */
export const details: DetailApi = {
  first: (_config, learned, externalId) =>
    ({
      externalId,
      path: learned.detailPath === 'campaigns' ? 'campaigns' : 'plain',
      isSecond: false,
    }) satisfies DetailPosition,

  request: (config, position) => {
    const { externalId, path } = readPosition(DetailPosition, position)
    const url = endpoint(config, `${PATHS[path]}/${pathPart(externalId)}`, { include_recordings: 'true' })
    return { url, headers: {}, maxBytes: MAX_BYTES }
  },

  read: (config, position, listed, response) => {
    const { externalId, path, isSecond } = readPosition(DetailPosition, position)
    if (response.status === 404)
      return isSecond ? { kind: 'gone' } : { kind: 'again', next: otherPath(position) }
    const about = { vendor: 'Prosper AI', host: hostOf(config), what: `call ${externalId}` }
    const problem = problemOf(response, about)
    if (problem !== null) return { kind: 'failed', error: problem }
    const json = response.body.kind === 'json' ? response.body.value : null
    if (listIn(json) !== null || Array.isArray(json)) {
      return {
        kind: 'failed',
        error: notThisVendor(response, about, 'it answers with a list instead of one call'),
      }
    }
    return readCall(config, externalId, listed, json, { detailPath: path })
  },
}

function otherPath(stored: Position): Position {
  const position = readPosition(DetailPosition, stored)
  return {
    ...position,
    path: position.path === 'plain' ? 'campaigns' : 'plain',
    isSecond: true,
  } satisfies DetailPosition
}

function readCall(
  config: VendorConfig,
  externalId: string,
  listed: Parameters<DetailApi['read']>[2],
  json: unknown,
  learned: { detailPath: 'plain' | 'campaigns' },
): DetailOutcome {
  // Who asked for a call knows its id, even if the answer forgets it.
  const givenId = isObject(json) ? (readId(json.call_log_id) ?? readId(json.id)) : null
  const withId = isObject(json) && givenId === null ? { ...json, call_log_id: externalId } : json
  const read = parseCall(withId, {
    campaignId: listed?.campaignId ?? null,
    source: 'detail',
    baseUrl: config.baseUrl,
  })
  if ('reason' in read) return { kind: 'unreadable', record: { ...read, externalId }, learned }
  if (read.externalId !== externalId) {
    const reason = `${hostOf(config)} answered with call ${read.externalId} when asked for call ${externalId}.`
    return { kind: 'unreadable', record: { externalId, reason, raw: read.raw }, learned }
  }
  return { kind: 'call', call: completeWith(read, listed), learned }
}
