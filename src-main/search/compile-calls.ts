import { DEAD_AIR_SEC, type FieldName, type FilterValue } from '@contract'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { CHANGED_KEYS } from '../reviews/looks'
import type { Condition } from './compile'
import type { Expression } from './expression'
import { isNamed, isPerson } from './facet-values'

const ANNOTATED =
  'SELECT k.search_key FROM reviews.annotations a CROSS JOIN calls k ON k.id = a.call_id WHERE k.search_key IS NOT NULL AND a.deleted_at_ms IS NULL'
const KEPT_OFFLINE =
  'SELECT k.search_key FROM recordings r INDEXED BY recordings_kept CROSS JOIN calls k ON k.pk = r.call_pk WHERE k.search_key IS NOT NULL AND r.kept_offline_at_ms IS NOT NULL'
const REVIEWED =
  'SELECT k.search_key FROM reviews.reviews r CROSS JOIN calls k ON k.id = r.call_id WHERE k.search_key IS NOT NULL'

const IN_STATES =
  'SELECT k.search_key FROM calls k INDEXED BY calls_by_recording WHERE k.search_key IS NOT NULL AND k.recording_state IN (SELECT value FROM json_each(?))'

/** Up to so many calls are walked through instead of all calls being looked at. */
const FEW = 3000

/** Whether few calls have a recording in one of these states. */
const areFew = (db: ReadDb, states: readonly string[]): boolean =>
  Number(
    prepared<number>(db, `SELECT count(*) FROM (${IN_STATES} LIMIT ${FEW + 1})`)
      .pluck()
      .get(JSON.stringify(states)),
  ) <= FEW

/** Where the numbers of calls that can be compared are, and what one of the query's units is there. */
const NUMBERS = {
  score: ['n.vendor_score', 1],
  duration: ['n.duration_ms', 1000],
  talk: ['n.agent_talk_permille', 10],
  silence: ['n.silence_permille', 10],
  deadair: ['n.longest_silence_ms', 1000],
  monologue: ['n.longest_monologue_ms', 1000],
  interruptions: ['n.agent_interruptions', 1],
  latency: ['n.agent_latency_ms', 1000],
} as const satisfies Partial<Record<FieldName, readonly [string, number]>>

/** What is asked of a call itself, or of what people wrote on it. Null: it says nothing. */
export function callConditions(
  db: ReadDb,
  field: FieldName,
  values: readonly FilterValue[],
  isNegated: boolean,
): Expression | null {
  const choices = values.map((value) => (value.kind === 'choice' ? value.choice : ''))
  const calls = (sql: string): Expression => ({
    kind: 'calls',
    condition: { sql, parameters: [] },
    isDeep: false,
  })
  /** `names` stands for every question mark. */
  const keys = (sql: string, names: readonly string[] | null, isOut = isNegated): Expression => ({
    kind: 'keys',
    set: {
      sql,
      parameters: names === null ? [] : Array(sql.split('?').length - 1).fill(JSON.stringify(names)),
    },
    isNegated: isOut,
  })
  const inStates = (states: readonly string[]): Expression => {
    if (!isNegated && areFew(db, states)) return keys(IN_STATES, states)
    const any = states.map((state) => ({ sql: 'n.recording_state = ?', parameters: [state] }))
    return { kind: 'calls', condition: either(any, isNegated), isDeep: false }
  }
  switch (field) {
    case 'score':
    case 'duration':
    case 'talk':
    case 'silence':
    case 'deadair':
    case 'monologue':
    case 'interruptions':
    case 'latency': {
      const [column, scale] = NUMBERS[field]
      const ranges = values.map((value) => rangeCondition(column, scale, value))
      return { kind: 'calls', condition: either(ranges, isNegated), isDeep: false }
    }
    case 'has':
      if (choices[0] === 'annotation') return keys(ANNOTATED, null)
      if (choices[0] === 'deadair')
        return calls(`(n.longest_silence_ms > ${DEAD_AIR_SEC * 1000}) IS ${isNegated ? 'NOT ' : ''}TRUE`)
      return inStates(['ready'])
    case 'recording':
      return inStates(choices)
    case 'kept':
      if (choices.includes('yes') && choices.includes('no')) return null
      return keys(KEPT_OFFLINE, null, isNegated !== choices.includes('no'))
    case 'changed':
      if (choices.includes('yes') && choices.includes('no')) return null
      return keys(CHANGED_KEYS, null, isNegated !== choices.includes('no'))
    case 'reviewed':
      if (choices.includes('yes') && choices.includes('no')) return null
      return keys(REVIEWED, null, isNegated !== choices.includes('no'))
    case 'label': {
      const labels = knownNames(
        db,
        'SELECT DISTINCT label FROM reviews.annotations WHERE deleted_at_ms IS NULL',
      )
      const meant = labels.filter((label) => values.some((v) => v.kind === 'text' && isNamed(label, v)))
      return keys(`${ANNOTATED} AND a.label IN (SELECT value FROM json_each(?))`, meant)
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
      return keys(sql, meant)
    }
    default:
      return null
  }
}

/** Comparisons with numbers among the vendor's own fields; the values are ranges. */
export function fieldConditions(
  field: 'data' | 'qa',
  path: string,
  values: readonly FilterValue[],
  isNegated: boolean,
): Expression {
  const ranges = values.map((value) => fieldCondition(field, path, value))
  return { kind: 'calls', condition: either(ranges, isNegated), isDeep: true }
}

const knownNames = (db: ReadDb, sql: string): string[] => prepared<string>(db, sql).pluck().all()

function rangeCondition(column: string, scale: number, value: FilterValue): Condition {
  if (value.kind !== 'range') return { sql: 'FALSE', parameters: [] }
  return comparisons(column, [
    [value.minIncluded ? '>=' : '>', value.min === null ? null : scaled(value.min, scale)],
    [value.maxIncluded ? '<=' : '<', value.max === null ? null : scaled(value.max, scale)],
  ])
}

/** 1.1 s is 1100 ms, and not a little more. */
const scaled = (number: number, scale: number): number =>
  scale === 1 ? number : Math.round(number * scale * 1e6) / 1e6

function fieldCondition(field: 'data' | 'qa', path: string, value: FilterValue): Condition {
  if (value.kind !== 'range') return { sql: 'FALSE', parameters: [] }
  const bound = (number: number | null, isIncluded: boolean): [string, (string | number)[]] =>
    number === null ? ['NULL, 0', []] : [`?, ${isIncluded ? 0 : 1}`, [number]]
  const [low, min] = bound(value.min, value.minIncluded)
  const [high, max] = bound(value.max, value.maxIncluded)
  return {
    sql: `search_number_in(n.fields, ?, ?, ${low}, ${high}) = 1`,
    parameters: [field, path, ...min, ...max],
  }
}

/** Comparisons that hold together; null numbers are no bounds. */
export function comparisons(column: string, all: readonly (readonly [string, number | null])[]): Condition {
  const given = all.filter(([, number]) => number !== null)
  return {
    sql: given.length === 0 ? 'TRUE' : given.map(([sign]) => `${column} ${sign} ?`).join(' AND '),
    parameters: given.map(([, number]) => number ?? 0),
  }
}

/** Any of them; a call without the number fulfils none, and so every exclusion. */
export function either(all: readonly Condition[], isNegated: boolean): Condition {
  const any = all.map(({ sql }) => `(${sql})`).join(' OR ')
  return {
    sql: isNegated ? `(${any}) IS NOT TRUE` : `(${any})`,
    parameters: all.flatMap(({ parameters }) => parameters),
  }
}
