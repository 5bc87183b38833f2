import type { FieldName, FilterValue } from '@contract'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { facetToken, type IndexedField, pathToken, valueToken } from './index-text'

/** Fields whose values are tokens of the index. */
const INDEXED: Readonly<Partial<Record<FieldName, IndexedField>>> = {
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

export interface FacetTextToken {
  token: string
  isPrefix: boolean
}

/** The tokens of which a call must have any; null for a field that the index can't answer. */
export function facetTexts(
  db: ReadDb,
  field: FieldName,
  values: readonly FilterValue[],
): FacetTextToken[] | null {
  const indexed = INDEXED[field]
  return indexed ? values.flatMap((value) => tokensOf(db, indexed, value)) : null
}

/** The same of one of the vendor's own fields. `*` is any value. */
export function fieldTexts(
  field: 'data' | 'qa',
  path: string,
  values: readonly { text: string; isPrefix: boolean }[],
): FacetTextToken[] {
  return values.flatMap(({ text, isPrefix }) => [
    ...(text === '*' ? [{ token: pathToken(field, path), isPrefix: false }] : []),
    ...[text, ...(SAME[text.toLowerCase()] ?? [])].map((one) => ({
      token: valueToken(field, path, one),
      isPrefix,
    })),
  ])
}

/** What vendors write for one another. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  true: ['yes'],
  yes: ['true'],
  false: ['no'],
  no: ['false'],
}

function tokensOf(db: ReadDb, field: IndexedField, value: FilterValue): FacetTextToken[] {
  if (value.kind === 'choice') return [{ token: facetToken(field, value.choice), isPrefix: false }]
  if (value.kind !== 'text') return []
  const whole = (id: string): FacetTextToken => ({ token: facetToken(field, id), isPrefix: false })
  if (field === 'connection')
    return prepared<{ id: string; name: string }>(db, 'SELECT id, name FROM connections')
      .all()
      .filter(({ id, name }) => id === value.text || isNamed(name, value))
      .map(({ id }) => whole(id))
  const tokens = [{ token: facetToken(field, value.text), isPrefix: value.isPrefix }]
  if (field === 'campaign')
    for (const { id, name } of campaignNames(db)) if (isNamed(name, value)) tokens.push(whole(id))
  return tokens
}

/** Campaigns of which the vendor told a name. */
export function campaignNames(db: ReadDb): { id: string; name: string }[] {
  return prepared<{ id: string; name: string }>(
    db,
    `SELECT id, name FROM (
       SELECT campaign_id AS id, coalesce(name, info ->> 'name', info ->> 'campaign_name', info ->> 'title') AS name
       FROM campaigns)
     WHERE typeof(name) = 'text'`,
  ).all()
}

/** Case and accents aside. */
const folded = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trim()

/** Whether a name is the one that a filter means. */
export function isNamed(name: string, value: { text: string; isPrefix: boolean }): boolean {
  return value.isPrefix ? folded(name).startsWith(folded(value.text)) : folded(name) === folded(value.text)
}

/** A person is found by the whole name or by any word of it. */
export function isPerson(name: string, value: { text: string; isPrefix: boolean }): boolean {
  return isNamed(name, value) || name.split(/\s+/).some((word) => isNamed(word, value))
}
