import type { JsonValue, Speaker, Vendor } from '@contract'

/** One utterance as every vendor's parser gives it. */
export interface VendorTurn {
  speaker: Speaker
  /** The vendor's word for the speaker, as it came. */
  rawRole: string | null
  rawText: string
  /** As shown: trimmed, control tokens taken out. */
  text: string
  /** `REDIRECT_Sales` at the end of an agent's turn gives "Sales". */
  redirect: string | null
  /** From the start of the call; null when the vendor gives no time. */
  startMs: number | null
  endMs: number | null
}

/**
 * One phone call as every vendor's parser gives it: the only shape that sync, import and the cache know.
 * Adding a vendor means writing a function from its JSON to this.
 */
export interface VendorCall {
  vendor: Vendor
  externalId: string
  /** `summary`: a row of a list without transcript and results; it never overwrites a detail's. */
  completeness: 'summary' | 'detail'
  /** Whether the vendor may still change the call by itself (in progress, queued, ringing …). */
  isFinal: boolean
  campaignId: string | null
  startedAtMs: number | null
  endedAtMs: number | null
  durationMs: number | null
  status: string | null
  sentiment: string | null
  goalAchieved: string | null
  from: string | null
  to: string | null
  /** The number of the person whom the agent spoke with. */
  party: string | null
  summary: string | null
  /** The vendor's QA score, 0 to 100 as the vendor counts. */
  vendorScore: number | null
  turns: VendorTurn[]
  /** Where the audio is, best first; null elements and empty strings dropped. */
  recordingUrls: string[]
  /** Every field that has no place above, under the vendor's own name (unknown ones included). */
  fields: Record<string, JsonValue>
  /** The record exactly as it came, for the cache's revisions. */
  raw: JsonValue
}

/** A vendor record that could not be read. It is kept with the reason, never dropped. */
export interface UnreadableRecord {
  externalId: string | null
  /** A sentence: what is wrong with which field. */
  reason: string
  raw: JsonValue
}

/** What a parser makes of one answer of a vendor. */
export interface ParsedAnswer {
  calls: VendorCall[]
  unreadable: UnreadableRecord[]
  /** What the answer says beside its calls, by campaign id ('' when it names none). */
  campaignInfo: Record<string, JsonValue>
}
