const ONES =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  )
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ')

/** A whole number in words, up to billions; `number` >= 0. */
function cardinal(number: number): string {
  if (number < 20) return ONES[number] ?? ''
  if (number < 100) return parts(TENS[Math.floor(number / 10) - 2] ?? '', number % 10)
  if (number < 1000) return parts(`${ONES[Math.floor(number / 100)]} hundred`, number % 100)
  for (const [unit, word] of [
    [1e9, 'billion'],
    [1e6, 'million'],
    [1e3, 'thousand'],
  ] as const)
    if (number >= unit) return parts(`${cardinal(Math.floor(number / unit))} ${word}`, number % unit)
  return ''
}

const parts = (head: string, rest: number): string => (rest === 0 ? head : `${head} ${cardinal(rest)}`)

const digitByDigit = (digits: string): string =>
  digits.replace(/\D/g, '').replace(/\d/g, (digit) => `${ONES[Number(digit)]} `)

/** A number without separators as people say it: years in pairs, what is long or starts with 0 digit by digit. */
function plainNumber(digits: string): string {
  if (digits.length > 4 || (digits.length > 1 && digits.startsWith('0'))) return digitByDigit(digits)
  const number = Number(digits)
  if (digits.length === 4 && number >= 1100 && number < 2100 && number % 1000 >= 10)
    return `${cardinal(Math.floor(number / 100))} ${number % 100 < 10 ? 'oh ' : ''}${cardinal(number % 100)}`
  return cardinal(number)
}

const CURRENCY = '[$€£¥₹₽₩₺]'

/**
 * Numbers written out as they are spoken, digits of any script: phone numbers digit by digit, times, money, years,
 * ordinals, decimals, percent. In English, whose words stand for those of other languages: numbers take about as long in most.
 */
export function spellNumbers(text: string): string {
  if (!/\p{Nd}/u.test(text)) return text
  return (
    latinDigits(text)
      .replace(
        /(?<!\d)\d{1,3}(?:,\d{3})+(?!\d)/g,
        (grouped) => ` ${cardinal(Number(grouped.replaceAll(',', '')))} `,
      )
      // Phone numbers, card numbers and the like: groups that together have seven digits or more.
      .replace(/\+?\(?\d[\d]*(?:[-. )(]{1,2}\d{2,}){1,6}/g, (groups) =>
        groups.replace(/\D/g, '').length >= 7 ? ` ${digitByDigit(groups)}` : groups,
      )
      .replace(
        /\b(\d{1,2}):(\d{2})\b/g,
        (_, hour: string, minute: string) =>
          ` ${cardinal(Number(hour))} ${minute === '00' ? 'oclock' : plainNumber(minute)} `,
      )
      .replace(
        new RegExp(`(${CURRENCY})\\s?(\\d+)(?:[.,](\\d{2}))?(?!\\d)`, 'g'),
        (_, _sign, whole: string, cents?: string) =>
          ` ${cardinal(Number(whole))} dollars ${cents ? cardinal(Number(cents)) : ''} `,
      )
      .replace(new RegExp(CURRENCY, 'g'), ' dollars ')
      .replace(/\b(\d{1,4})(?:st|nd|rd|th)\b/gi, (_, digits: string) => ` ${cardinal(Number(digits))}th `)
      .replace(
        /(\d+)[.,](\d+)/g,
        (_, whole: string, fraction: string) => ` ${plainNumber(whole)} point ${digitByDigit(fraction)}`,
      )
      .replace(/\d+/g, (digits) => ` ${plainNumber(digits)} `)
      .replace(/[%٪]/g, ' percent ')
  )
}

/** Digits of every script as 0-9: each script has its ten in a row, from a code that ends in 0 or 6. */
function latinDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (character) => {
    const code = character.codePointAt(0) ?? 0x30
    if (code < 0x80) return character
    const row = code & ~0xf
    const zero = /\p{Nd}/u.test(String.fromCodePoint(row)) ? row : row + 6
    return String((code - zero) % 10)
  })
}
