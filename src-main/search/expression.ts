import type { Condition } from './compile'
import { EVERY_CALL } from './index-text'

/** Text in the syntax of FTS5. */
export interface TextExpression {
  kind: 'text'
  /** On `search`. */
  said: string
  /** The same on `search_words`; null where places of words, or who said them, decide. */
  words: string | null
  /** The beginning of a word, so short that many words have it. */
  isShort: boolean
}

/** A query with its negations pushed down to what can be asked. */
export type Expression =
  | TextExpression
  | { kind: 'not'; of: TextExpression }
  /** A condition on a call, its negation inside. */
  | { kind: 'calls'; condition: Condition; isDeep: boolean }
  | { kind: 'keys'; set: Condition; isNegated: boolean }
  | { kind: 'days'; minKey: number | null; maxKey: number | null; condition: Condition | null }
  | { kind: 'and'; of: readonly Expression[] }
  | { kind: 'or'; of: readonly Expression[] }

export const negated = (of: TextExpression): Expression => ({ kind: 'not', of })

/** The whole as one text for FTS5; null where anything in it is not text. */
export function textOf(expression: Expression): TextExpression | null {
  switch (expression.kind) {
    case 'text':
      return expression
    case 'not': {
      const { said, words } = expression.of
      const every = (match: string): string => `("${EVERY_CALL}" NOT ${match})`
      return { kind: 'text', said: every(said), words: words === null ? null : every(words), isShort: false }
    }
    case 'and':
    case 'or': {
      const parts = expression.of.map(textOf)
      const known = parts.filter((part) => part !== null)
      if (known.length < parts.length) return null
      const sign = expression.kind === 'and' ? ' AND ' : ' OR '
      const join = (all: readonly string[]): string => `(${all.join(sign)})`
      const words = known.map((part) => part.words).filter((one) => one !== null)
      return {
        kind: 'text',
        said: join(known.map(({ said }) => said)),
        words: words.length < known.length ? null : join(words),
        isShort: known.some(({ isShort }) => isShort),
      }
    }
    default:
      return null
  }
}
