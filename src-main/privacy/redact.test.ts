import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AnnotationRow } from '../exports/columns'
import { coverAnnotation } from './export-rows'
import { noneRedacted, REDACTED, type RedactedKind, redactText } from './redact'

/** Sentences as they stand in the sample's calls; `#` is where something is said. */
const FRAMES = [
  'My number is #, call any time.',
  'Sure, it’s #.',
  'You can reach me at # after five or so',
  '# is what I have on file.',
  'I said: # (that is the new one)',
]
/** Things that are none of the three, from the same calls. */
const HARMLESS = [
  'The house on 1420 Maple Street costs $425,000.',
  'See you on 2026-03-14 at 10:30, room 204.',
  'Order 48213 from 12/03/2026 has 3 items at 19.99 each.',
  'Your reference is AB-4471-XZ, and the plan is 500/50 Mbit.',
  'It takes 10 to 15 minutes, at most 20.',
  'two or three of the five options',
  'Version 10.4.2 was released in 2026.',
  'The policy 2024 says 30 days, 60 days or 90 days.',
]
/** Numbers that the countries' own plans allow (libphonenumber's examples, and those reserved for fiction). */
const PHONES: Record<string, readonly string[]> = {
  'US, as written': ['(415) 555-0132', '415-555-0132', '415.555.0132', '415 555 0132', '+1 415-555-0132'],
  'GB, DE, FR, IN, abroad': ['+44 20 7946 0958', '+49 30 901820', '+33 1 42 68 53 00', '+91 98765 43210'],
  'GB, DE, FR, national': ['020 7946 0958', '030 901820', '01 42 68 53 00'],
  'digits in English words': [
    'four one five five five five oh one three two',
    'four-one-five, five-five-five, oh-one-double-three',
  ],
  'grouped words': ['four fifteen, five fifty-five, oh one thirty-two'],
}
const CARDS = ['4111 1111 1111 1111', '5500-0000-0000-0004', '340000000000009', '6011000990139424']
const EMAILS = ['ana.ortiz@example.com', 'j+q1@mail.example.co.uk', 'müller@bücher.example']
const SPOKEN_EMAILS = ['ana dot ortiz at example dot com']

/** How many of what was put into each frame are gone, in per cent. */
function recall(kind: RedactedKind, samples: readonly string[]): number {
  let found = 0
  for (const sample of samples)
    for (const frame of FRAMES)
      if (redactText(frame.replace('#', sample), noneRedacted()).text === frame.replace('#', REDACTED[kind]))
        found += 1
  return Math.round((100 * found) / (samples.length * FRAMES.length))
}

describe('redaction', () => {
  it('finds what it says that it finds, by form; what it misses is known', () => {
    const table = {
      ...Object.fromEntries(
        Object.entries(PHONES).map(([form, samples]) => [form, recall('phone', samples)]),
      ),
      cards: recall('card', CARDS),
      'e-mail addresses': recall('email', EMAILS),
      'spoken e-mail addresses': recall('email', SPOKEN_EMAILS),
    }
    expect(table).toEqual({
      'US, as written': 100,
      'GB, DE, FR, IN, abroad': 100,
      'GB, DE, FR, national': 100,
      'digits in English words': 100,
      'grouped words': 0,
      cards: 100,
      'e-mail addresses': 100,
      'spoken e-mail addresses': 0,
    })
  })

  it('leaves prices, dates, references and amounts as they are', () => {
    const counts = noneRedacted()
    expect(HARMLESS.map((text) => redactText(text, counts).text)).toEqual(HARMLESS)
    expect(counts).toEqual({ phone: 0, card: 0, email: 0 })
  })

  it('of the sample’s calls takes out the four numbers that are said, and three references that are said alike', () => {
    const counts = noneRedacted()
    const replaced: string[] = []
    const texts: string[] = []
    const walk = (value: unknown, key: string): void => {
      if (typeof value === 'string') {
        if (/content|text|summary/.test(key)) texts.push(value)
      } else if (Array.isArray(value)) for (const one of value) walk(one, key)
      else if (typeof value === 'object' && value !== null)
        for (const [name, one] of Object.entries(value)) walk(one, name)
    }
    for (const name of readdirSync('resources/sample').filter((file) => /\.jsonl?$/.test(file))) {
      const text = readFileSync(`resources/sample/${name}`, 'utf8')
      for (const json of name.endsWith('l') ? text.trim().split('\n') : [text]) walk(JSON.parse(json), '')
    }
    for (const text of texts) {
      const { text: redacted } = redactText(text, counts)
      if (redacted !== text) replaced.push(redacted)
    }
    expect(texts.length).toBeGreaterThan(300)
    // "K as in kilo, four four one …" and "Case five five five …" are references: as many digits, said the same way.
    expect(counts).toEqual({ phone: 7, card: 0, email: 0 })
    expect(replaced.filter((text) => /^K |^Case/.test(text))).toHaveLength(3)
  })

  it('takes sixteen digits for a card only with the right check digit', () => {
    const counts = noneRedacted()
    expect(redactText('4111 1111 1111 1111', counts).text).toBe('[card]')
    expect(redactText('4111 1111 1111 1112', counts).text).not.toBe('[card]')
  })

  it('counts what it replaced, and says where every other place is now', () => {
    const counts = noneRedacted()
    const text = 'Mail a@example.com or call (415) 555-0132 today'
    const { text: redacted, place } = redactText(text, counts)
    expect(redacted).toBe('Mail [email] or call [phone] today')
    expect(counts).toEqual({ phone: 1, card: 0, email: 1 })
    expect(redacted.slice(place(text.indexOf('or'), 'start'), place(text.indexOf('or') + 2, 'end'))).toBe(
      'or',
    )
    expect(redacted.slice(place(text.indexOf('555'), 'start'), place(text.indexOf('0132'), 'end'))).toBe(
      '[phone]',
    )
  })

  it('of any text replaces nothing twice and keeps all that is around', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (around) => {
        const plain = around.replace(/[\d@]/g, '')
        const text = `${plain} (415) 555-0132 ${plain}`
        const { text: redacted, place } = redactText(text, noneRedacted())
        expect(redacted).toBe(`${plain} [phone] ${plain}`)
        expect(place(text.length, 'end')).toBe(redacted.length)
      }),
    )
  })

  it('keeps a quote in step with its turn, half a number at its border as well', () => {
    const turn = 'Call (415) 555-0132 or mail me'
    const quote = '555-0132 or'
    const start = turn.indexOf(quote)
    const row = {
      connection: '',
      record: { comment: 'See a@example.com', quote },
      shown: { turn_text: turn, quote_start: start, quote_end: start + quote.length },
    } as AnnotationRow
    const counts = noneRedacted()
    const { record, shown } = coverAnnotation(row, { kind: 'redact', counts })
    expect([record.comment, record.quote, shown.turn_text]).toEqual([
      'See [email]',
      '[phone] or',
      'Call [phone] or mail me',
    ])
    expect(shown.turn_text?.slice(shown.quote_start ?? 0, shown.quote_end ?? 0)).toBe('[phone] or')
    expect(counts).toEqual({ phone: 1, card: 0, email: 1 })
  })
})
