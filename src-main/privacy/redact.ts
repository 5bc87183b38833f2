import { isTime, numbersIn } from '@contract'
import cards from 'card-validator'
import { type CountryCode, findPhoneNumbersInText } from 'libphonenumber-js'

/*
 * What is taken out of exported texts: phone numbers by libphonenumber-js (written in the international form, or as people
 * write them in the countries below) and by our own rule for digits said one by one in English; card numbers by
 * card-validator (the brands' patterns and Luhn's check); e-mail addresses by the usual form of RFC 5321's. Names,
 * addresses and numbers spoken in other words stay. Measured by redact.test.ts.
 */

export type RedactedKind = 'phone' | 'card' | 'email'
export const REDACTED: Readonly<Record<RedactedKind, string>> = {
  phone: '[phone]',
  card: '[card]',
  email: '[email]',
}
export type RedactedCounts = Record<RedactedKind, number>
export const noneRedacted = (): RedactedCounts => ({ phone: 0, card: 0, email: 0 })

/** Countries whose national forms are known ("030 123456"): those of the vendors' customers first. */
const COUNTRIES: readonly CountryCode[] = ['US', 'GB', 'DE', 'FR', 'ES', 'IT', 'IN', 'AU', 'BR', 'MX']

const EMAIL = /[\p{L}\p{N}._%+'-]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+\p{L}{2,24}/gu
/** 13 to 19 digits (ISO/IEC 7812), in groups or not. */
const CARD = /(?<![\d.])\d(?:[ \u00a0-]?\d){12,18}(?!\d)/g
/** Nothing shorter can be a number; most texts end here. */
const SOME_DIGITS = /(?:\p{Nd}[^\p{L}\p{Nd}]{0,3}){6}\p{Nd}/u

const LEAST_DIGITS = 7

interface Found {
  from: number
  to: number
  kind: RedactedKind
}

function foundIn(text: string): Found[] {
  const found: Found[] = []
  const add = (from: number, to: number, kind: RedactedKind): void => {
    if (!found.some((one) => one.from < to && from < one.to)) found.push({ from, to, kind })
  }
  if (text.includes('@'))
    for (const match of text.matchAll(EMAIL)) add(match.index, match.index + match[0].length, 'email')
  if (SOME_DIGITS.test(text)) {
    for (const match of text.matchAll(CARD))
      if (cards.number(match[0].replace(/\D/g, '')).isValid)
        add(match.index, match.index + match[0].length, 'card')
    for (const country of COUNTRIES)
      for (const { startsAt, endsAt } of findPhoneNumbersInText(text, country)) {
        // The library takes brackets before it along, and in some countries very short numbers and dates.
        const lead = /^[^\d]*?(?=\(?\+?\(?\d)/.exec(text.slice(startsAt, endsAt))?.[0].length ?? 0
        const number = text.slice(startsAt + lead, endsAt)
        if (number.replace(/\D/g, '').length >= LEAST_DIGITS && !isTime(number))
          add(startsAt + lead, endsAt, 'phone')
      }
  }
  for (const { from, to, isSpoken } of numbersIn(text)) if (isSpoken) add(from, to, 'phone')
  return found.sort((a, b) => a.from - b.from)
}

export interface Redacted {
  text: string
  /** Where a place of the original is now; inside of what was replaced: `start` its beginning, `end` its end. */
  place: (offset: number, edge: 'start' | 'end') => number
}

/** A text without phone numbers, card numbers and e-mail addresses; what was replaced is added to `counts`. */
export function redactText(text: string, counts: RedactedCounts): Redacted {
  const found = foundIn(text)
  let result = ''
  let at = 0
  const moved: { from: number; to: number; start: number; end: number }[] = []
  for (const { from, to, kind } of found) {
    result += text.slice(at, from)
    const start = result.length
    result += REDACTED[kind]
    moved.push({ from, to, start, end: result.length })
    counts[kind] += 1
    at = to
  }
  result += text.slice(at)
  const place: Redacted['place'] = (offset, edge) => {
    let shift = 0
    for (const { from, to, start, end } of moved) {
      if (offset <= from) break
      if (offset < to) return edge === 'start' ? start : end
      shift = end - to
    }
    return offset + shift
  }
  return { text: result, place }
}
