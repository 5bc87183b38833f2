import type { JsonValue } from '@contract'
import { z } from 'zod'
import type { VendorCall } from '../vendors/vendor-call'
import { canonicalJson, hashText } from './canonical'

/** What a list can tell of a call beside its identity: it fills what the detail leaves out. */
const FILLED = [
  'campaignId',
  'startedAtMs',
  'endedAtMs',
  'durationMs',
  'status',
  'sentiment',
  'goalAchieved',
  'from',
  'to',
  'party',
  'summary',
  'vendorScore',
] as const

/** What a summary told, as stored with its call. */
export type Listed = Pick<VendorCall, (typeof FILLED)[number] | 'fields'>

export function listedOf(call: VendorCall): Listed {
  const { campaignId, startedAtMs, endedAtMs, durationMs, status, sentiment, goalAchieved } = call
  const { from, to, party, summary, vendorScore, fields } = call
  return {
    campaignId,
    startedAtMs,
    endedAtMs,
    durationMs,
    status,
    sentiment,
    goalAchieved,
    from,
    to,
    party,
    summary,
    vendorScore,
    fields,
  }
}

/** The detail with what only the list told. The detail's own values always stand. */
export function filledFrom<T extends Listed>(detail: T, listed: Listed): T {
  const filled = { ...detail, fields: { ...listed.fields, ...detail.fields } }
  for (const key of FILLED) fill(filled, listed, key)
  return filled
}

function fill<K extends (typeof FILLED)[number]>(
  target: Pick<Listed, K>,
  source: Pick<Listed, K>,
  key: K,
): void {
  target[key] ??= source[key]
}

/** Listed values as stored; equal text for equal content. */
export const listedJson = (listed: Listed): string =>
  canonicalJson({ ...listed } satisfies Record<string, JsonValue>)

/**
 * By what it is known whether a call has to be written again: all of it but the raw record and the recording's
 * addresses, which have their own places. `turns`: the call's, as `packTurns` gives them.
 */
export function contentHash(call: VendorCall, turns: string): string {
  const { raw: _raw, recordingUrls: _urls, turns: _turns, fields, ...rest } = call
  return hashText(`${JSON.stringify(Object.entries(rest).sort(byName))}${canonicalJson(fields)}${turns}`)
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1)

const Text = z.string().nullable()
const Count = z.number().nullable()

/** `calls.listed`, as `listedJson` writes it. */
export const StoredListed = z.object({
  campaignId: Text,
  startedAtMs: Count,
  endedAtMs: Count,
  durationMs: Count,
  status: Text,
  sentiment: Text,
  goalAchieved: Text,
  from: Text,
  to: Text,
  party: Text,
  summary: Text,
  vendorScore: Count,
  fields: z.record(z.string(), z.json()),
}) satisfies z.ZodType<Listed>
