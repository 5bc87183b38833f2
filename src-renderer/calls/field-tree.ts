import type { JsonValue } from '@contract'

/** A vendor's field made readable. `label` is '' for what stands in a list. */
export type FieldNode =
  | { kind: 'value'; name: string; label: string; text: string; raw: string }
  | {
      kind: 'verdict'
      name: string
      label: string
      /** Null when the vendor only gives a score. */
      passed: boolean | null
      score: string | null
      comment: string | null
    }
  | { kind: 'group'; name: string; label: string; children: FieldNode[] }

const UPPERCASE = new Set(['id', 'sid', 'url', 'qa', 'ai', 'sms'])

/** A field's name as words: `appointment_scheduled` and `appointmentScheduled` give "Appointment scheduled". */
export function humanise(name: string): string {
  const words = name
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .replace(/[_\s]+/g, ' ')
    .trim()
    .split(' ')
    .map((word) => (UPPERCASE.has(word.toLowerCase()) ? word.toUpperCase() : word))
  const [first = '', ...others] = words
  const rest = others.map((word) =>
    /^\p{Lu}\p{Ll}/u.test(word) && name.includes('_') ? word.toLowerCase() : word,
  )
  return [first.charAt(0).toUpperCase() + first.slice(1), ...rest].join(' ')
}

/** Deeper than this, JSON is shown as it is: no vendor means that to be read. */
const DEEPEST = 8

/** Any of a vendor's values as a tree of labelled rows. Nothing is left out. */
export function fieldTree(name: string, value: JsonValue, depth = 0): FieldNode {
  const label = humanise(name)
  const leaf = (text: string): FieldNode => ({ kind: 'value', name, label, text, raw: JSON.stringify(value) })
  if (value === null || value === '') return leaf('–')
  if (typeof value === 'boolean') return leaf(value ? 'yes' : 'no')
  if (typeof value !== 'object') return leaf(String(value))
  if (depth >= DEEPEST) return leaf(JSON.stringify(value))
  if (Array.isArray(value)) {
    if (value.length === 0) return leaf('–')
    if (value.every((item) => typeof item !== 'object' || item === null) && value.join(', ').length <= 40)
      return leaf(value.map((item) => (item === null ? '–' : String(item))).join(', '))
    return { kind: 'group', name, label, children: value.map((item) => fieldTree('', item, depth + 1)) }
  }
  const entries = Object.entries(value)
  if (entries.length === 0) return leaf('–')
  return (
    verdictOf(name, value) ?? {
      kind: 'group',
      name,
      label,
      children: entries.map(([key, child]) => fieldTree(key, child, depth + 1)),
    }
  )
}

const PASSED = ['passed', 'pass', 'met']
const SCORE = ['score', 'rating', 'points']
const COMMENT = ['comment', 'reason', 'explanation', 'notes', 'feedback']

/** A QA criterion such as `{passed: true, comment: "…"}`: only when these are all it has. */
function verdictOf(name: string, value: { [key: string]: JsonValue }): FieldNode | null {
  let passed: boolean | null = null
  let score: string | null = null
  let comment: string | null = null
  for (const [key, item] of Object.entries(value)) {
    if (PASSED.includes(key) && typeof item === 'boolean' && passed === null) passed = item
    else if (SCORE.includes(key) && typeof item === 'number' && score === null) score = String(item)
    else if (COMMENT.includes(key) && typeof item === 'string' && comment === null) comment = item
    else return null
  }
  if (passed === null && score === null) return null
  return { kind: 'verdict', name, label: humanise(name), passed, score, comment }
}
