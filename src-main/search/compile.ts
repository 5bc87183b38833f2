import {
  type AndGroup,
  type FilterTerm,
  type FilterValue,
  type ParsedQuery,
  type QueryNode,
  Speaker,
} from '@contract'
import type { ReadDb } from '../db/open'
import { callConditions, fieldConditions } from './compile-calls'
import { daysOf } from './compile-days'
import { type Expression, negated, type TextExpression, textOf } from './expression'
import { facetTexts, fieldTexts } from './facet-values'
import {
  EVERY_CALL,
  facetToken,
  hasToken,
  indexableQuery,
  isOneToken,
  NO_CALL,
  pathToken,
} from './index-text'
import { type PlainMark, plainMark } from './mark-plain'

type Parameter = string | number

/** A piece of SQL with what is bound to its question marks. */
export interface Condition {
  sql: string
  parameters: readonly Parameter[]
}

/** What holds together. In the terms of the tables `search`, `search_words` and `calls`, here named `n`. */
export interface Branch {
  /** FTS5 expression on `search`; null: none. Every text in it is a quoted string. */
  said: string | null
  /** FTS5 expression on `search_words`; null: none. */
  words: string | null
  /** Keys between these, both included; null: no bound. */
  minKey: number | null
  maxKey: number | null
  /** On `n`, a row of `calls`. */
  conditions: readonly Condition[]
  /** Whether a condition reads the call itself, not just the index that covers what is usually asked. */
  isDeep: boolean
  /** `[NOT] IN` sets of keys from what people wrote. */
  keySets: readonly (Condition & { isNegated: boolean })[]
}

export interface CompiledQuery {
  /** A call fulfils any of them. Without one, none is found. */
  branches: readonly Branch[]
  /** FTS5 expression of any of the words and phrases looked for: what is marked. Null: there are none. */
  marks: string | null
  /** The same for who reads the words himself; null where only FTS5 can. */
  plainMarks: readonly PlainMark[] | null
  /** Whether NEAR is among them, for which turns have to lie far apart. */
  marksNear: boolean
  /** The same without what is only begun, for ranking; null: there is nothing to rank by. */
  ranked: string | null
  /** It mixes so many alternatives that it was given up. */
  isTooWide: boolean
}

/** Alternatives that mix words with other things are asked one by one; this many at most. */
const MAX_BRANCHES = 32
/** Prefixes up to this long are in the index of words as such. */
const INDEXED_PREFIX = 4

/** Turns an understood query into what SQLite is asked. `nowMs` is what `today` and `last-7-days` count from. */
export function compile(db: ReadDb, query: ParsedQuery, nowMs: number): CompiledQuery {
  const compiler = new Compiler(db, nowMs)
  const expression = compiler.and(query.root, false, null) ?? { kind: 'and', of: [] }
  const branches = branchesOf(expression)
  const { marks } = compiler
  const ranked = marks.filter(({ isShort }) => !isShort)
  const any = (all: readonly { said: string }[]): string | null =>
    all.length === 0 ? null : [...new Set(all.map(({ said }) => said))].join(' OR ')
  return {
    branches: (branches ?? []).map(branchOf),
    marks: any(marks),
    plainMarks: marks.every(({ plain }) => plain !== null) ? marks.flatMap(({ plain }) => plain ?? []) : null,
    marksNear: compiler.marksNear,
    ranked: any(ranked),
    isTooWide: branches === null,
  }
}

/** Whose words count: null for everybody's, and for what nobody said (summaries, numbers). */
type Scope = readonly Speaker[] | null

class Compiler {
  /** Words and phrases that are looked for, not excluded. */
  readonly marks: { said: string; plain: PlainMark | null; isShort: boolean }[] = []
  marksNear = false
  readonly #db: ReadDb
  readonly #nowMs: number

  constructor(db: ReadDb, nowMs: number) {
    this.#db = db
    this.#nowMs = nowMs
  }

  /** Null: nothing in it says anything. */
  #node(node: QueryNode, isOutNegated: boolean, scope: Scope): Expression | null {
    const isNegated = node.isNegated !== isOutNegated
    switch (node.kind) {
      case 'and':
        return this.and(node, isNegated, scope)
      case 'or':
        return group(
          isNegated ? 'and' : 'or',
          node.nodes.map((one) => this.#node(one, isNegated, scope)),
        )
      case 'filter':
        return this.#filters([node], isNegated)
      case 'near':
        return this.#near(node.phrases, node.distance, isNegated, scope)
      case 'word':
      case 'phrase': {
        if (!hasToken(node.text)) return null
        const string = quoted(indexableQuery(node.text), node.isPrefix)
        const word = indexableQuery(node.text.trim())
        const isOne = isOneToken(word)
        const isShort = node.isPrefix && isOne && word.length <= INDEXED_PREFIX
        const said = inColumns(scope, string)
        if (!isNegated) this.marks.push({ said, plain: plainMark(node.text, node.isPrefix, scope), isShort })
        const text: TextExpression = {
          kind: 'text',
          said,
          words: scope === null && isOne ? string : null,
          isShort,
        }
        return isNegated ? negated(text) : text
      }
    }
  }

  /** All nodes of a group: values of one field together, and words bound to who is named to have said them. */
  and({ nodes }: Pick<AndGroup, 'nodes'>, isNegated: boolean, outer: Scope): Expression | null {
    const speakers = nodes.filter((node) => node.kind === 'filter').filter(isSpeaker)
    const scope = speakers.length === 0 ? outer : scopeOf(speakers)
    const parts: (Expression | null)[] = []
    const together: FilterTerm[][] = []
    for (const node of nodes) {
      if (node.kind !== 'filter' || node.isNegated || node.field === 'has') {
        if (!isSpeaker(node)) parts.push(this.#node(node, isNegated, scope))
        continue
      }
      if (node.field === 'speaker') continue
      const same = together.find(([one]) => one?.field === node.field && one.path === node.path)
      if (same) same.push(node)
      else together.push([node])
    }
    for (const filters of together) parts.push(this.#filters(filters, isNegated))
    if (scope !== null && speakers.length > 0 && !nodes.some(hasWords)) {
      const spoke = spokenBy(scope)
      parts.push(isNegated ? negated(spoke) : spoke)
    }
    return group(isNegated ? 'or' : 'and', parts)
  }

  #near(
    phrases: readonly { text: string; isPrefix: boolean }[],
    distance: number,
    isNegated: boolean,
    scope: Scope,
  ): Expression | null {
    const known = phrases.filter(({ text }) => hasToken(text))
    const strings = known.map(({ text, isPrefix }) => quoted(indexableQuery(text), isPrefix))
    const [only] = strings
    if (only === undefined) return null
    const match = inColumns(scope, strings.length === 1 ? only : `NEAR(${strings.join(' ')}, ${distance})`)
    if (!isNegated) {
      this.marks.push({
        said: match,
        plain: known.length > 1 ? null : plainMark(known[0]?.text ?? '', known[0]?.isPrefix ?? false, scope),
        isShort: false,
      })
      this.marksNear ||= strings.length > 1
    }
    const text: TextExpression = { kind: 'text', said: match, words: null, isShort: false }
    return isNegated ? negated(text) : text
  }

  /** Values of one field are alternatives. */
  #filters(filters: readonly FilterTerm[], isNegated: boolean): Expression | null {
    const [first] = filters
    if (first === undefined) return null
    const { field, path } = first
    const values = filters.map(({ value }) => value)
    if (field === 'speaker') {
      const scope = scopeOf(filters.map((filter) => ({ ...filter, isNegated: false })))
      const spoke = spokenBy(scope)
      return isNegated ? negated(spoke) : spoke
    }
    if (path !== null) return this.#fields(field, path, values, isNegated)
    const strings = facetTexts(this.#db, field, values)
    if (strings !== null) {
      const text = anyOf(strings.map(({ token, isPrefix }) => quoted(token, isPrefix)))
      return isNegated ? negated(text) : text
    }
    if (field === 'date') return daysOf(this.#db, values, isNegated, this.#nowMs)
    return callConditions(this.#db, field, values, isNegated)
  }

  /** Values of one of the vendor's own fields: texts from the index; numbers compared in the calls that have any. */
  #fields(
    field: FilterTerm['field'],
    path: string,
    values: readonly FilterValue[],
    isNegated: boolean,
  ): Expression | null {
    const own = field === 'qa' ? 'qa' : 'data'
    const texts = values.filter((value) => value.kind === 'text')
    const ranges = values.filter((value) => value.kind === 'range')
    const parts: (Expression | null)[] = []
    if (texts.length > 0) {
      const text = anyOf(fieldTexts(own, path, texts).map(({ token, isPrefix }) => quoted(token, isPrefix)))
      parts.push(isNegated ? negated(text) : text)
    }
    if (ranges.length > 0) {
      const compared = fieldConditions(own, path, ranges, isNegated)
      const there = anyOf([quoted(pathToken(own, path), false)])
      parts.push(isNegated ? compared : group('and', [there, compared]))
    }
    return group(isNegated ? 'and' : 'or', parts)
  }
}

const isSpeaker = (node: QueryNode): boolean => node.kind === 'filter' && node.field === 'speaker'

/** Whether a group's `speaker:` has words to bind in it. */
function hasWords(node: QueryNode): boolean {
  if (node.kind === 'filter') return false
  if (node.kind !== 'and' && node.kind !== 'or') return true
  return !node.nodes.some(isSpeaker) && node.nodes.some(hasWords)
}

function scopeOf(filters: readonly FilterTerm[]): readonly Speaker[] {
  const named = (isNegated: boolean): Set<string> =>
    new Set(
      filters
        .filter((filter) => filter.isNegated === isNegated)
        .map(({ value }) => (value.kind === 'choice' ? value.choice : '')),
    )
  const wanted = named(false)
  const excluded = named(true)
  return Speaker.options.filter((one) => (wanted.size === 0 || wanted.has(one)) && !excluded.has(one))
}

/** Nobody's words: a column that holds none of them. */
const inColumns = (scope: Scope, string: string): string =>
  scope === null ? string : `{${scope.length === 0 ? 'facets' : scope.join(' ')}} : ${string}`

/** A string of FTS5's query syntax: nothing in it is an operator. */
const quoted = (text: string, isPrefix: boolean): string =>
  `"${text.replaceAll('"', '""')}"${isPrefix ? ' *' : ''}`

/** Calls in which any of them said something. */
const spokenBy = (speakers: readonly Speaker[]): TextExpression =>
  anyOf(speakers.map((speaker) => quoted(facetToken('speaker', speaker), false)))

function anyOf(strings: readonly string[]): TextExpression {
  const any = strings.length === 0 ? quoted(NO_CALL, false) : strings.join(' OR ')
  const text = strings.length > 1 ? `(${any})` : any
  return { kind: 'text', said: text, words: text, isShort: false }
}

function group(kind: 'and' | 'or', parts: readonly (Expression | null)[]): Expression | null {
  const of = parts.filter((part) => part !== null)
  const [only] = of
  return of.length < 2 ? (only ?? null) : { kind, of }
}

type Atom = Exclude<Expression, { kind: 'and' } | { kind: 'or' }>

/**
 * The expression as alternatives of things that hold together. What is all of words is left to FTS5 as it is. Null:
 * there are too many.
 */
function branchesOf(expression: Expression): Atom[][] | null {
  if (expression.kind !== 'and' && expression.kind !== 'or') return [[expression]]
  const text = expression.kind === 'or' ? textOf(expression) : null
  if (text !== null) return [[text]]
  let all: Atom[][] = expression.kind === 'and' ? [[]] : []
  for (const part of expression.of) {
    const more = branchesOf(part)
    if (more === null) return null
    all =
      expression.kind === 'or' ? [...all, ...more] : all.flatMap((one) => more.map((two) => [...one, ...two]))
    if (all.length > MAX_BRANCHES) return null
  }
  return all
}

function branchOf(atoms: readonly Atom[]): Branch {
  const wanted = atoms.filter((atom) => atom.kind === 'text')
  const excluded = atoms.filter((atom) => atom.kind === 'not').map(({ of }) => of)
  const sets = atoms.filter((atom) => atom.kind === 'keys')
  const days = atoms.filter((atom) => atom.kind === 'days')
  const conditions = atoms.filter((atom) => atom.kind === 'calls')
  const needsPlaces = [...wanted, ...excluded].some(({ words }) => words === null)
  // Short beginnings are slow to find among the places, and in the index of words as such.
  const aside = needsPlaces ? wanted.filter(({ isShort, words }) => isShort && words !== null) : wanted
  const placed = needsPlaces ? wanted.filter((text) => !aside.includes(text)).map(({ said }) => said) : []
  return {
    said: needsPlaces
      ? (matchOf(
          placed,
          excluded.map(({ said }) => said),
        ) ?? quoted(EVERY_CALL, false))
      : null,
    words: matchOf(
      aside.map(({ words }) => words ?? ''),
      needsPlaces ? [] : excluded.map(({ words }) => words ?? ''),
    ),
    minKey: greatest(days.map(({ minKey }) => minKey)),
    maxKey: greatest(
      days.map(({ maxKey }) => (maxKey === null ? null : -maxKey)),
      -1,
    ),
    conditions: [
      ...days.flatMap(({ condition }) => (condition === null ? [] : [condition])),
      ...conditions.map(({ condition }) => condition),
    ],
    isDeep: conditions.some(({ isDeep }) => isDeep),
    keySets: sets.map(({ set, isNegated }) => ({ ...set, isNegated })),
  }
}

function greatest(numbers: readonly (number | null)[], sign = 1): number | null {
  const known = numbers.filter((one) => one !== null)
  return known.length === 0 ? null : sign * Math.max(...known)
}

/** Null when nothing asks for the index. */
function matchOf(wanted: readonly string[], excluded: readonly string[]): string | null {
  if (wanted.length === 0 && excluded.length === 0) return null
  // Strings side by side: FTS5 drops those that its tokenizer finds nothing in, where AND would find nothing.
  const plain = wanted.filter((text) => !text.startsWith('('))
  const groups = wanted.filter((text) => text.startsWith('('))
  const parts = [...(plain.length > 0 ? [plain.join(' ')] : []), ...groups]
  if (parts.length === 0) parts.push(quoted(EVERY_CALL, false))
  const together = parts.join(' AND ')
  return excluded.length > 0 ? `(${together}) NOT (${excluded.join(' OR ')})` : together
}
