import type { FilterTerm, FilterValue, ParsedQuery, Term } from '@contract'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { rangeOf, type TimeRange } from './days'
import { EVERY_CALL, facetToken, hasToken, type IndexedField, indexableQuery, NO_CALL } from './index-text'
import { keyOfMinute, searchKeySpillMinutes } from './search-index'

type Parameter = string | number

/** A piece of SQL with what is bound to its question marks. */
export interface Condition {
  sql: string
  parameters: readonly Parameter[]
}

/** A query in the terms of the two tables: `search` (by words and facets) and `calls`, here named `n`. */
export interface CompiledQuery {
  /** FTS5 expression; null when nothing asks for the index. Every text in it is a quoted string. */
  match: string | null
  /** FTS5 expression of any of the words and phrases looked for: what is marked. Null: there are none. */
  anyWord: string | null
  /** Keys between these, both included; null: no bound. */
  minKey: number | null
  maxKey: number | null
  /** On `n`, a row of `calls`; all of them hold. */
  conditions: readonly Condition[]
  /** `[NOT] IN` sets of keys from what people wrote; all of them hold. */
  keySets: readonly (Condition & { isNegated: boolean })[]
}

const INDEXED: Readonly<Partial<Record<FilterTerm['field'], IndexedField>>> = {
  source: 'vendor',
  connection: 'connection',
  campaign: 'campaign',
  status: 'status',
  sentiment: 'sentiment',
  goal: 'goal',
  redirect: 'redirect',
  from: 'from',
  to: 'to',
}

/**
 * Turns an understood query into what SQLite is asked. Several values of one field are alternatives, except
 * `has:`; everything else holds together. `nowMs` is what `today` and `last-7-days` count from.
 */
export function compile(db: ReadDb, query: ParsedQuery, nowMs: number): CompiledQuery {
  const words: string[] = []
  const wanted: string[] = []
  const excluded: string[] = []
  for (const term of query.terms) {
    if (term.kind === 'filter' || !hasToken(term.text)) continue
    if (term.isNegated) excluded.push(quoted(indexableQuery(term.text), term.isPrefix))
    else words.push(quoted(indexableQuery(term.text), term.isPrefix))
  }

  const conditions: Condition[] = []
  const keySets: (Condition & { isNegated: boolean })[] = []
  let minKey: number | null = null
  let maxKey: number | null = null
  for (const { field, isNegated, values } of byField(query.terms)) {
    const indexed = INDEXED[field]
    if (indexed) {
      const tokens = values.flatMap((value) => facetStrings(db, indexed, value))
      if (isNegated) excluded.push(...tokens)
      else wanted.push(tokens.length === 0 ? quoted(NO_CALL, false) : `(${tokens.join(' OR ')})`)
    } else if (field === 'date') {
      const ranges = values.map((value) => rangeOf(value, nowMs))
      if (!isNegated) {
        const spill = searchKeySpillMinutes(db)
        const bounds = keyBounds(ranges, spill)
        minKey = bounds.minKey
        maxKey = bounds.maxKey
        if (ranges.length === 1 && spill === 0 && ranges.every(isOfWholeMinutes)) continue
      }
      conditions.push(either(ranges.map(timeCondition), isNegated))
    } else if (field === 'score' || field === 'duration') {
      const column = field === 'score' ? 'n.vendor_score' : 'n.duration_ms'
      const scale = field === 'score' ? 1 : 1000
      conditions.push(
        either(
          values.map((value) => rangeCondition(column, scale, value)),
          isNegated,
        ),
      )
    } else {
      for (const set of setsOf(db, field, values, isNegated)) {
        if (set.kind === 'condition') conditions.push(set)
        else keySets.push(set)
      }
    }
  }

  if (words.length === 0 && wanted.length === 0 && excluded.length > 0) wanted.push(quoted(EVERY_CALL, false))
  // Words side by side: FTS5 drops those that its tokenizer finds nothing in, where AND would find nothing.
  const together = [...(words.length > 0 ? [words.join(' ')] : []), ...wanted].join(' AND ')
  const match = excluded.length > 0 ? `(${together}) NOT (${excluded.join(' OR ')})` : together
  return {
    match: match === '' ? null : match,
    anyWord: words.length > 0 ? words.join(' OR ') : null,
    minKey,
    maxKey,
    conditions,
    keySets,
  }
}

/** A string of FTS5's query syntax: nothing in it is an operator. */
const quoted = (text: string, isPrefix: boolean): string =>
  `"${text.replaceAll('"', '""')}"${isPrefix ? ' *' : ''}`

interface FieldValues {
  field: FilterTerm['field']
  isNegated: boolean
  values: FilterValue[]
}

/** The filters, alternatives together; each excluded value is for itself, and so is each `has:`. */
function byField(terms: readonly Term[]): FieldValues[] {
  const groups: FieldValues[] = []
  for (const term of terms) {
    if (term.kind !== 'filter') continue
    const { field, isNegated, value } = term
    const group = groups.find((other) => other.field === field && !other.isNegated)
    if (group && !isNegated && field !== 'has') group.values.push(value)
    else groups.push({ field, isNegated, values: [value] })
  }
  return groups
}

function facetStrings(db: ReadDb, field: IndexedField, value: FilterValue): string[] {
  if (value.kind === 'choice') return [quoted(facetToken(field, value.choice), false)]
  if (value.kind !== 'text') return []
  if (field === 'connection')
    return prepared<{ id: string; name: string }>(db, 'SELECT id, name FROM connections')
      .all()
      .filter(({ id, name }) => id === value.text || isNamed(name, value))
      .map(({ id }) => quoted(facetToken(field, id), false))
  const tokens = [quoted(facetToken(field, value.text), value.isPrefix)]
  if (field === 'campaign')
    for (const { id, name } of campaignNames(db))
      if (isNamed(name, value)) tokens.push(quoted(facetToken(field, id), false))
  return tokens
}

/** Campaigns of which the vendor told a name. */
export function campaignNames(db: ReadDb): { id: string; name: string }[] {
  return prepared<{ id: string; name: string }>(
    db,
    `SELECT id, name FROM (
       SELECT campaign_id AS id, coalesce(info ->> 'name', info ->> 'campaign_name', info ->> 'title') AS name
       FROM campaigns)
     WHERE typeof(name) = 'text'`,
  ).all()
}

/** Case and accents aside. */
const folded = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trim()

function isNamed(name: string, value: { text: string; isPrefix: boolean }): boolean {
  return value.isPrefix ? folded(name).startsWith(folded(value.text)) : folded(name) === folded(value.text)
}

/** A person is found by the whole name or by any word of it. */
function isPerson(name: string, value: { text: string; isPrefix: boolean }): boolean {
  return isNamed(name, value) || name.split(/\s+/).some((word) => isNamed(word, value))
}

const isOfWholeMinutes = ({ fromMs, toMs }: TimeRange): boolean =>
  (fromMs ?? 0) % 60_000 === 0 && (toMs ?? 0) % 60_000 === 0

/** The keys that calls in any of the ranges can have; a key may lie up to `spillMinutes` behind its call. */
function keyBounds(
  ranges: readonly TimeRange[],
  spillMinutes: number,
): { minKey: number | null; maxKey: number | null } {
  const lowest = ranges.some((range) => range.fromMs === null)
    ? null
    : Math.min(...ranges.map((range) => range.fromMs ?? 0))
  const highest = ranges.some((range) => range.toMs === null)
    ? null
    : Math.max(...ranges.map((range) => range.toMs ?? 0))
  return {
    minKey: lowest === null ? null : keyOfMinute(lowest),
    maxKey: highest === null ? null : keyOfMinute(highest + 59_999 + spillMinutes * 60_000) - 1,
  }
}

function timeCondition({ fromMs, toMs }: TimeRange): Condition {
  return comparisons('n.started_at_ms', [
    ['>=', fromMs],
    ['<', toMs],
  ])
}

function rangeCondition(column: string, scale: number, value: FilterValue): Condition {
  if (value.kind !== 'range') return { sql: 'FALSE', parameters: [] }
  return comparisons(column, [
    [value.minIncluded ? '>=' : '>', value.min === null ? null : value.min * scale],
    [value.maxIncluded ? '<=' : '<', value.max === null ? null : value.max * scale],
  ])
}

function comparisons(column: string, all: readonly (readonly [string, number | null])[]): Condition {
  const given = all.filter(([, number]) => number !== null)
  return {
    sql: given.length === 0 ? 'TRUE' : given.map(([sign]) => `${column} ${sign} ?`).join(' AND '),
    parameters: given.map(([, number]) => number ?? 0),
  }
}

/** Any of them; a call without the number fulfils none, and so every exclusion. */
function either(all: readonly Condition[], isNegated: boolean): Condition {
  const any = all.map(({ sql }) => `(${sql})`).join(' OR ')
  return {
    sql: isNegated ? `(${any}) IS NOT TRUE` : `(${any})`,
    parameters: all.flatMap(({ parameters }) => parameters),
  }
}

type KeySet = Condition & { kind: 'keys'; isNegated: boolean }
type WrittenSet = KeySet | (Condition & { kind: 'condition' })

const ANNOTATED =
  'SELECT k.search_key FROM reviews.annotations a CROSS JOIN calls k ON k.id = a.call_id WHERE k.search_key IS NOT NULL AND a.deleted_at_ms IS NULL'
const REVIEWED =
  'SELECT k.search_key FROM reviews.reviews r CROSS JOIN calls k ON k.id = r.call_id WHERE k.search_key IS NOT NULL'

/** The fields that ask what people wrote, and whether there is a recording. */
function setsOf(
  db: ReadDb,
  field: FilterTerm['field'],
  values: readonly FilterValue[],
  isNegated: boolean,
): WrittenSet[] {
  const choices = values.map((value) => (value.kind === 'choice' ? value.choice : ''))
  const keys = (sql: string, names: readonly string[] | null, negated = isNegated): KeySet => ({
    kind: 'keys',
    sql,
    parameters: names === null ? [] : Array(sql.split('?').length - 1).fill(JSON.stringify(names)),
    isNegated: negated,
  })
  switch (field) {
    case 'has':
      if (choices[0] === 'annotation') return [keys(ANNOTATED, null)]
      return [
        { kind: 'condition', sql: `n.recording_state ${isNegated ? '<>' : '='} 'ready'`, parameters: [] },
      ]
    case 'reviewed':
      if (choices.includes('yes') && choices.includes('no')) return []
      return [keys(REVIEWED, null, isNegated !== choices.includes('no'))]
    case 'label': {
      const labels = knownNames(
        db,
        'SELECT DISTINCT label FROM reviews.annotations WHERE deleted_at_ms IS NULL',
      )
      const meant = labels.filter((label) => values.some((v) => v.kind === 'text' && isNamed(label, v)))
      return [keys(`${ANNOTATED} AND a.label IN (SELECT value FROM json_each(?))`, meant)]
    }
    case 'reviewer': {
      const people = knownNames(
        db,
        `SELECT reviewer FROM reviews.annotations WHERE deleted_at_ms IS NULL
         UNION SELECT reviewer FROM reviews.reviews`,
      )
      const meant = people.filter((name) => values.some((v) => v.kind === 'text' && isPerson(name, v)))
      const sql = `${ANNOTATED} AND a.reviewer IN (SELECT value FROM json_each(?))
        UNION ALL ${REVIEWED} AND r.reviewer IN (SELECT value FROM json_each(?))`
      return [keys(sql, meant)]
    }
    default:
      return []
  }
}

const knownNames = (db: ReadDb, sql: string): string[] => prepared<string>(db, sql).pluck().all()
