import type { QueryProblem } from '@contract'
import { parseQuery, type QueryNode } from '@contract/query'

/** A stretch of the box's text and how it is drawn behind the letters. */
export interface QueryPart {
  text: string
  kind: 'plain' | 'filter' | 'phrase' | 'operator' | 'problem'
}

interface Mark {
  from: number
  to: number
  kind: QueryPart['kind']
}

/** What binds words together, where it stands by itself: OR, AND, NOT, brackets. */
const OPERATORS = /[()]|(?<=^|[\s()"])(?:OR|AND|NOT)(?=[\s()"]|$)/g

/** Cuts the text of the box at what it consists of; the parts put together are the text again. */
export function markQuery(text: string): QueryPart[] {
  const { root, problems } = parseQuery(text)
  const marks = [
    ...problems.map(({ from, to }): Mark => ({ from, to, kind: 'problem' })),
    ...root.nodes.flatMap(marksOf),
  ].sort((a, b) => a.from - b.from)
  const parts: QueryPart[] = []
  let at = 0
  for (const { from, to, kind } of marks) {
    if (from < at || to <= from) continue
    parts.push(...plainParts(text.slice(at, from)), { text: text.slice(from, to), kind })
    at = to
  }
  return [...parts, ...plainParts(text.slice(at))]
}

function marksOf(node: QueryNode): Mark[] {
  if (node.kind === 'and' || node.kind === 'or') return node.nodes.flatMap(marksOf)
  if (node.kind === 'word') return []
  const kind = node.kind === 'filter' ? 'filter' : node.kind === 'near' ? 'operator' : 'phrase'
  return [{ from: node.from, to: node.to, kind }]
}

function plainParts(text: string): QueryPart[] {
  const parts: QueryPart[] = []
  let at = 0
  for (const { 0: operator, index } of text.matchAll(OPERATORS)) {
    if (index > at) parts.push({ text: text.slice(at, index), kind: 'plain' })
    parts.push({ text: operator, kind: 'operator' })
    at = index + operator.length
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
