import type { Anchor, AnchorTurn } from './anchors'
import { contextOf } from './anchors'

/** A word of a transcript with its identity: it stays the same word when its spelling, or its turn, changes. */
interface KnownWord {
  id: number
  text: string
}

/** A transcript of which it is known where every word went. For tests and measurements. */
export interface KnownTurn {
  speaker: 'agent' | 'caller'
  words: KnownWord[]
}

export type Random = () => number

let lastId = 0
const words = (text: string): KnownWord[] =>
  text
    .split(/\s+/)
    .filter(Boolean)
    .map((one) => {
      lastId += 1
      return { id: lastId, text: one }
    })

export const knownTurns = (texts: readonly (readonly ['a' | 'u', string])[]): KnownTurn[] =>
  texts.map(([who, text]) => ({ speaker: who === 'a' ? 'agent' : 'caller', words: words(text) }))

/** The turns as a call has them. */
export const anchorTurns = (turns: readonly KnownTurn[]): AnchorTurn[] =>
  turns.map(({ speaker, words: all }, index) => ({
    index,
    speaker,
    text: all.map(({ text }) => text).join(' '),
  }))

/** The ids of the words that lie (at least by half) in a stretch of a turn. */
export function idsIn(turn: KnownTurn | undefined, start: number, end: number): number[] {
  let at = 0
  return (turn?.words ?? []).flatMap(({ id, text }) => {
    const from = at
    at += text.length + 1
    const overlap = Math.min(end, from + text.length) - Math.max(start, from)
    return overlap * 2 >= text.length && text.length > 0 ? [id] : []
  })
}

const below = (random: Random, count: number): number => Math.min(count - 1, Math.floor(random() * count))
const oneOf = <T>(random: Random, all: readonly T[]): T => {
  const one = all[below(random, all.length)]
  if (one === undefined) throw new Error('Nothing to choose from.')
  return one
}

const INSERTED = [
  'This call is recorded.',
  'Yes.',
  'Okay.',
  'Hello?',
  'One moment, please, while I look that up for you.',
  'Are you still there?',
  'Mhm.',
]
const OTHER_WORDS = ['maybe', 'the', 'new', 'please', 'about', 'seven', 'their', 'quickly', 'not']

type Edit = (turns: KnownTurn[], random: Random) => void

const at = (turns: KnownTurn[], random: Random): number => below(random, turns.length)

/** What vendors do to transcripts, by name. Each changes the turns that it is given. */
export const EDITS = {
  'turn inserted': (turns, random) => {
    const speaker = random() < 0.5 ? 'agent' : 'caller'
    turns.splice(below(random, turns.length + 1), 0, { speaker, words: words(oneOf(random, INSERTED)) })
  },
  'turn said twice': (turns, random) => {
    const { speaker, words: all } = oneOf(random, turns)
    const copy = words(all.map(({ text }) => text).join(' '))
    turns.splice(below(random, turns.length + 1), 0, { speaker, words: copy })
  },
  'turn removed': (turns, random) => {
    if (turns.length > 2) turns.splice(at(turns, random), 1)
  },
  'turns merged': (turns, random) => {
    if (turns.length < 3) return
    const index = below(random, turns.length - 1)
    const [first, second] = turns.slice(index, index + 2)
    if (first && second) turns.splice(index, 2, { ...first, words: [...first.words, ...second.words] })
  },
  'turn split': (turns, random) => {
    const index = at(turns, random)
    const turn = turns[index]
    if (!turn || turn.words.length < 2) return
    const cut = 1 + below(random, turn.words.length - 1)
    turns.splice(
      index,
      1,
      { ...turn, words: turn.words.slice(0, cut) },
      { ...turn, words: turn.words.slice(cut) },
    )
  },
  reworded: (turns, random) => {
    const turn = oneOf(random, turns)
    for (let i = 0; i < 1 + below(random, 3); i += 1) {
      const word = turn.words[below(random, turn.words.length)]
      if (word) Object.assign(word, { text: oneOf(random, OTHER_WORDS) })
    }
  },
  'words put in': (turns, random) => {
    const turn = oneOf(random, turns)
    turn.words.splice(
      below(random, turn.words.length + 1),
      0,
      ...words(oneOf(random, ['um', 'well you know', 'I mean'])),
    )
  },
  'turns reordered': (turns, random) => {
    const index = below(random, Math.max(1, turns.length - 1))
    const [first, second] = turns.slice(index, index + 2)
    if (first && second) turns.splice(index, 2, second, first)
  },
  'punctuation and case': (turns) => {
    for (const { words: all } of turns)
      for (const word of all) word.text = word.text.replace(/[.,?!]/g, '').toLowerCase() || 'ah'
  },
  spaces: (turns, random) => {
    for (const { words: all } of turns) for (const word of all) if (random() < 0.2) word.text += ' '
  },
  'Unicode form': (turns) => {
    for (const { words: all } of turns) for (const word of all) word.text = word.text.normalize('NFD')
  },
} satisfies Record<string, Edit>

export type EditName = keyof typeof EDITS

export interface Trial {
  anchor: Anchor
  /** The ids of the words that were annotated. */
  ids: number[]
  /** After the edits. */
  turns: KnownTurn[]
  edits: EditName[]
}

/** A random annotation (a whole turn, or a quote of whole words) and a transcript that was edited after it. */
export function makeTrial(
  dialogue: readonly (readonly ['a' | 'u', string])[],
  random: Random,
  edits: readonly EditName[],
): Trial {
  const turns = knownTurns(dialogue)
  const before = anchorTurns(turns)
  const index = at(turns, random)
  const all = turns[index]?.words ?? []
  const isWhole = random() < 0.4
  const first = isWhole ? 0 : below(random, all.length)
  const count = isWhole ? all.length : 1 + below(random, Math.min(8, all.length - first))
  const ids = all.slice(first, first + count).map(({ id }) => id)
  const text = before[index]?.text ?? ''
  const start = all.slice(0, first).reduce((sum, word) => sum + word.text.length + 1, 0)
  const end = start + all.slice(first, first + count).reduce((sum, word) => sum + word.text.length + 1, -1)
  const anchor: Anchor = {
    turnIndex: index,
    turnSpeaker: before[index]?.speaker ?? null,
    turnText: text,
    quote: isWhole ? null : { text: text.slice(start, end), start },
    ...contextOf(before, index, isWhole ? 0 : start, isWhole ? text.length : end),
  }
  const now = turns.map(({ speaker, words: own }) => ({ speaker, words: own.map((word) => ({ ...word })) }))
  for (const name of edits) EDITS[name](now, random)
  return { anchor, ids, turns: now, edits: [...edits] }
}

export type Verdict = 'right' | 'lost' | 'gone' | 'wrong'

/**
 * How well a trial ended. `right`: on its words (for a turn: on the turn that holds them). `gone`: said lost, and most
 * of its words are no longer there. `lost`: said lost although they are. `wrong`: on other words.
 */
export function judge(
  { anchor, ids, turns }: Trial,
  found: { status: string; turnIndex: number; quoteStart: number | null; quoteEnd: number | null },
): Verdict {
  const wanted = new Set(ids)
  if (found.status === 'orphaned') {
    const left = turns.flatMap((turn) => turn.words).filter(({ id }) => wanted.has(id)).length
    return left * 2 < ids.length ? 'gone' : 'lost'
  }
  const turn = turns[found.turnIndex]
  const length = anchorTurns(turn ? [turn] : [])[0]?.text.length ?? 0
  const inRange = idsIn(turn, found.quoteStart ?? 0, found.quoteEnd ?? length)
  const hits = inRange.filter((id) => wanted.has(id)).length
  const isRight =
    anchor.quote === null
      ? hits >= ids.length * 0.4
      : hits >= ids.length * 0.4 && hits >= inRange.length * 0.5
  return isRight ? 'right' : 'wrong'
}
