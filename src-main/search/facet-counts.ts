import type { Facets, FacetValue, ParsedQuery } from '@contract'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { type CompiledQuery, compile } from './compile'
import { campaignNames } from './facet-values'
import { all, atOnce, countFacets, keysAmong } from './hits'
import { readyQuery } from './queries'
import * as statements from './statements'

const FACET_VALUES = 100
/** Annotated calls that are asked about in one step. */
const LABELLED_AT_ONCE = 300

type ValueCounts = Map<string, number>
type Combination = Record<statements.FacetField, string> & { count: number }

/** `facetSteps` in one go. */
export const facetsOf = (db: ReadDb, text: string, nowMs: number): Facets =>
  atOnce(facetSteps(db, text, nowMs))

/**
 * The values of the fields with the number of calls that each would leave, given the rest of the query (a field's own
 * filters aside); most calls first, at most 100 a field. Yields between steps of a few milliseconds.
 */
export function* facetSteps(db: ReadDb, text: string, nowMs: number): Generator<void, Facets> {
  const { parsed, compiled } = readyQuery(db, text, nowMs)
  const facets: Facets = { source: [], connection: [], campaign: [], status: [], sentiment: [], label: [] }
  if (compiled.branches.length === 0) return facets
  // Fields without filters of their own share one pass over the hits.
  const passes = new Map<string, Combination[]>()
  function* combinationsWithout(field: keyof Facets): Generator<void, Combination[]> {
    const rest = withoutField(parsed, field)
    const name = rest === parsed ? '' : field
    let combinations = passes.get(name)
    if (combinations === undefined) {
      combinations = yield* combinationsOf(db, compile(db, rest, nowMs))
      passes.set(name, combinations)
    }
    return combinations
  }
  const connections = connectionsOf(db)
  const names = {
    connection: new Map(connections.map(({ id, name }) => [id, name])),
    campaign: new Map(campaignNames(db).map(({ id, name }) => [id, name])),
  }
  for (const field of statements.FACET_FIELDS) {
    const combinations = yield* combinationsWithout(field)
    facets[field] = listed(countsOf(combinations, field)).map(([value, count]): FacetValue => {
      const label =
        field === 'connection' || field === 'campaign' ? (names[field].get(value) ?? value) : value
      return { value: field === 'connection' ? label : value, label, count }
    })
  }
  const byConnection = countsOf(yield* combinationsWithout('source'), 'connection')
  const bySource: ValueCounts = new Map()
  for (const { id, vendor } of connections)
    if (byConnection.has(id)) bySource.set(vendor, (bySource.get(vendor) ?? 0) + (byConnection.get(id) ?? 0))
  facets.source = listed(bySource).map(([value, count]) => ({ value, label: value, count }))
  const labels = yield* labelsOf(db, compile(db, withoutField(parsed, 'label'), nowMs))
  facets.label = listed(labels).map(([value, count]) => ({ value, label: value, count }))
  return facets
}

const listed = (counts: ValueCounts): [string, number][] =>
  [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, FACET_VALUES)

/** The query without a field's own filters (exclusions stay); the same object where it has none. */
function withoutField(query: ParsedQuery, field: keyof Facets): ParsedQuery {
  const nodes = query.root.nodes.filter(
    (node) => !(node.kind === 'filter' && node.field === field && !node.isNegated),
  )
  return nodes.length === query.root.nodes.length ? query : { ...query, root: { ...query.root, nodes } }
}

const leavesEverything = ({ branches }: CompiledQuery): boolean =>
  branches.some(
    ({ said, words, minKey, maxKey, conditions, keySets }) =>
      said === null &&
      words === null &&
      minKey === null &&
      maxKey === null &&
      conditions.length + keySets.length === 0,
  )

function* combinationsOf(db: ReadDb, query: CompiledQuery): Generator<void, Combination[]> {
  const counts = leavesEverything(query) ? yield* countAll(db) : yield* countFacets(db, query)
  return prepared<Record<statements.FacetField, string> & { id: number }>(
    db,
    `SELECT f.id, f.connection_id AS connection, f.campaign_id AS campaign, f.status, f.sentiment
     FROM json_each(?) wanted CROSS JOIN facets f ON f.id = wanted.value`,
  )
    .all(JSON.stringify([...counts.keys()]))
    .map((values) => ({ ...values, count: counts.get(values.id) ?? 0 }))
}

function* countAll(db: ReadDb): Generator<void, Map<number, number>> {
  const counts = new Map<number, number>()
  for (const facet of prepared<number>(db, 'SELECT id FROM facets').pluck().all()) {
    const { sql, parameters } = statements.countOfFacet(facet)
    const count = Number(prepared<number>(db, sql).pluck().get(parameters))
    if (count > 0) counts.set(facet, count)
    yield
  }
  return counts
}

function countsOf(combinations: readonly Combination[], field: statements.FacetField): ValueCounts {
  const counts: ValueCounts = new Map()
  for (const combination of combinations) {
    const value = combination[field]
    if (value !== '') counts.set(value, (counts.get(value) ?? 0) + combination.count)
  }
  return counts
}

/** Calls by the labels of their annotations: what people wrote is little, so that is walked through. */
function* labelsOf(db: ReadDb, query: CompiledQuery): Generator<void, ValueCounts> {
  const labelled = all<{ label: string; key: number }>(db, statements.LABELLED)
  const keys = [...new Set(labelled.map(({ key }) => key))].sort((a, b) => b - a)
  const found = new Set<number>()
  for (let at = 0; at < keys.length; at += LABELLED_AT_ONCE) {
    yield
    for (const key of keysAmong(db, query, keys.slice(at, at + LABELLED_AT_ONCE))) found.add(key)
  }
  const counts: ValueCounts = new Map()
  for (const { label, key } of labelled) if (found.has(key)) counts.set(label, (counts.get(label) ?? 0) + 1)
  return counts
}

const connectionsOf = (db: ReadDb): { id: string; name: string; vendor: string }[] =>
  prepared<{ id: string; name: string; vendor: string }>(db, 'SELECT id, name, vendor FROM connections').all()
