import { spokenLength } from '../../calls/spoken-length'

/** A word of a turn: UTF-16 offsets in the text, seconds in the recording. */
export interface WordTime {
  readonly from: number
  readonly until: number
  readonly startSec: number
  readonly endSec: number
}

const WORDS = new Intl.Segmenter(undefined, { granularity: 'word' })
const MOST_WORDS = 20_000

/**
 * When each word of a turn is probably said: the turn's speech shared by how long each word takes to say, over pauses
 * without speech. Words are those of Unicode (UAX 29), for scripts without spaces too.
 *
 * @param segments where somebody speaks, s, in order; those outside [startSec, endSec] do not count, none counts as all
 * @returns in the text's order, never overlapping, within [startSec, endSec]
 */
export function wordTimes(
  text: string,
  startSec: number,
  endSec: number,
  segments: readonly { readonly startSec: number; readonly endSec: number }[],
): WordTime[] {
  const end = Math.max(startSec, endSec)
  const clipped = segments.flatMap((segment) => {
    const from = Math.max(startSec, segment.startSec)
    const until = Math.min(end, segment.endSec)
    return until > from ? [{ from, until }] : []
  })
  const speech = clipped.length > 0 ? clipped : [{ from: startSec, until: end }]
  const words: { from: number; until: number; units: number }[] = []
  for (const { segment, index, isWordLike } of WORDS.segment(text)) {
    if (words.length === MOST_WORDS) break
    // What follows a word as punctuation is said as a pause, which is in no segment.
    if (isWordLike)
      words.push({
        from: index,
        until: index + segment.length,
        units: Math.max(1, spokenLength(segment) - 3),
      })
  }
  const total = words.reduce((sum, { units }) => sum + units, 0)
  const all = speech.reduce((sum, { from, until }) => sum + until - from, 0)
  const at = (share: number, ending: boolean): number => {
    let left = share * all
    for (const { from, until } of speech) {
      const length = until - from
      if (left < length || (ending && left <= length)) return from + left
      left -= length
    }
    return speech.at(-1)?.until ?? end
  }
  let before = 0
  return words.map(({ from, until, units }) => {
    const start = at(before / total, false)
    before += units
    return { from, until, startSec: start, endSec: Math.max(start, at(Math.min(1, before / total), true)) }
  })
}
