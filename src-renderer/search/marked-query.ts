import type { QueryProblem } from '@contract'
import { parseQuery } from '@contract/query'

/** A stretch of the box's text and how it is drawn behind the letters. */
export interface QueryPart {
  text: string
  kind: 'plain' | 'filter' | 'problem'
}

/** Cuts the text of the box at its filters and problems; the parts put together are the text again. */
export function markQuery(text: string): QueryPart[] {
  const { terms, problems } = parseQuery(text)
  const marks = [
    ...terms
      .filter((term) => term.kind === 'filter')
      .map(({ from, to }) => ({ from, to, kind: 'filter' as const })),
    ...problems.map(({ from, to }) => ({ from, to, kind: 'problem' as const })),
  ].sort((a, b) => a.from - b.from)
  const parts: QueryPart[] = []
  let at = 0
  for (const { from, to, kind } of marks) {
    if (from < at) continue
    if (from > at) parts.push({ text: text.slice(at, from), kind: 'plain' })
    if (to > from) parts.push({ text: text.slice(from, to), kind })
    at = Math.max(at, to)
  }
  if (at < text.length) parts.push({ text: text.slice(at), kind: 'plain' })
  return parts
}

/** The problems of both sides (the parser's here, the search's own), each once. */
export function allProblems(text: string, found: readonly QueryProblem[]): QueryProblem[] {
  const known = new Map<string, QueryProblem>()
  for (const problem of [...parseQuery(text).problems, ...found])
    known.set(`${problem.from} ${problem.to} ${problem.message}`, problem)
  return [...known.values()]
}
