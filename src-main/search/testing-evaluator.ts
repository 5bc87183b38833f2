import type { AndGroup, FilterTerm, FilterValue, QueryNode, Speaker } from '@contract'
import type { VendorCall } from '../vendors/vendor-call'
import { rangeOf } from './days'

/** A call as the evaluator sees it: what is found in it, cut into words. */
export interface PlainCall {
  call: VendorCall
  /** Texts that a phrase may not reach over the end of. `speaker: null`: nobody said it. */
  texts: { speaker: Speaker | null; words: string[] }[]
  isAnnotated: boolean
  labels: string[]
  talk: PlainTalk | null
}

/** How people talked, in the units of the query. */
export interface PlainTalk {
  talk: number
  silence: number
  deadair: number
  monologue: number
  interruptions: number | null
  latency: number | null
}

/** Words of texts in Latin letters and digits; case and accents aside. */
export const wordsOf = (text: string): string[] =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[a-z0-9]+/g) ?? []

export function plainCall(call: VendorCall, labels: string[], talk: PlainTalk | null = null): PlainCall {
  const digits = (number: string | null): string[] =>
    number === null ? [] : [number, number.replace(/\D/g, '')]
  return {
    call,
    isAnnotated: labels.length > 0,
    labels,
    talk,
    texts: [
      ...call.turns.map(({ speaker, text }) => ({ speaker, words: wordsOf(text) })),
      { speaker: null, words: wordsOf(call.summary ?? '') },
      ...[call.externalId, ...digits(call.from), ...digits(call.to)].map((text) => ({
        speaker: null,
        words: wordsOf(text),
      })),
    ],
  }
}

/**
 * Whether a call fulfils a query, decided from the words of its texts alone, one by one: what the index has to
 * agree with. Knows Latin script, and the fields that the tests use.
 */
export function fulfils(one: PlainCall, root: AndGroup, nowMs: number): boolean {
  const evaluate = (node: QueryNode, scope: readonly Speaker[] | null): boolean | null => {
    const plain = evaluatePlain(node, scope)
    return plain === null ? null : plain !== node.isNegated
  }
  /** Null: it says nothing. */
  const evaluatePlain = (node: QueryNode, scope: readonly Speaker[] | null): boolean | null => {
    switch (node.kind) {
      case 'and':
        return all(node.nodes, scope)
      case 'or': {
        const parts = node.nodes.map((part) => evaluate(part, scope)).filter((part) => part !== null)
        return parts.length === 0 ? null : parts.some(Boolean)
      }
      case 'word':
      case 'phrase': {
        const words = wordsOf(node.text)
        if (words.length === 0) return null
        return texts(scope).some((text) => starts(text, words, node.isPrefix).length > 0)
      }
      case 'near': {
        const phrases = node.phrases
          .map(({ text, isPrefix }) => ({ words: wordsOf(text), isPrefix }))
          .filter(({ words }) => words.length > 0)
        if (phrases.length === 0) return null
        return texts(scope).some((text) =>
          areNear(
            phrases.map(({ words, isPrefix }) => ({
              length: words.length,
              at: starts(text, words, isPrefix),
            })),
            node.distance,
          ),
        )
      }
      case 'filter':
        if (node.field === 'speaker') {
          const { value } = node
          return one.call.turns.some(({ speaker }) => value.kind === 'choice' && value.choice === speaker)
        }
        return filter(node)
    }
  }
  const texts = (scope: readonly Speaker[] | null): string[][] =>
    one.texts
      .filter(({ speaker }) => scope === null || (speaker !== null && scope.includes(speaker)))
      .map(({ words }) => words)

  const all = (nodes: readonly QueryNode[], outer: readonly Speaker[] | null): boolean | null => {
    const speakers = nodes.filter((node) => node.kind === 'filter').filter(({ field }) => field === 'speaker')
    const named = (isNegated: boolean) =>
      speakers
        .filter((node) => node.isNegated === isNegated)
        .map(({ value }) => (value.kind === 'choice' ? value.choice : ''))
    const scope =
      speakers.length === 0
        ? outer
        : (['agent', 'caller', 'other'] as const).filter(
            (speaker) =>
              (named(false).length === 0 || named(false).includes(speaker)) && !named(true).includes(speaker),
          )
    const results: (boolean | null)[] = []
    const byField = new Map<string, FilterTerm[]>()
    for (const node of nodes) {
      if (node.kind === 'filter' && node.field === 'speaker') continue
      if (node.kind === 'filter' && !node.isNegated && node.field !== 'has') {
        const name = `${node.field}.${node.path}`
        byField.set(name, [...(byField.get(name) ?? []), node])
      } else results.push(evaluate(node, scope))
    }
    for (const filters of byField.values()) results.push(filters.some(filter))
    if (speakers.length > 0 && scope !== null && !nodes.some(hasWords))
      results.push(one.call.turns.some(({ speaker }) => scope.includes(speaker)))
    const known = results.filter((result) => result !== null)
    return known.length === 0 ? null : known.every(Boolean)
  }

  const filter = ({ field, path, value }: FilterTerm): boolean => {
    const { call } = one
    const spelled = (text: string | null): string => (text ?? '').toLowerCase().replace(/[\s_.-]+/g, '')
    const is = (text: string | null): boolean =>
      value.kind === 'text' &&
      text !== null &&
      (value.isPrefix ? spelled(text).startsWith(spelled(value.text)) : spelled(text) === spelled(value.text))
    switch (field) {
      case 'status':
        return is(call.status)
      case 'sentiment':
        return is(call.sentiment)
      case 'campaign':
        return is(call.campaignId)
      case 'goal':
        return is(call.goalAchieved)
      case 'score':
        return isIn(value, call.vendorScore)
      case 'duration':
        return isIn(value, call.durationMs === null ? null : call.durationMs / 1000)
      case 'date': {
        const { fromMs, toMs } = rangeOf(value, nowMs)
        const at = call.startedAtMs ?? 0
        return (fromMs === null || at >= fromMs) && (toMs === null || at < toMs)
      }
      case 'talk':
      case 'silence':
      case 'deadair':
      case 'monologue':
      case 'interruptions':
      case 'latency':
        return isIn(value, one.talk?.[field] ?? null)
      case 'has':
        if (value.kind === 'choice' && value.choice === 'deadair') return (one.talk?.deadair ?? 0) > 3
        return one.isAnnotated
      case 'label':
        return (
          value.kind === 'text' &&
          one.labels.some((label) => label.toLowerCase() === value.text.toLowerCase())
        )
      case 'data': {
        const said = call.fields[path ?? '']
        if (said === undefined || said === null) return false
        return value.kind === 'range' ? isIn(value, typeof said === 'number' ? said : null) : is(String(said))
      }
      default:
        throw new Error(`The evaluator does not know ${field}.`)
    }
  }
  return all(root.nodes, null) ?? true
}

function hasWords(node: QueryNode): boolean {
  if (node.kind === 'filter') return false
  if (node.kind !== 'and' && node.kind !== 'or') return true
  return (
    !node.nodes.some((part) => part.kind === 'filter' && part.field === 'speaker') &&
    node.nodes.some(hasWords)
  )
}

function isIn(value: FilterValue, number: number | null): boolean {
  if (value.kind !== 'range' || number === null) return false
  const isHigh = value.min === null || (value.minIncluded ? number >= value.min : number > value.min)
  const isLow = value.max === null || (value.maxIncluded ? number <= value.max : number < value.max)
  return isHigh && isLow
}

/** Where the words begin in the text, side by side. */
function starts(text: readonly string[], words: readonly string[], isPrefix: boolean): number[] {
  const found: number[] = []
  for (let at = 0; at + words.length <= text.length; at += 1)
    if (
      words.every((word, i) =>
        isPrefix && i === words.length - 1 ? text[at + i]?.startsWith(word) : text[at + i] === word,
      )
    )
      found.push(at)
  return found
}

/** FTS5's NEAR: at most `distance` words between the end of each phrase and the beginning of the last. */
const areNear = (phrases: readonly { length: number; at: readonly number[] }[], distance: number): boolean =>
  phrases.some(({ at }) =>
    at.some((last) =>
      phrases.every((one) => one.at.some((from) => from <= last && from + one.length + distance >= last)),
    ),
  )
