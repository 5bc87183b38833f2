/** Days as `2026-01-15`, both included; null: open. */
export interface DayRange {
  first: string | null
  last: string | null
}

const DAY = /^\d{4}-\d{2}-\d{2}$/

/** The days behind `date:`, where they are days; presets, months and nothing give an open range. */
export function dayRange(value: string | null): DayRange {
  const [first = '', last] = (value ?? '').split('..')
  const day = (text: string | undefined) => (text !== undefined && DAY.test(text) ? text : null)
  return { first: day(first), last: day(last ?? first) }
}

/** The days as they are written behind `date:`; null when both are open. An order the wrong way round is turned. */
export function writeDayRange({ first, last }: DayRange): string | null {
  if (first === null && last === null) return null
  if (first !== null && last !== null) {
    if (first === last) return first
    return first < last ? `${first}..${last}` : `${last}..${first}`
  }
  return `${first ?? ''}..${last ?? ''}`
}
