import type { FieldName, FilterValue } from './ast'
import { FIELDS } from './fields'

/** A value understood; `unfinished`: more typing could make it one; `bad`: nothing could. */
export type ReadValue = FilterValue | 'unfinished' | 'bad'

/**
 * Understands what stands behind `field:`. `text` without quotes; `isBegun`: it ends in `*` or the box ends with it.
 */
export function readValue(field: FieldName, text: string, isBegun: boolean): ReadValue {
  const trimmed = text.trim()
  if (trimmed === '') return 'unfinished'
  const { kind, choices } = FIELDS[field]
  switch (kind) {
    case 'any':
      return readAny(trimmed, isBegun)
    case 'text':
      return { kind: 'text', text: trimmed, isPrefix: isBegun }
    case 'choice': {
      const lower = trimmed.toLowerCase()
      if (choices.includes(lower)) return { kind: 'choice', choice: lower }
      return choices.some((known) => known.startsWith(lower)) ? 'unfinished' : 'bad'
    }
    case 'date':
      return readDate(trimmed.toLowerCase())
    case 'number':
      return readRange(trimmed, readNumber, NUMBER_BEGUN, () => 0)
    case 'duration':
      return readRange(trimmed.toLowerCase(), readDuration, /^(?:[<>]=?|=)?[\d.:hms]*$/, durationUnitSec)
    case 'percent':
      return readRange(trimmed, readPercent, /^(?:[<>]=?|=)?[\d.]*%?$/, () => 1)
  }
}

const NUMBER_BEGUN = /^(?:[<>]=?|=)?-?[\d.]*$/

/** A comparison or a range of numbers where it looks like one, else a text. */
function readAny(text: string, isBegun: boolean): ReadValue {
  const isCompared = /^[<>=]/.test(text) || /^-?[\d.]*\d\.\.|^\.\.-?\d/.test(text)
  if (!isCompared) return { kind: 'text', text, isPrefix: isBegun }
  return readRange(text, readNumber, NUMBER_BEGUN, () => 0)
}

const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/
const RECENT = /^last-(\d{1,4})-(day|week|month)s?$/
const DATE_BEGUN = /^(?:\d{0,4}|\d{4}-\d{0,2}|\d{4}-\d{2}-\d{0,2}|last-\d{0,4}|last-\d{1,4}-[a-z]{0,6})$/

function readDate(text: string): ReadValue {
  if (text === 'today') return { kind: 'recent', unit: 'day', count: 1, skip: 0 }
  if (text === 'yesterday') return { kind: 'recent', unit: 'day', count: 1, skip: 1 }
  const recent = RECENT.exec(text)
  if (recent) {
    const count = Number(recent[1])
    if (count === 0) return 'bad'
    if (recent[2] === 'month') return { kind: 'recent', unit: 'month', count, skip: 0 }
    return { kind: 'recent', unit: 'day', count: recent[2] === 'week' ? count * 7 : count, skip: 0 }
  }
  const between = text.split('..')
  if (between.length > 2) return 'bad'
  if (between.length === 1) {
    const days = daysOf(text)
    if (days) return { kind: 'days', ...days }
    const isKeyword = ['today', 'yesterday', 'last-'].some((word) => word.startsWith(text))
    return isKeyword || isDateBegun(text.replace(/\.$/, '')) ? 'unfinished' : 'bad'
  }
  const [left = '', right = ''] = between
  const first = left === '' ? null : daysOf(left)
  const last = right === '' ? null : daysOf(right)
  if (left !== '' && !first) return 'bad'
  if (right !== '' && !last) return isDateBegun(right) ? 'unfinished' : 'bad'
  if (!first && !last) return 'unfinished'
  if (first && last && first.first > last.last) return 'bad'
  return { kind: 'days', first: first?.first ?? null, last: last?.last ?? null }
}

const isDateBegun = (text: string): boolean => DATE_BEGUN.test(text) && !DATE.test(text)

/** The first and last day of a year, a month or a day; null for what is none. */
function daysOf(text: string): { first: string; last: string } | null {
  const match = DATE.exec(text)
  if (!match) return null
  const [, year = '', month, day] = match
  if (month !== undefined && (Number(month) < 1 || Number(month) > 12)) return null
  if (month === undefined) return { first: `${year}-01-01`, last: `${year}-12-31` }
  const length = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  if (day === undefined) return { first: `${text}-01`, last: `${text}-${String(length).padStart(2, '0')}` }
  return Number(day) >= 1 && Number(day) <= length ? { first: text, last: text } : null
}

/** `<70`, `>=5`, `70..90`, `70`. `width`: how wide a plain value is (27 s means 27 to 28). */
function readRange(
  text: string,
  read: (text: string) => number | null,
  begun: RegExp,
  width: (text: string) => number,
): ReadValue {
  const open = { min: null, minIncluded: true, max: null, maxIncluded: true }
  const compared = /^([<>]=?|=)(.*)$/.exec(text)
  if (compared) {
    const [, sign = '', rest = ''] = compared
    const value = read(rest)
    if (value === null) return begun.test(text) ? 'unfinished' : 'bad'
    if (sign === '=') return { kind: 'range', ...open, min: value, max: value }
    const isIncluded = sign.endsWith('=')
    return sign.startsWith('<')
      ? { kind: 'range', ...open, max: value, maxIncluded: isIncluded }
      : { kind: 'range', ...open, min: value, minIncluded: isIncluded }
  }
  const dots = text.indexOf('..')
  if (dots >= 0) {
    const left = text.slice(0, dots)
    const right = text.slice(dots + 2)
    const min = left === '' ? null : read(left)
    const max = right === '' ? null : read(right)
    if (left !== '' && min === null) return 'bad'
    if (right !== '' && max === null) return begun.test(right) ? 'unfinished' : 'bad'
    if (min === null && max === null) return 'unfinished'
    if (min !== null && max !== null && min > max) return 'bad'
    return { kind: 'range', ...open, min, max }
  }
  const value = read(text)
  if (value === null) return begun.test(text) ? 'unfinished' : 'bad'
  const wide = width(text)
  return { kind: 'range', min: value, minIncluded: true, max: value + wide, maxIncluded: wide === 0 }
}

const readNumber = (text: string): number | null =>
  /^-?\d{1,12}(?:\.\d{1,6})?$/.test(text) ? Number(text) : null

const DURATION = /^(?:(\d{1,6}(?:\.\d{1,3})?)h)?(?:(\d{1,6}(?:\.\d{1,3})?)m)?(?:(\d{1,6}(?:\.\d{1,3})?)s?)?$/
const CLOCK = /^(?:(\d{1,3}):)?(\d{1,3}):(\d{2})$/

/** Of a hundred: `60`, `60%`. */
const readPercent = (text: string): number | null =>
  /^\d{1,3}(?:\.\d{1,2})?%?$/.test(text) ? Number(text.replace('%', '')) : null

/** Seconds of `90`, `90s`, `5m`, `1h30m`, `800ms`, `2:30`, `1:02:30`. */
function readDuration(text: string): number | null {
  const clock = CLOCK.exec(text)
  if (clock) return Number(clock[1] ?? 0) * 3600 + Number(clock[2]) * 60 + Number(clock[3])
  if (/^\d{1,6}ms$/.test(text)) return Number(text.slice(0, -2)) / 1000
  const match = text === '' ? null : DURATION.exec(text)
  if (!match) return null
  return Number(match[1] ?? 0) * 3600 + Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0)
}

const durationUnitSec = (text: string): number =>
  text.endsWith('h') ? 3600 : text.endsWith('m') ? 60 : text.endsWith('ms') ? 0.001 : 1
