import type { AnchorStatus, Speaker } from '@contract'
import { findAlike } from './alike'

/** How much of what was said around a place is kept, so that it is found again among equal words. */
export const CONTEXT_CHARS = 64
/** A text this long that occurs once is found again whatever stands around it; a shorter one needs its context. */
export const TELLING_CHARS = 12
/** A quote such as "a" in a huge turn: more places than these are not weighed against each other. */
const MOST_PLACES = 10_000

/** A place in a call's turns as it was written. Offsets are UTF-16, in the turn's text as shown. */
export interface Anchor {
  turnIndex: number
  turnSpeaker: Speaker | null
  turnText: string
  /** Null: the whole turn. */
  quote: { text: string; start: number } | null
  /** The end of what was said before the place, and the beginning of what was said after it. */
  before: string
  after: string
}

export interface AnchorTurn {
  index: number
  speaker: Speaker
  text: string
}

export interface Located {
  status: AnchorStatus
  /** As written where the status is `orphaned`. Offsets are null for a whole turn. */
  turnIndex: number
  quoteStart: number | null
  quoteEnd: number | null
}

interface Place {
  turnIndex: number
  start: number
  /** How many characters of the context fit there. */
  fit: number
  sameSpeaker: boolean
  distance: number
}

/**
 * Where an annotation's text is in the call's turns as they are now. The same place: `anchored`. Elsewhere or in
 * slightly other words, because the vendor changed the transcript: `moved`. `orphaned`: it is gone, or what is left of
 * it and around it is too little to tell it from other places.
 */
export function locate(anchor: Anchor, turns: readonly AnchorTurn[]): Located {
  const { turnIndex, turnText, quote } = anchor
  const length = quote?.text.length ?? turnText.length
  const start = quote?.start ?? 0
  const own = turns.findIndex((turn) => turn.index === turnIndex)
  const same = turns[own]
  const isHere =
    same?.text === turnText || (quote !== null && (same?.text.startsWith(quote.text, start) ?? false))
  const fitHere = isHere ? placeAt(anchor, turns, own, start, length).fit : 0
  if (isHere && fitHere >= anchor.before.length + anchor.after.length)
    return { status: 'anchored', turnIndex, ...offsets(quote, start, start + length) }
  const alike = findAlike(anchor, turns)
  if (alike === undefined) return locateExactly(anchor, turns)
  const turn = alike && turns[alike.position]
  if (!alike || !turn) return { status: 'orphaned', turnIndex, ...offsets(quote, start, start + length) }
  const found = quote ? withPunctuation(quote.text, turn.text, alike) : { start: 0, end: turn.text.length }
  const isSame =
    turn.index === turnIndex &&
    (quote ? found.start === start && turn.text.startsWith(quote.text, start) : turn.text === turnText)
  return {
    status: isSame ? 'anchored' : 'moved',
    turnIndex: turn.index,
    ...offsets(quote, found.start, found.end),
  }
}

const offsets = (quote: Anchor['quote'], start: number, end: number) => ({
  quoteStart: quote && start,
  quoteEnd: quote && end,
})

/** Words that were found, with what stood before and behind them in the quote where it still does. */
function withPunctuation(
  quote: string,
  text: string,
  { start, end }: { start: number; end: number },
): { start: number; end: number } {
  const [lead = ''] = /^[^\p{L}\p{M}\p{N}]*/u.exec(quote) ?? []
  const [trail = ''] = /[^\p{L}\p{M}\p{N}]*$/u.exec(quote) ?? []
  return {
    start: text.endsWith(lead, start) ? start - lead.length : start,
    end: text.startsWith(trail, end) ? end + trail.length : end,
  }
}

/** By the very same characters: for texts without words, half words, and huge transcripts. */
function locateExactly(anchor: Anchor, turns: readonly AnchorTurn[]): Located {
  const { turnIndex, turnText, quote } = anchor
  const length = quote?.text.length ?? turnText.length
  const at = (status: AnchorStatus, index: number, start: number): Located => ({
    status,
    turnIndex: index,
    ...offsets(quote, start, start + length),
  })
  const start = quote?.start ?? 0
  const own = turns.findIndex((turn) => turn.index === turnIndex)
  const same = turns[own]
  const isSameTurn = same?.text === turnText
  const isHere = isSameTurn || (quote !== null && (same?.text.startsWith(quote.text, start) ?? false))
  const fitHere = isHere ? placeAt(anchor, turns, own, start, length).fit : 0
  const [best, next] = placesOf(anchor, turns, length)
  const isFound = best !== undefined && isEvident(anchor, best.fit) && best.fit > (next?.fit ?? -1)
  if (isHere && isEvident(anchor, fitHere) && !(isFound && best.fit > fitHere))
    return at('anchored', turnIndex, start)
  // A long turn that reads as before is itself, whatever came around it.
  if (isHere && isSameTurn && turnText.length >= TELLING_CHARS && !isFound)
    return at('anchored', turnIndex, start)
  return isFound ? at('moved', best.turnIndex, best.start) : at('orphaned', turnIndex, start)
}

/** Where the same text stands, the best first. */
function placesOf(anchor: Anchor, turns: readonly AnchorTurn[], length: number): Place[] {
  const { quote, turnText } = anchor
  const places: Place[] = []
  for (const [position, turn] of turns.entries()) {
    if (quote === null) {
      if (turn.text === turnText) places.push(placeAt(anchor, turns, position, 0, length))
      continue
    }
    let found = turn.text.indexOf(quote.text)
    while (found !== -1 && places.length < MOST_PLACES) {
      places.push(placeAt(anchor, turns, position, found, length))
      found = turn.text.indexOf(quote.text, found + 1)
    }
  }
  return places.sort(
    (a, b) => b.fit - a.fit || Number(b.sameSpeaker) - Number(a.sameSpeaker) || a.distance - b.distance,
  )
}

const isEvident = ({ before, after }: Anchor, fit: number): boolean =>
  fit >= Math.min(TELLING_CHARS, before.length + after.length)

function placeAt(
  anchor: Anchor,
  turns: readonly AnchorTurn[],
  position: number,
  start: number,
  length: number,
): Place {
  const { before, after } = contextOf(turns, position, start, start + length)
  const turn = turns[position]
  const turnIndex = turn?.index ?? anchor.turnIndex
  return {
    turnIndex,
    start,
    fit: commonEnd(before, anchor.before) + commonStart(after, anchor.after),
    sameSpeaker: turn?.speaker === anchor.turnSpeaker,
    distance: Math.abs(turnIndex - anchor.turnIndex),
  }
}

/**
 * What was said around a stretch of a turn, neighbouring turns included (a line break stands between turns), at
 * most `CONTEXT_CHARS` on each side. `position`: in `turns`.
 */
export function contextOf(
  turns: readonly Pick<AnchorTurn, 'text'>[],
  position: number,
  start: number,
  end: number,
): { before: string; after: string } {
  const text = turns[position]?.text ?? ''
  let before = text.slice(Math.max(0, start - CONTEXT_CHARS), start)
  for (let i = position - 1; i >= 0 && before.length < CONTEXT_CHARS; i -= 1)
    before = `${turns[i]?.text.slice(-CONTEXT_CHARS)}\n${before}`
  let after = text.slice(end, end + CONTEXT_CHARS)
  for (let i = position + 1; i < turns.length && after.length < CONTEXT_CHARS; i += 1)
    after = `${after}\n${turns[i]?.text.slice(0, CONTEXT_CHARS)}`
  return { before: before.slice(-CONTEXT_CHARS), after: after.slice(0, CONTEXT_CHARS) }
}

function commonStart(a: string, b: string): number {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1
  return length
}

function commonEnd(a: string, b: string): number {
  let length = 0
  while (length < a.length && length < b.length && a.at(-1 - length) === b.at(-1 - length)) length += 1
  return length
}
