import { type Difference, type FactName, FactName as FactNames, MOST_DIFFERENCES } from '@contract'
import { alignTurns } from './align'
import { canonicalJson } from './canonical'
import type { Meaning, Meant, MeantTurn } from './meaning'
import { firstOf, wordParts } from './words-diff'

/** Characters shown of a value that is there once only. */
const MOST_TEXT = 1_000
/** All texts of one answer together are compared word by word for so long; later ones are shown as replaced. */
const WORDS_MS = 250
/** Differences that results and facts may take from those of a long transcript. */
const BESIDE_TRANSCRIPT = 80

/** A difference before its texts are prepared for showing. */
type Found = Pick<Difference, 'area' | 'path' | 'turn' | 'fact'> & {
  before: string | null
  after: string | null
}

/**
 * What differs between two meanings of a call, those of the transcript first, and how many differences there are;
 * none exactly when the meanings are equal. `at`: when the later one was first seen.
 */
export function differencesOf(
  before: Meaning,
  after: Meaning,
  at: string,
): { differences: Difference[]; count: number } {
  const said = turnDifferences(before.turns, after.turns)
  const told = factDifferences(before, after)
  const results = told.filter(({ area }) => area === 'results')
  const facts = told.filter(({ area }) => area === 'facts')
  const room = MOST_DIFFERENCES - Math.min(told.length, BESIDE_TRANSCRIPT)
  const shown = [...said.slice(0, room), ...results, ...facts].slice(0, MOST_DIFFERENCES)
  const startedMs = performance.now()
  return {
    differences: shown.map((found) => differenceOf(found, at, performance.now() - startedMs > WORDS_MS)),
    count: said.length + told.length,
  }
}

function differenceOf({ before, after, ...found }: Found, at: string, isHurried: boolean): Difference {
  return {
    ...found,
    kind: before === null ? 'added' : after === null ? 'removed' : 'changed',
    before: before === null ? null : cut(before),
    after: after === null ? null : cut(after),
    words: before === null || after === null ? null : wordParts(before, after, isHurried),
    at,
  }
}

const cut = (text: string): string => (text.length > MOST_TEXT ? `${firstOf(text, MOST_TEXT)}…` : text)

function turnDifferences(before: readonly MeantTurn[], after: readonly MeantTurn[]): Found[] {
  const found: Found[] = []
  for (const pair of alignTurns(before, after)) {
    const old = pair.before === null ? null : (before[pair.before] ?? null)
    const now = pair.after === null ? null : (after[pair.after] ?? null)
    const { speaker } = now ?? old ?? { speaker: 'other' as const }
    const place = { index: pair.after, beforeIndex: pair.before, speaker }
    const name = `Turn ${(pair.after ?? pair.before ?? 0) + 1}`
    const base = { area: 'transcript', fact: null } as const
    if (!old || !now) {
      const whole = { ...base, path: `${name}, ${speaker}`, turn: { ...place, aspect: 'text' as const } }
      found.push({ ...whole, before: old && wholeTurn(old), after: now && wholeTurn(now) })
      continue
    }
    const aspect = (
      what: 'text' | 'speaker' | 'redirect',
      words: string,
      was: string | null,
      is: string | null,
    ) => {
      if (was !== is)
        found.push({
          ...base,
          path: `${name}, ${words}`,
          turn: { ...place, aspect: what },
          before: was,
          after: is,
        })
    }
    aspect('text', speaker, old.text, now.text)
    aspect('speaker', 'speaker', old.speaker, now.speaker)
    aspect('redirect', 'sent on to', old.redirect, now.redirect)
  }
  return found
}

const wholeTurn = ({ text, redirect }: MeantTurn): string =>
  redirect === null ? text : `${text} [${redirect}]`.trim()

/** Names for people; the same as the screen's. */
const FACT_WORDS: Readonly<Record<FactName, string>> = {
  status: 'Status',
  sentiment: 'Sentiment',
  goalAchieved: 'Goal achieved',
  from: 'From',
  to: 'To',
  party: 'Other party',
  summary: 'Summary',
  vendorScore: 'QA score',
  duration: 'Length',
  started: 'Started',
  ended: 'Ended',
}

/** What judges the call; the rest are facts of it. */
const JUDGING: readonly FactName[] = ['sentiment', 'goalAchieved', 'summary', 'vendorScore']
const JUDGING_FIELDS = [
  'extracted_data',
  'post_call_data',
  'analysis',
  'qa_results',
  'qa',
  'call_categorization',
]

function factDifferences(before: Meaning, after: Meaning): Found[] {
  const fields: Found[] = []
  const names = new Set([...Object.keys(before.fields), ...Object.keys(after.fields)])
  for (const name of names) {
    const area = JUDGING_FIELDS.includes(name.toLowerCase()) ? 'results' : 'facts'
    for (const { path, was, is } of leaves([name], own(before.fields, name), own(after.fields, name)))
      fields.push({ area, path: pathWords(path), turn: null, fact: null, before: was, after: is })
  }
  const facts: Found[] = []
  for (const fact of FactNames.options) {
    const was = factText(fact, before.facts[fact])
    const is = factText(fact, after.facts[fact])
    if (before.facts[fact] === after.facts[fact]) continue
    // The other party is one of the two numbers, and the score is read out of the QA results.
    const repeated = fact === 'party' ? facts : fact === 'vendorScore' ? fields : []
    if (repeated.some((other) => other.before === was && other.after === is)) continue
    const area = JUDGING.includes(fact) ? 'results' : 'facts'
    facts.push({ area, path: FACT_WORDS[fact], turn: null, fact, before: was, after: is })
  }
  return [...facts, ...fields]
}

function factText(fact: FactName, value: string | undefined): string | null {
  if (value === undefined) return null
  if (fact === 'duration') return `${Number(value) / 1000} s`
  if (fact !== 'started' && fact !== 'ended') return value
  const date = new Date(Number(value))
  return Number.isNaN(date.getTime()) ? value : date.toISOString()
}

const own = (fields: Readonly<Record<string, Meant>>, name: string): Meant | undefined =>
  Object.hasOwn(fields, name) ? fields[name] : undefined

/** `["qa_results", "overall_score"]` as "QA results › overall score". */
function pathWords(path: readonly string[]): string {
  const text = path
    .map((name) => firstOf(name.replaceAll('_', ' ').trim(), 80))
    .join(' › ')
    .replace(/^qa\b/i, 'QA')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

interface Leaf {
  path: string[]
  was: string | null
  is: string | null
}

/** The single values in which two values differ. */
function* leaves(path: string[], was: Meant | undefined, is: Meant | undefined): Generator<Leaf> {
  if (was === is) return
  if (typeof was === 'string' || typeof is === 'string' || isPlainList(was) || isPlainList(is)) {
    const wasText = plainText(was)
    const isText = plainText(is)
    const isBoth = (was === undefined || wasText !== null) && (is === undefined || isText !== null)
    if (isBoth) {
      // A list of one and its one value read alike; they still are a change.
      if (wasText !== isText || shapeOf(was) !== shapeOf(is)) yield { path, was: wasText, is: isText }
      return
    }
    yield* leaves(path, was, undefined)
    yield* leaves(path, undefined, is)
    return
  }
  if (Array.isArray(was) || Array.isArray(is)) {
    if ((was === undefined || Array.isArray(was)) && (is === undefined || Array.isArray(is)))
      yield* listLeaves(path, was ?? [], is ?? [])
    else {
      yield* leaves(path, was, undefined)
      yield* leaves(path, undefined, is)
    }
    return
  }
  const left = was ?? {}
  const right = is ?? {}
  for (const name of new Set([...Object.keys(left), ...Object.keys(right)]))
    yield* leaves([...path, name], own(left, name), own(right, name))
}

/** A list of texts is read as one text. */
const isPlainList = (value: Meant | undefined): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

const plainText = (value: Meant | undefined): string | null => {
  if (typeof value === 'string') return value
  return Array.isArray(value) && isPlainList(value) ? value.join(', ') : null
}

const shapeOf = (value: Meant | undefined): string => (value === undefined ? '' : canonicalJson(value))

/** By one of these the items of a list are known again, when every item has it and no two have the same. */
const NAMING = ['id', 'name', 'key', 'criterion', 'criteria', 'question', 'title', 'label', 'metric', 'field']

function* listLeaves(path: string[], was: readonly Meant[], is: readonly Meant[]): Generator<Leaf> {
  const naming = NAMING.find((name) => [was, is].every((items) => areNamedBy(items, name)))
  if (naming !== undefined) {
    const left = new Map(was.map((item) => [nameIn(item, naming) ?? '', item]))
    const right = new Map(is.map((item) => [nameIn(item, naming) ?? '', item]))
    for (const name of new Set([...left.keys(), ...right.keys()]))
      yield* leaves([...path, name], left.get(name), right.get(name))
    // The same items in another order are another list.
    if ([...left.keys()].join('\n') !== [...right.keys()].join('\n') && sameItems(left, right))
      yield { path, was: [...left.keys()].join(', '), is: [...right.keys()].join(', ') }
    return
  }
  const old = was.map((item) => canonicalJson(item))
  const now = is.map((item) => canonicalJson(item))
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1
  let end = 0
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end))
    end += 1
  const longer = Math.max(old.length, now.length) - end
  for (let i = start; i < longer; i += 1)
    yield* leaves(
      [...path, String(i + 1)],
      i < old.length - end ? was[i] : undefined,
      i < now.length - end ? is[i] : undefined,
    )
}

function nameIn(item: Meant, name: string): string | null {
  if (typeof item === 'string' || Array.isArray(item)) return null
  const value = own(item, name)
  return typeof value === 'string' ? value : null
}

const areNamedBy = (items: readonly Meant[], name: string): boolean => {
  const names = items.map((item) => nameIn(item, name))
  return !names.includes(null) && new Set(names).size === names.length
}

const sameItems = (a: ReadonlyMap<string, Meant>, b: ReadonlyMap<string, Meant>): boolean =>
  a.size === b.size &&
  [...a].every(([name, item]) => {
    const other = b.get(name)
    return other !== undefined && canonicalJson(item) === canonicalJson(other)
  })
