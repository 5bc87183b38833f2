import { type Facets, FIELDS, type Typing } from '@contract'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { facetSteps } from './facet-counts'
import { restOf } from './suggest-context'
import { fieldValuesBegun, indexedValuesBegun } from './suggest-tokens'

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
    case 'label':
      return yield* facetValues(db, query, typing, field, deadlineMs, nowMs)
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
    case 'reviewer':
      return prepared<string>(db, REVIEWERS_SQL)
        .pluck()
        .all()
        .filter((name) => beginsLike(name, begun))
        .map((name) => plain(name))
    case 'date':
      return dates(nowMs).filter(({ value }) => value.startsWith(begun.toLowerCase()))
    case 'score':
      return ['<70', '>=85', '70..90'].filter((value) => value.startsWith(begun)).map((one) => plain(one))
    case 'duration':
      return ['>5m', '<30s', '1m..5m'].filter((value) => value.startsWith(begun)).map((one) => plain(one))
    default:
      return FIELDS[field].choices.filter((choice) => beginsLike(choice, begun)).map((one) => plain(one))
  }
}

/** Who wrote or reviewed anything: few, and read from the indexes by reviewer. */
export const REVIEWERS_SQL = `
  SELECT reviewer FROM reviews.annotations WHERE deleted_at_ms IS NULL
  UNION SELECT reviewer FROM reviews.reviews ORDER BY 1 LIMIT 500`

/** The counts of the facets take one pass over what the rest of the query finds. */
function* facetValues(
  db: ReadDb,
  query: string,
  typing: ValueTyping,
  field: keyof Facets,
  deadlineMs: number,
  nowMs: number,
): Generator<void, OfferedValue[]> {
  const rest = restOf(query, typing)
  const known = yield* within(facetSteps(db, rest, nowMs), deadlineMs)
  // The rest took too long: the values of all calls, without counts.
  const facets = known ?? (yield* within(facetSteps(db, '', nowMs), deadlineMs + 200))
  if (facets === null) return []
  const values = facets[field]
  const names = new Map<string, number>()
  for (const { label } of values) names.set(label, (names.get(label) ?? 0) + 1)
  return values
    .filter(({ value, label }) => beginsLike(label, typing.begun) || beginsLike(value, typing.begun))
    .map(({ value, label, count }) => {
      // A campaign by its name, where that means one alone.
      const isNamed = label !== value && names.get(label) === 1
      return {
        value: isNamed ? label : value,
        label,
        detail: label === value ? '' : value,
        count: known ? count : null,
      }
    })
}

/** What the work comes to; null where it takes longer. */
function* within<T>(work: Generator<void, T>, deadlineMs: number): Generator<void, T | null> {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
    if (performance.now() > deadlineMs) return null
    yield
  }
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
