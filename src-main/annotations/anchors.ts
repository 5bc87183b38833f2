import type { AnchorStatus, Speaker } from '@contract'

/** How much of the text around a quote is kept, so that it is found again among equal words. */
export const CONTEXT_CHARS = 64

/** Where an annotation was, as it was written. Offsets are UTF-16, in the turn's text as shown. */
export interface Anchor {
  turnIndex: number | null
  turnText: string | null
  turnSpeaker: Speaker | null
  quote: string | null
  quoteStart: number | null
  quoteEnd: number | null
  quoteBefore: string | null
  quoteAfter: string | null
}

export interface AnchorTurn {
  index: number
  speaker: Speaker
  text: string
}

export interface Located {
  status: AnchorStatus
  turnIndex: number | null
  quoteStart: number | null
  quoteEnd: number | null
}

/**
 * Where an annotation's text is in the call's turns as they are now. The same place: `anchored`. Elsewhere, because
 * the vendor changed the transcript: `moved`, to the nearest of the best fits. Nowhere: `orphaned`, with the place
 * as it was. Annotations without a turn stay where they are.
 */
export function locate(anchor: Anchor, turns: readonly AnchorTurn[]): Located {
  const { turnIndex, turnText, quote, quoteStart, quoteEnd } = anchor
  const asWritten = { turnIndex, quoteStart, quoteEnd }
  if (turnIndex === null || turnText === null) return { status: 'anchored', ...asWritten }
  const same = turns.find((turn) => turn.index === turnIndex)
  if (same?.text === turnText) return { status: 'anchored', ...asWritten }
  if (same && quote !== null && quoteStart !== null && same.text.startsWith(quote, quoteStart))
    return { status: 'anchored', ...asWritten }

  let best: { score: number; distance: number; located: Located } | null = null
  for (const turn of turns) {
    const distance = Math.abs(turn.index - turnIndex)
    for (const [at, fit] of quote === null ? wholeTurn(anchor, turn) : quotesIn(anchor, quote, turn)) {
      const score = fit + (turn.speaker === anchor.turnSpeaker ? 1 : 0)
      if (best && (score < best.score || (score === best.score && distance >= best.distance))) continue
      best = {
        score,
        distance,
        located: {
          status: 'moved',
          turnIndex: turn.index,
          quoteStart: quote === null ? null : at,
          quoteEnd: quote === null ? null : at + quote.length,
        },
      }
    }
  }
  return best?.located ?? { status: 'orphaned', ...asWritten }
}

/** A turn annotated as a whole is found by its whole text. */
function wholeTurn(anchor: Anchor, turn: AnchorTurn): [number, number][] {
  return turn.text === anchor.turnText ? [[0, 0]] : []
}

/** Each place of the quote in a turn, with how many characters of its context fit there. */
function quotesIn(anchor: Anchor, quote: string, turn: AnchorTurn): [number, number][] {
  const places: [number, number][] = []
  for (let at = turn.text.indexOf(quote); at !== -1; at = turn.text.indexOf(quote, at + 1)) {
    const before = commonEnd(turn.text.slice(0, at), anchor.quoteBefore ?? '')
    const after = commonStart(turn.text.slice(at + quote.length), anchor.quoteAfter ?? '')
    places.push([at, before + after])
  }
  return places
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

/** What to keep of the text around a quote. */
export const contextOf = (text: string, start: number, end: number): { before: string; after: string } => ({
  before: text.slice(Math.max(0, start - CONTEXT_CHARS), start),
  after: text.slice(end, end + CONTEXT_CHARS),
})
