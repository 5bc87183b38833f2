import type { Annotation, AnnotationPlace, Turn, TurnMatches } from '@contract'
import type { Match } from './match-walk'
import type { Mark } from './text-marks'

/** Where a quote stands in a turn's text now: at its offsets, else where its words are found. Null: nowhere. */
export function locateQuote(
  text: string,
  { quote, quoteStart, quoteEnd }: Extract<AnnotationPlace, { kind: 'quote' }>,
): { from: number; to: number } | null {
  if (text.slice(quoteStart, quoteEnd) === quote) return { from: quoteStart, to: quoteEnd }
  const found = text.indexOf(quote)
  return found < 0 ? null : { from: found, to: found + quote.length }
}

/** Everything that is marked in a call's turns, by turn index. Turns without marks are absent. */
export function marksByTurn(
  turns: readonly Turn[],
  matches: readonly TurnMatches[],
  annotations: readonly Annotation[],
  draft: AnnotationPlace | null,
  current: Match | null = null,
): Map<number, Mark[]> {
  const byTurn = new Map<number, Mark[]>()
  const texts = new Map(turns.map((turn) => [turn.index, turn.text]))
  const add = (turnIndex: number, mark: Mark) => {
    const marks = byTurn.get(turnIndex)
    if (marks) marks.push(mark)
    else byTurn.set(turnIndex, [mark])
  }
  const addQuote = (place: AnnotationPlace, kind: 'annotation' | 'draft', id: string) => {
    if (place.kind !== 'quote') return
    const range = locateQuote(texts.get(place.turnIndex) ?? '', place)
    if (range) add(place.turnIndex, { ...range, kind, id })
  }
  for (const { turnIndex, ranges } of matches)
    for (const [from, to] of ranges) add(turnIndex, { from, to, kind: 'match', id: '' })
  for (const { place, id, status } of annotations)
    if (status !== 'orphaned') addQuote(place, 'annotation', id)
  if (draft) addQuote(draft, 'draft', '')
  if (current) add(current.turnIndex, { from: current.from, to: current.to, kind: 'current', id: '' })
  return byTurn
}

/** The turns that an annotation is on as a whole. */
export const annotatedTurns = (annotations: readonly Annotation[]): Set<number> =>
  new Set(
    annotations.flatMap(({ place, status }) =>
      place.kind === 'turn' && status !== 'orphaned' ? [place.turnIndex] : [],
    ),
  )
