import { type JsonValue, normalStep } from '@contract'

/** A value of a call that has no place of its own, by where it stands: `data.customer.interest` is "high". */
export interface FieldValue {
  field: 'data' | 'qa'
  /** As `normalPath` makes it. */
  path: string
  value: string | number | boolean
}

/** Fields of the vendor that hold results of its QA. */
const QA = new Set(['qa', 'qa_results'])
/** Fields that only hold others: they are left out of the path. */
const HOLDERS = new Set(['extracted_data', 'post_call_data', 'agent_data', 'analysis', 'criteria', ...QA])
/** Of an element of a list, what names it and what says its result. */
const NAMES = ['question', 'name', 'criterion', 'criteria', 'key', 'label', 'title', 'field', 'id']
const RESULTS = ['answer', 'value', 'result', 'score', 'passed', 'rating']

const MAX_VALUES = 200
const MAX_DEPTH = 8
const MAX_PATH = 200

/**
 * All values that `data.…:` and `qa.…:` can ask for, at most 200. Lists stand for each of their elements; an
 * element such as `{"question": "Was it booked?", "answer": "yes"}` is the value of `was_it_booked`.
 */
export function fieldValues(fields: Readonly<Record<string, JsonValue>>): FieldValue[] {
  const values: FieldValue[] = []
  const add = (
    field: FieldValue['field'],
    steps: readonly string[],
    value: JsonValue,
    depth: number,
  ): void => {
    if (value === null || values.length >= MAX_VALUES || depth > MAX_DEPTH) return
    if (typeof value !== 'object') {
      const path = steps.join('.')
      if (path !== '' && path.length <= MAX_PATH) values.push({ field, path, value })
      return
    }
    if (Array.isArray(value)) {
      for (const element of value) add(field, steps, element, depth + 1)
      return
    }
    const name = NAMES.find((key) => typeof value[key] === 'string' && Object.keys(value).length > 1)
    const result = name === undefined ? undefined : RESULTS.find((key) => key in value)
    if (name !== undefined && result !== undefined) {
      const own = [...steps, normalStep(String(value[name]))]
      add(field, own, value[result] ?? null, depth + 1)
      for (const [key, rest] of Object.entries(value))
        if (key !== name && key !== result) add(field, [...own, normalStep(key)], rest, depth + 1)
      return
    }
    for (const [key, inside] of Object.entries(value)) {
      const step = normalStep(key)
      const isHolder = HOLDERS.has(step) && typeof inside === 'object' && depth < 2
      add(field, isHolder || step === '' ? steps : [...steps, step], inside, depth + 1)
    }
  }
  for (const [key, value] of Object.entries(fields)) {
    const step = normalStep(key)
    const isHolder = HOLDERS.has(step) && typeof value === 'object'
    add(QA.has(step) ? 'qa' : 'data', isHolder ? [] : [step], value, 1)
  }
  return values
}

/** The number that a value is, or that it says ("92", "92.5 %"); null when it says none. */
export function numberIn(value: FieldValue['value']): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'string' || value.length > 40) return null
  const match = /^\s*(-?\d{1,15}(?:\.\d{1,10})?)\s*%?\s*$/.exec(value)
  return match ? Number(match[1]) : null
}
