/*
 * Phone numbers, masked for whoever looks at the screen: digits become dots but for the last two to four, and nothing
 * else moves. A masked text is as long as it was (in UTF-16), so that places in it (quotes, matches) are places in
 * the text. What is masked is whatever may be a phone number: a number too many is better than one too few.
 * Measured by privacy/mask.test.ts.
 */

/** In the place of a digit or of a letter of a spoken one. */
export const MASK = '•'

const DIGIT = /\p{Nd}/gu
/** Seven to fifteen digits (ITU-T E.164), at most three separators between two; not inside of a word or an id. */
const WRITTEN =
  /(?<![\p{L}\p{Nd}_•]|[\p{L}_][-.])[+(]?\p{Nd}(?:[ \u00a0.\-‐‑–()/]{0,3}\p{Nd}){6,14}(?![\p{L}\p{Nd}_])/gu
/** Dates and times are none: 2026-01-31, 31.01.2026, 10:15:30. */
const DATE =
  /^(?:\p{Nd}{4}[-./]\p{Nd}{1,2}[-./]\p{Nd}{1,2}|\p{Nd}{1,2}[-./]\p{Nd}{1,2}[-./]\p{Nd}{4})(?:[ T]\p{Nd}{1,2})?$/u
/** Nor are seconds or milliseconds since 1970, of 2001 to 2286: no number of E.164 is like them. */
const EPOCH = /^1\p{Nd}{9}(?:\p{Nd}{3})?$/u
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi

const SPOKEN_DIGIT = '(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|\\p{Nd})'
/** Seven or more digits, one by one, at least one of them in words: "five five five, oh one double two". English alone. */
const SPOKEN = new RegExp(
  `(?<![\\p{L}\\p{Nd}])(?:(?:double|triple)[ -])?${SPOKEN_DIGIT}(?:(?:[ ,.\\-–…]|\\band\\b){1,6}(?:(?:double|triple)[ -])?${SPOKEN_DIGIT}){6,}(?![\\p{L}\\p{Nd}])`,
  'giu',
)

/** Whether a text of digits and separators is a date, or a time since 1970, and so no phone number. */
export const isTime = (text: string): boolean => DATE.test(text) || EPOCH.test(text)

const countDigits = (text: string): number => text.match(DIGIT)?.length ?? 0
/** A third of them, two to four. */
const digitsKept = (count: number): number =>
  count < 5 ? 0 : Math.min(4, Math.max(2, Math.floor(count / 3)))

/** Masks the digits of a text that is a number, whatever it looks like ("+1 415 555 0123", "sip:4155550123@host"). */
export function maskNumber(text: string): string {
  let left = countDigits(text)
  const kept = digitsKept(left)
  return text.replace(DIGIT, (digit) => {
    left -= 1
    return left < kept ? digit : MASK.repeat(digit.length)
  })
}

/** Where a text holds what may be phone numbers: UTF-16 offsets, in order, apart. */
export function numbersIn(text: string): { from: number; to: number; isSpoken: boolean }[] {
  const ids = [...text.matchAll(UUID)].map((id) => ({ from: id.index, to: id.index + id[0].length }))
  const found: { from: number; to: number; isSpoken: boolean }[] = []
  for (const match of text.matchAll(WRITTEN)) {
    const [number] = match
    const at = { from: match.index, to: match.index + number.length }
    if (!isTime(number) && !ids.some((id) => id.from < at.to && at.from < id.to))
      found.push({ ...at, isSpoken: false })
  }
  // Looked for only where a word of a digit stands: most texts have none.
  for (const match of text.matchAll(SPOKEN)) {
    const at = { from: match.index, to: match.index + match[0].length }
    if (/\p{L}/u.test(match[0]) && !found.some((one) => one.from < at.to && at.from < one.to))
      found.push({ ...at, isSpoken: true })
  }
  return found.sort((a, b) => a.from - b.from)
}

/** Masks what may be phone numbers in a text. */
export function maskNumbers(text: string): string {
  const found = numbersIn(text)
  if (found.length === 0) return text
  let masked = ''
  let at = 0
  for (const { from, to, isSpoken } of found) {
    const number = text.slice(from, to)
    masked +=
      text.slice(at, from) +
      (isSpoken ? number.replace(/[\p{L}\p{Nd}]/gu, (c) => MASK.repeat(c.length)) : maskNumber(number))
    at = to
  }
  return masked + text.slice(at)
}
