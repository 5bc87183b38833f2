import { isObject } from './json'

/**
 * Tolerant readers of single values: vendors send numbers as strings, strings as numbers, null
 * where something is promised. All return null for what they can't make sense of.
 */

/** As text that can be stored and shown: lone surrogates become U+FFFD, NUL disappears. */
export function storable(text: string): string {
  const wellFormed = /[\ud800-\udfff]/.test(text) ? text.replace(/\p{Surrogate}/gu, '\ufffd') : text
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '') : wellFormed
}

/** A text, number or boolean as trimmed text; null when there is nothing in it. */
export function readText(value: unknown): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : null
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value !== 'string') return null
  const text = storable(value).trim()
  return text === '' ? null : text
}

/** Ways of writing "no id" that were seen in other systems' exports. */
const NO_ID = /^(?:null|nil|none|undefined|nan|n\/?a|unknown|[-–—_.?0]+|0{8}-0{4}-0{4}-0{4}-0{12})$/i

/** An id as text; placeholders ("", "null", "N/A", zeros …) and fractions are no ids. */
export function readId(value: unknown): string | null {
  if (typeof value === 'number') return Number.isInteger(value) && value !== 0 ? String(value) : null
  if (typeof value !== 'string') return null
  const text = readText(value)
  return text === null || NO_ID.test(text) ? null : text
}

/** A finite number, also when it comes as text ("92", " 92.5 "). */
export function readNumber(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'string' || !/^\s*[-+]?(?:\d+(?:\.\d*)?|\.\d+)\s*%?\s*$/.test(value)) return null
  return Number.parseFloat(value)
}

/** A count: a whole number from 0. */
export function readCount(value: unknown): number | null {
  const number = readNumber(value)
  return number !== null && Number.isSafeInteger(number) && number >= 0 ? number : null
}

/** Longer than any phone call: what is meant as a moment (an epoch, say) must not pass for a length. */
const MAX_LENGTH_MS = 7 * 24 * 3600 * 1000

const UNITS: readonly [RegExp, number][] = [
  [/^h(?:ours?|rs?)?$/, 3_600_000],
  [/^m(?:in(?:ute)?s?)?$/, 60_000],
  [/^s(?:ec(?:ond)?s?)?$/, 1000],
  [/^(?:ms|milliseconds?|msecs?)$/, 1],
]

/**
 * A length or a position in a call, in milliseconds. Takes seconds as a number and what vendors write as
 * text: `"180"`, `"180.5"`, `"03:00"`, `"0:03:00"`, `"180 seconds"`, `"3 min 5 s"`, `"PT3M5S"`. Negative ones are null.
 */
export function readLengthMs(value: unknown): number | null {
  const ms = lengthMs(value)
  return ms !== null && ms >= 0 && ms <= MAX_LENGTH_MS ? Math.round(ms) : null
}

function lengthMs(value: unknown): number | null {
  const number = readNumber(value)
  if (number !== null) return typeof value === 'string' && value.includes('%') ? null : number * 1000
  if (typeof value !== 'string') return null
  const text = value.trim().toLowerCase()
  const clock = /^(?:(\d+):)?(\d+):(\d+(?:[.,]\d+)?)$/.exec(text)
  if (clock !== null) {
    const seconds = Number((clock[3] ?? '0').replace(',', '.'))
    return (Number(clock[1] ?? 0) * 3600 + Number(clock[2]) * 60 + seconds) * 1000
  }
  const units = text.replace(/^pt(?=\d)/, '')
  if (units.length > 60 || !/^(?:\d+(?:\.\d+)?\s*[a-z]+\.?[\s,]*)+$/.test(units)) return null
  let sum = 0
  for (const [, amount, unit] of units.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)) {
    const factor = UNITS.find(([name]) => name.test(unit ?? ''))?.[1]
    if (factor === undefined) return null
    sum += Number(amount) * factor
  }
  return sum
}

/** The years that a call's date can be from; outside, it is something else. */
const EARLIEST_MS = Date.UTC(1990, 0, 1)
const LATEST_MS = Date.UTC(2200, 0, 1)

/**
 * A moment in epoch milliseconds. Takes ISO 8601 (without an offset it is UTC) and epoch seconds or
 * milliseconds, as numbers or text.
 */
export function readInstantMs(value: unknown): number | null {
  const ms = instantMs(value)
  return ms !== null && ms >= EARLIEST_MS && ms <= LATEST_MS ? Math.round(ms) : null
}

function instantMs(value: unknown): number | null {
  const number = readNumber(value)
  if (number !== null) return number >= 1e11 ? number : number * 1000
  if (typeof value !== 'string') return null
  const iso =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)\s*(Z|UTC|[-+]\d{2}(?::?\d{2})?)?)?$/i.exec(
      value.trim(),
    )
  if (iso === null) return null
  const [, day, time = '00:00:00', offset = 'Z'] = iso
  // `Date.parse` knows three decimals and offsets with a colon.
  const clock = time.replace(',', '.').replace(/(\.\d{3})\d+$/, '$1')
  const zone = /^(?:z|utc)$/i.test(offset)
    ? 'Z'
    : offset.replace(/^([-+]\d{2}):?(\d{2})?$/, (_, h, m = '00') => `${h}:${m}`)
  const ms = Date.parse(`${day}T${clock}${zone}`)
  return Number.isNaN(ms) ? null : ms
}

/** A list, or nothing where null, an absent field or something else stands. */
export function readList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** Text that is JSON of an object or a list (some fields hold JSON twice encoded), decoded; else as it is. */
export function decodeNested(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

/**
 * The http(s) URLs in a text, a list of texts, or a list of objects with a `url`, in order, each once. Those that
 * begin with a slash are completed from `baseUrl`, the address of the API that gave them; without one they are none.
 */
export function readUrls(value: unknown, baseUrl?: string): string[] {
  const items = Array.isArray(value) ? value : [value]
  const urls = items.map((item) => {
    const text = readText(isObject(item) ? (item.url ?? item.recording_url) : item)
    if (text === null) return null
    if (/^https?:\/\//i.test(text)) return URL.canParse(text) ? text : null
    return text.startsWith('/') && URL.canParse(text, baseUrl) ? new URL(text, baseUrl).href : null
  })
  return [...new Set(urls.filter((url) => url !== null))]
}
