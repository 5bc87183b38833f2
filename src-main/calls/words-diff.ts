import type { WordPart } from '@contract'
import { diffArrays } from 'diff'

/** Of the part in which two texts differ, on either side: more is shown as replaced, not compared word by word. */
const MOST_COMPARED = 100_000
const MOST_EDITS = 2_000
const MOST_MS = 60
/** What is shown of an unchanged stretch on each side of a change, and of a changed one at each end. */
const SAME_CHARS = 80
const CHANGED_CHARS = 700
const MOST_PARTS = 240

const words = new Intl.Segmenter('und', { granularity: 'word' })

/**
 * Two texts in one, word by word: what stayed, went, and came; long stretches shortened (`cut`). Words as Unicode
 * separates them, so that scripts without spaces are compared word by word too and no character is torn apart. Takes
 * a bounded time: texts that differ too much are one removal and one addition. `isHurried`: so they are at once.
 */
export function wordParts(before: string, after: string, isHurried = false): WordPart[] {
  const { start, end } = unequalPart(before, after)
  const left = before.slice(start, before.length - end)
  const right = after.slice(start, after.length - end)
  const compared =
    isHurried || left.length > MOST_COMPARED || right.length > MOST_COMPARED ? null : comparison(left, right)
  const parts: WordPart[] = [
    { text: before.slice(0, start), kind: 'same' },
    ...(compared ?? [
      { text: left, kind: 'removed' },
      { text: right, kind: 'added' },
    ]),
    { text: end === 0 ? '' : before.slice(-end), kind: 'same' },
  ]
  return shortened(joined(parts))
}

/** How much of two texts is equal at the beginning and at the end, in whole words (or nearly, in a very long one). */
function unequalPart(before: string, after: string): { start: number; end: number } {
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start += 1
  let end = 0
  while (
    end < shorter - start &&
    before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end)
  )
    end += 1
  // Back to a space, so that a word is compared as a whole. Without one, far enough for any cluster of characters.
  const head = before.slice(Math.max(0, start - 60), start)
  const space = head.search(/\s\S*$/)
  start -= space >= 0 ? head.length - space : head.length
  const tail = end === 0 ? '' : before.slice(-end).slice(0, 60)
  const next = tail.search(/\s/)
  end -= next >= 0 ? next : tail.length
  return { start, end }
}

function comparison(left: string, right: string): WordPart[] | null {
  const changes = diffArrays(wordsIn(left), wordsIn(right), { maxEditLength: MOST_EDITS, timeout: MOST_MS })
  return (
    changes?.map(({ value, added, removed }) => ({
      text: value.join(''),
      kind: added ? 'added' : removed ? 'removed' : 'same',
    })) ?? null
  )
}

const wordsIn = (text: string): string[] => [...words.segment(text)].map(({ segment }) => segment)

/**
 * Neighbours of one kind together, and changes between which nothing but a space stayed as one change: "the old line"
 * to "a new row" reads better than three replacements. Removed stands before added.
 */
function joined(parts: readonly WordPart[]): WordPart[] {
  const result: WordPart[] = []
  let removed = ''
  let added = ''
  const flush = () => {
    if (removed !== '') result.push({ text: removed, kind: 'removed' })
    if (added !== '') result.push({ text: added, kind: 'added' })
    removed = ''
    added = ''
  }
  const given = parts.filter(({ text }) => text !== '')
  for (const [index, { text, kind }] of given.entries()) {
    if (kind === 'removed') removed += text
    else if (kind === 'added') added += text
    else if (removed !== '' && added !== '' && /^\s{1,2}$/.test(text) && isChange(given[index + 1])) {
      removed += text
      added += text
    } else {
      flush()
      result.push({ text, kind })
    }
  }
  flush()
  return result
}

const isChange = (part: WordPart | undefined): boolean => part?.kind === 'removed' || part?.kind === 'added'

const GAP: WordPart = { text: '…', kind: 'cut' }

function shortened(parts: readonly WordPart[]): WordPart[] {
  const all = parts.flatMap((part, index): WordPart[] => {
    const { text, kind } = part
    if (kind !== 'same') {
      if (text.length <= 2 * CHANGED_CHARS) return [part]
      return [
        { text: firstWordsOf(text, CHANGED_CHARS), kind },
        GAP,
        { text: lastOf(text, CHANGED_CHARS), kind },
      ]
    }
    if (text.length <= 2 * SAME_CHARS + 20) return [part]
    const first: WordPart = { text: firstWordsOf(text, SAME_CHARS), kind }
    const last: WordPart = { text: lastOf(text, SAME_CHARS), kind }
    if (index === 0) return [GAP, last]
    return index === parts.length - 1 ? [first, GAP] : [first, GAP, last]
  })
  return all.length <= MOST_PARTS ? all : [...all.slice(0, MOST_PARTS), GAP]
}

/** The first characters of a text, no surrogate pair torn apart. */
export const firstOf = (text: string, length: number): string =>
  text.slice(0, length).replace(/[\ud800-\udbff]$/, '')

/** The last characters of a text, from the beginning of a word where one is near. */
const lastOf = (text: string, length: number): string =>
  text
    .slice(-length)
    .replace(/^[\udc00-\udfff]/, '')
    .replace(/^\S{1,20}(?=\s)/, '')

/** The first ones, to the end of a word where one is near. */
const firstWordsOf = (text: string, length: number): string =>
  firstOf(text, length).replace(/(?<=\s)\S{1,20}$/, '')
