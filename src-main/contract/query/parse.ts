import type { QueryProblem } from '../search'
import type { AndGroup, FieldName, NearTerm, ParsedQuery, QueryNode, Term } from './ast'
import { FIELD_NAMES, FIELDS, fieldNamed, hasPath } from './fields'
import { normalPath } from './paths'
import { readValue } from './values'

/*
 * The language of the search box, as a grammar:
 *
 *   any  = all { "OR" all }
 *   all  = { ["AND"] one }
 *   one  = ["-" | "NOT"] ( "(" any ")" | near | phrase | filter | word )
 *
 * OR, AND, NOT and NEAR are operators in capitals only.
 */

const SPACE = /\s+/y
const NAME = /((?:data|qa)\.[\p{L}\p{M}\p{N}_.-]*|[A-Za-z][A-Za-z_.]*):(?!\/\/)/iuy
const WORD = /[^\s"()]+/y
const OPERATOR = /(AND|OR|NOT)(?=[\s"()]|$)/y
const NEAR = /NEAR\(/y
const NEAR_END = /\s*(?:,\s*(\d*)\s*)?(\)|$)/y

/** How many words `NEAR` looks over at most, and where it names no number. The index keeps turns farther apart than that. */
export const MAX_NEAR = 10
/** Deeper, and the rest of a box of 4,000 brackets is taken as if it stood on one level. */
const MAX_DEPTH = 40

/**
 * Understands the text of the search box. Never throws: what is still being typed is left out or taken as
 * begun, what is wrong is left out and told. Positions are UTF-16 offsets in `text`.
 */
export function parseQuery(text: string): ParsedQuery {
  const reader = new Reader(text)
  const nodes = reader.everything()
  const root: AndGroup = { kind: 'and', isNegated: false, nodes, from: 0, to: text.length }
  const terms = nodes.filter((node): node is Term => node.kind !== 'and' && node.kind !== 'or')
  return { root, terms, problems: reader.problems }
}

class Reader {
  readonly problems: QueryProblem[] = []
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  /** All of the text as what an `and` holds. */
  everything(): QueryNode[] {
    const all = this.#any()
    if (all === null) return []
    return all.kind === 'and' && !all.isNegated ? all.nodes : [all]
  }

  get #isAtEnd(): boolean {
    return this.#at >= this.#text.length
  }

  #problem(from: number, to: number, message: string): void {
    this.problems.push({ from, to, message })
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (match) this.#at = pattern.lastIndex
    return match
  }

  #takeStar(): boolean {
    if (this.#text[this.#at] !== '*') return false
    this.#at += 1
    return true
  }

  /** Up to the end of the box or a closing bracket: one node, or none. */
  #any(): QueryNode | null {
    const from = this.#at
    const alternatives: QueryNode[] = []
    for (;;) {
      const nodes: QueryNode[] = []
      const begin = this.#at
      const ended = this.#all(nodes)
      const [only] = nodes
      if (nodes.length > 1)
        alternatives.push({ kind: 'and', isNegated: false, nodes, from: begin, to: this.#at })
      else if (only) alternatives.push(only)
      if (ended !== 'OR') break
    }
    const [only] = alternatives
    if (alternatives.length < 2) return only ?? null
    return { kind: 'or', isNegated: false, nodes: alternatives, from, to: this.#at }
  }

  /** What stands side by side; says whether an OR ended it (which is taken) or something else (which is not). */
  #all(nodes: QueryNode[]): 'OR' | 'end' {
    while (!this.#isAtEnd) {
      if (this.#take(SPACE)) continue
      if (this.#text[this.#at] === ')') {
        if (this.#depth > 0) return 'end'
        this.#problem(this.#at, ++this.#at, 'There is no "(" before this ")".')
        continue
      }
      const from = this.#at
      let operator = this.#take(OPERATOR)?.[1]
      if (operator === 'OR') return 'OR'
      if (operator === 'AND') continue
      let isNegated = false
      if (operator === 'NOT') {
        isNegated = true
        this.#take(SPACE)
        operator = undefined
        if (this.#isAtEnd || this.#text[this.#at] === ')') continue
      } else if (this.#text[this.#at] === '-' && /[^\s)]/.test(this.#text[this.#at + 1] ?? ' ')) {
        isNegated = true
        this.#at += 1
      }
      const node = this.#one(from, isNegated)
      if (node !== null) nodes.push(node)
    }
    return 'end'
  }

  #one(from: number, isNegated: boolean): QueryNode | null {
    if (this.#text[this.#at] === '(') return this.#group(from, isNegated)
    if (this.#text[this.#at] === '"') return this.#phrase(from, isNegated)
    if (this.#take(NEAR)) return this.#near(from, isNegated)
    const begin = this.#at
    const name = this.#take(NAME)?.[1]
    if (name !== undefined) {
      const filter = this.#filter(from, name, isNegated)
      if (filter !== 'word') return filter
      this.#at = begin
    }
    return this.#word(from, isNegated)
  }

  /** A bracket that is still open at the end of the box is closed there. */
  #group(from: number, isNegated: boolean): QueryNode | null {
    this.#at += 1
    if (this.#depth >= MAX_DEPTH) {
      this.#problem(from, this.#at, `Brackets go ${MAX_DEPTH} levels deep at most.`)
      return null
    }
    this.#depth += 1
    const inside = this.#any()
    this.#depth -= 1
    if (this.#text[this.#at] === ')') this.#at += 1
    if (inside === null) return null
    // Only what is in brackets needs them: one thing alone is itself.
    return { ...inside, isNegated: inside.isNegated !== isNegated, from, to: this.#at }
  }

  #phrase(from: number, isNegated: boolean): QueryNode | null {
    const quoted = readQuoted(this.#text, this.#at, false)
    this.#at = quoted.to
    const isPrefix = quoted.isOpen ? !isNegated && !/\s$/.test(quoted.text) : this.#takeStar()
    if (quoted.text.trim() === '') return null
    return { kind: 'phrase', text: quoted.text, isPrefix, isNegated, from, to: this.#at }
  }

  #word(from: number, isNegated: boolean): QueryNode | null {
    const word = this.#take(WORD)?.[0] ?? ''
    const stem = word.replace(/\*+$/, '')
    const isPrefix = stem !== word || (this.#isAtEnd && !isNegated)
    if (stem === '' || stem === '-') return null
    return { kind: 'word', text: stem, isPrefix, isNegated, from, to: this.#at }
  }

  /** `NEAR(buy "big house", 5)`; where it is still open, it is what is there so far. */
  #near(from: number, isNegated: boolean): QueryNode | null {
    const phrases: NearTerm['phrases'] = []
    for (;;) {
      const end = this.#take(NEAR_END)
      if (end) {
        const distance = end[1] ? Math.min(Number(end[1]), MAX_NEAR) : MAX_NEAR
        const [only] = phrases
        if (only === undefined) return null
        const place = { isNegated, from, to: this.#at }
        if (Number(end[1]) > MAX_NEAR)
          this.#problem(
            from,
            this.#at,
            `NEAR looks over ${MAX_NEAR} words at most: NEAR(buy house, ${MAX_NEAR}).`,
          )
        if (phrases.length > 1) return { kind: 'near', phrases, distance, ...place }
        return { kind: 'phrase', ...only, ...place }
      }
      if (this.#take(SPACE)) continue
      const begin = this.#at
      if (this.#text[begin] === '"') {
        const quoted = readQuoted(this.#text, begin, false)
        this.#at = quoted.to
        const isPrefix = quoted.isOpen ? !/\s$/.test(quoted.text) : this.#takeStar()
        if (quoted.text.trim() !== '') phrases.push({ text: quoted.text, isPrefix })
        continue
      }
      const word = this.#take(/[^\s"(),]+/y)?.[0]
      if (word === undefined) {
        this.#at += 1
        this.#problem(
          begin,
          this.#at,
          'NEAR takes words and "phrases", and a number behind a comma: NEAR(buy house, 5).',
        )
        continue
      }
      const stem = word.replace(/\*+$/, '')
      if (stem !== '') phrases.push({ text: stem, isPrefix: stem !== word || this.#isAtEnd })
    }
  }

  /** `word`: it is none; the characters are to be read as a word. */
  #filter(from: number, name: string, isNegated: boolean): QueryNode | null | 'word' {
    const known = fieldOf(name)
    const begin = this.#at
    const quoted = this.#text[begin] === '"' ? readQuoted(this.#text, begin, true) : null
    if (quoted) this.#at = quoted.to
    const isStarred = quoted ? !quoted.isOpen && this.#takeStar() : false
    const plain = quoted ? '' : this.#plainValue()
    const raw = `${this.#text.slice(begin, this.#at)}${quoted?.isOpen ? '"' : ''}`
    if (known === null) {
      if (/^\**$/.test(raw)) return 'word'
      this.#problem(from, this.#at, unknownField(name))
      return null
    }
    const { field, path } = known
    const isTyping = this.#isAtEnd && (quoted ? quoted.isOpen : !plain.endsWith('*'))
    const isBegun = isTyping || isStarred || plain.endsWith('*')
    const value = readValue(field, quoted ? quoted.text : plain.replace(/\*+$/, ''), isBegun)
    if (typeof value !== 'string' && path !== '')
      return { kind: 'filter', field, path, value, raw, isNegated, from, to: this.#at }
    if (value === 'bad' || !isTyping) this.#problem(from, this.#at, `Expected ${FIELDS[field].expected}.`)
    return null
  }

  /** Up to a space, or to the bracket that closes the group it stands in. */
  #plainValue(): string {
    let open = 0
    let to = this.#at
    for (; to < this.#text.length && !/\s/.test(this.#text[to] ?? ''); to += 1) {
      if (this.#text[to] === '(') open += 1
      if (this.#text[to] !== ')') continue
      if (open === 0 && this.#depth > 0) break
      open -= 1
    }
    const value = this.#text.slice(this.#at, to)
    this.#at = to
    return value
  }
}

/** `path` is '' where one is missing, null where there can be none. */
function fieldOf(name: string): { field: FieldName; path: string | null } | null {
  const dot = name.indexOf('.')
  const field = fieldNamed(dot < 0 ? name : name.slice(0, dot))
  if (field === null || (dot >= 0 && !hasPath(field))) return null
  return { field, path: hasPath(field) ? normalPath(dot < 0 ? '' : name.slice(dot + 1)) : null }
}

const unknownField = (name: string): string =>
  `There is no filter "${name}:". There are ${FIELD_NAMES.map((field) => (hasPath(field) ? `${field}.…` : field)).join(', ')}. To search for the words, put them in quotes.`

/** What stands between the quote at `from` and the next (or the end); with `doubled`, `""` is a quote in it. */
function readQuoted(
  text: string,
  from: number,
  doubled: boolean,
): { text: string; to: number; isOpen: boolean } {
  let inside = ''
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] !== '"') inside += text[at]
    else if (doubled && text[at + 1] === '"') {
      inside += '"'
      at += 1
    } else return { text: inside, to: at + 1, isOpen: false }
  }
  return { text: inside, to: text.length, isOpen: true }
}
