import type { QueryProblem } from '@contract'

/** Columns that a terminal gives a character: two for the wide ones of East Asia and for pictures, none for accents. */
const widthOf = (character: string): number => {
  if (/[\p{Mn}\p{Me}\p{Cf}]/u.test(character)) return 0
  return /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\u{1F000}-\u{1FAFF}\u{20000}-\u{3FFFF}]/u.test(
    character,
  )
    ? 2
    : 1
}
const columns = (text: string): number => [...text].reduce((sum, character) => sum + widthOf(character), 0)

/** Shown of a query on either side of a problem. */
const AROUND = 60

/** A problem of a query as lines for a terminal: the sentence, the query, and carets under the place. */
export function problemLines(query: string, { from, to, message }: QueryProblem): string {
  const start = from <= AROUND ? 0 : from - AROUND
  const end = Math.min(query.length, Math.max(to, from + 1) + AROUND)
  // Control characters would move the carets, or worse.
  const shown = (text: string): string => text.replace(/\p{Cc}/gu, ' ')
  const before = `${start > 0 ? '…' : ''}${shown(query.slice(start, from))}`
  const marked = shown(query.slice(from, Math.min(to, end)))
  const line = `${before}${marked}${shown(query.slice(Math.min(to, end), end))}${end < query.length ? '…' : ''}`
  return `earmark: ${message}\n  ${line}\n  ${' '.repeat(columns(before))}${'^'.repeat(Math.max(1, columns(marked)))}`
}
