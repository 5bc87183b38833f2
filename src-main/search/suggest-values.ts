import { FIELDS, type Typing } from '@contract'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { campaignNames } from './facet-values'
import { facetToken } from './index-text'
import { restOf } from './suggest-context'
import { fieldValuesBegun, indexedValuesBegun } from './suggest-tokens'
import { termsBegun } from './vocabulary'

/** A value that can be offered; `count`: null where it is still to be counted, or can't be. */
export interface OfferedValue {
  value: string
  label: string
  detail: string
  count: number | null
}

type ValueTyping = Extract<Typing, { kind: 'value' }>

const plain = (value: string, count: number | null = null, detail = ''): OfferedValue => ({
  value,
  label: value,
  detail,
  count,
})

/** Case and accents aside. */
const folded = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trim()

/** Whether a name, or a word of it, begins like this. */
export function beginsLike(name: string, begun: string): boolean {
  const wanted = folded(begun)
  const whole = folded(name)
  return whole.startsWith(wanted) || whole.split(/[\s_-]+/).some((word) => word.startsWith(wanted))
}

/** Values of the field at the cursor that begin like what is typed, the likeliest first. */
export function* valuesBegun(
  db: ReadDb,
  query: string,
  typing: ValueTyping,
  deadlineMs: number,
  nowMs: number,
): Generator<void, OfferedValue[]> {
  const { field, path, begun } = typing
  const hasRest = restOf(query, typing).trim() !== ''
  switch (field) {
    case 'source':
    case 'connection':
    case 'campaign':
    case 'status':
    case 'sentiment':
      return yield* facetValues(db, query, typing, field, deadlineMs)
    case 'goal':
    case 'redirect':
    case 'from':
    case 'to': {
      const values = yield* indexedValuesBegun(db, field, begun, deadlineMs)
      return values.map(({ value, calls }) => plain(value, hasRest ? null : calls))
    }
    case 'data':
    case 'qa': {
      const values = yield* fieldValuesBegun(db, field, path ?? '', begun, deadlineMs)
      return values.map(({ value, calls }) => plain(value, hasRest ? null : calls))
    }
    case 'label':
      return prepared<{ name: string; calls: number }>(db, LABELS_SQL)
        .all()
        .filter(({ name }) => beginsLike(name, begun))
        .map(({ name }) => plain(name))
    case 'reviewer':
      return prepared<string>(db, REVIEWERS_SQL)
        .pluck()
        .all()
        .filter((name) => beginsLike(name, begun))
        .map((name) => plain(name))
    case 'date':
      return dates(nowMs).filter(({ value }) => value.startsWith(begun.toLowerCase()))
    case 'score':
    case 'duration':
    case 'talk':
    case 'silence':
    case 'deadair':
    case 'monologue':
    case 'interruptions':
    case 'latency':
      return EXAMPLES[field].filter((value) => value.startsWith(begun)).map((one) => plain(one))
    default:
      return FIELDS[field].choices.filter((choice) => beginsLike(choice, begun)).map((one) => plain(one))
  }
}

/** Comparisons that people reach for. */
const EXAMPLES = {
  score: ['<70', '>=85', '70..90'],
  duration: ['>5m', '<30s', '1m..5m'],
  talk: ['>60%', '<30%', '40%..60%'],
  silence: ['>30%', '<10%'],
  deadair: ['>5s', '>10s', '<3s'],
  monologue: ['>60s', '>2m'],
  interruptions: ['>0', '>2'],
  latency: ['>2s', '<1s'],
} as const

/** Who wrote or reviewed anything: few, and read from the indexes by reviewer. */
export const REVIEWERS_SQL = `
  SELECT reviewer FROM reviews.annotations WHERE deleted_at_ms IS NULL
  UNION SELECT reviewer FROM reviews.reviews ORDER BY 1 LIMIT 500`

/** Different values in the combinations of facets, which are few; ids of connections by their names. */
export const KNOWN_SQL: Readonly<Record<FacetField, string>> = {
  source: 'SELECT DISTINCT vendor AS id, vendor AS name FROM connections',
  connection: 'SELECT id, name FROM connections',
  campaign: "SELECT DISTINCT campaign_id AS id, campaign_id AS name FROM facets WHERE campaign_id > ''",
  status: "SELECT DISTINCT status AS id, status AS name FROM facets WHERE status > ''",
  sentiment: "SELECT DISTINCT sentiment AS id, sentiment AS name FROM facets WHERE sentiment > ''",
}
type FacetField = 'source' | 'connection' | 'campaign' | 'status' | 'sentiment'
const TOKEN = {
  source: 'vendor',
  connection: 'connection',
  campaign: 'campaign',
  status: 'status',
  sentiment: 'sentiment',
} as const

/** Labels with the calls that have them: what people wrote is little. */
export const LABELS_SQL = `SELECT label AS name, count(DISTINCT call_id) AS calls FROM reviews.annotations
  WHERE deleted_at_ms IS NULL GROUP BY label ORDER BY calls DESC, label LIMIT 500`

/** Beyond so many values those of most calls can't be told quickly. */
const TOKENS = 400

/** Values of what calls are counted by; how many calls have each is in the index's own list of words. */
function* facetValues(
  db: ReadDb,
  query: string,
  typing: ValueTyping,
  field: FacetField,
  deadlineMs: number,
): Generator<void, OfferedValue[]> {
  const hasRest = restOf(query, typing).trim() !== ''
  const terms = yield* termsBegun(db, facetToken(TOKEN[field], ''), { limit: TOKENS, deadlineMs })
  const calls = new Map(terms.map((term) => [term.term, term.calls]))
  const named = new Map(field === 'campaign' ? campaignNames(db).map(({ id, name }) => [id, name]) : [])
  const known = prepared<{ id: string; name: string }>(db, KNOWN_SQL[field])
    .all()
    .map(({ id, name }) => ({
      id,
      name: named.get(id) ?? name,
      calls: calls.get(facetToken(TOKEN[field], id)),
    }))
  const sameName = new Map<string, number>()
  for (const { name } of known) sameName.set(name, (sameName.get(name) ?? 0) + 1)
  return known
    .filter(({ id, name }) => beginsLike(name, typing.begun) || beginsLike(id, typing.begun))
    .sort((a, b) => (b.calls ?? 0) - (a.calls ?? 0) || (a.name < b.name ? -1 : 1))
    .map(({ id, name, calls: count = null }) => ({
      // A campaign by its name, where that means one alone.
      value: name !== id && (field === 'connection' || sameName.get(name) === 1) ? name : id,
      label: name,
      detail: name === id || field === 'connection' ? '' : id,
      count: hasRest ? null : count,
    }))
}

/** Ways to say a date, with what they are today. */
function dates(nowMs: number): OfferedValue[] {
  const now = new Date(nowMs)
  const two = (n: number): string => String(n).padStart(2, '0')
  const month = (back: number): string => {
    const first = new Date(now.getFullYear(), now.getMonth() - back, 1)
    return `${first.getFullYear()}-${two(first.getMonth() + 1)}`
  }
  const today = `${month(0)}-${two(now.getDate())}`
  return [
    ...FIELDS.date.choices.map((choice) => plain(choice)),
    plain(today),
    ...Array.from({ length: 12 }, (_, back) => plain(month(back))),
    plain(`${month(1)}..${month(0)}`),
    plain(String(now.getFullYear())),
    plain(String(now.getFullYear() - 1)),
  ]
}
