import { contract, MASK, maskNumber, maskNumbers } from '@contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MASKED_CALLS, masked, maskingTables } from './mask-answers'

const digits = (count: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: count, maxLength: count }).map((all) => all.join(''))

describe('masking', () => {
  it('covers numbers as people and vendors write them, keeps their last digits, and moves nothing', () => {
    for (const number of [
      '+14155550123',
      '(415) 555-0123',
      '415.555.0123',
      '+44 20 7946 0958',
      '+49 (0)30 1234567',
      '0800 123 456 789',
      '+91-98765-43210',
      '5550123',
    ]) {
      const text = `Call me on ${number}, please.`
      const hidden = maskNumbers(text)
      expect(hidden).toHaveLength(text.length)
      expect(hidden).not.toContain(number)
      expect(hidden.replace(/\D/g, '')).toBe(
        number.replace(/\D/g, '').slice(-hidden.replace(/\D/g, '').length),
      )
      expect(hidden.replace(/\D/g, '').length).toBeLessThanOrEqual(4)
      expect(hidden.replace(/\D/g, '').length).toBeGreaterThanOrEqual(2)
    }
  })

  it('leaves dates, times, ids and amounts as they are', () => {
    for (const text of [
      'on 2026-01-31 at 10:15:30',
      'on 31.01.2026',
      '2026-03-01T12:00:00.000Z',
      '1e84c3a0-97bd-4b52-a6f8-12345678a123',
      'order_12345678',
      '$1,250.00',
      'at 1767225600 or 1767225600000',
      '123456',
    ])
      expect(maskNumbers(text)).toBe(text)
  })

  it('covers English digits that are said one by one', () => {
    const said = 'My number is four one five, five five five, oh one double two. Bye.'
    expect(maskNumbers(said)).toMatch(/^My number is [•\s,]+\. Bye\.$/)
    expect(maskNumbers(said)).toHaveLength(said.length)
    for (const text of ['one two three', 'one of the five, and two or three more of the seven'])
      expect(maskNumbers(text)).toBe(text)
  })

  it('of any text is as long as the text, says nothing twice, and lets no whole number through', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        digits(10),
        fc.string({ unit: 'grapheme' }),
        (a, number, b) => {
          const text = `${a} +1 ${number} ${b}`
          const hidden = maskNumbers(text)
          expect(hidden).toHaveLength(text.length)
          expect(hidden).not.toContain(` ${number} `)
          expect(maskNumbers(hidden)).toBe(hidden)
        },
      ),
    )
  })

  it('is quick on texts that are nearly numbers', () => {
    const startedMs = performance.now()
    for (const piece of ['1 ', '1-', 'one ', '(1', 'one two ']) maskNumbers(piece.repeat(20_000))
    expect(performance.now() - startedMs).toBeLessThan(1500)
  })

  it('of a field of a number keeps two to four digits, whatever stands around them', () => {
    expect(maskNumber('sip:+14155550123@host')).toBe(`sip:+${MASK.repeat(8)}123@host`)
    expect(maskNumber('12345')).toBe('•••45')
    expect(maskNumber('911')).toBe('•••')
    expect(maskNumber('anonymous')).toBe('anonymous')
  })
})

describe('answers to the window', () => {
  it('are masked in every text of a vendor, and left where people write back what they read', () => {
    const number = '+14155550123'
    const answer = masked({
      id: 'aaaaaaaaaaaaaaaa',
      externalId: '14155550123x',
      startedAt: '2026-03-01T12:00:00.000Z',
      from: number,
      party: '12345',
      comment: number,
      turns: [{ text: `It is ${number}.`, startSec: 41555501.23 }],
      fields: { phone: 14155550123, at: 1767225600000, note: { deep: [number] } },
      snippet: [
        { text: 'on +1415', match: false },
        { text: '5550123', match: true },
      ],
      speech: [new Int32Array([1, 2])],
    })
    expect(answer).toEqual({
      id: 'aaaaaaaaaaaaaaaa',
      externalId: '14155550123x',
      startedAt: '2026-03-01T12:00:00.000Z',
      from: `+${MASK.repeat(8)}123`,
      party: '•••45',
      comment: number,
      turns: [{ text: `It is ${maskNumber(number)}.`, startSec: 41555501.23 }],
      fields: { phone: maskNumber('14155550123'), at: 1767225600000, note: { deep: [maskNumber(number)] } },
      snippet: [
        { text: 'on +••••', match: false },
        { text: maskNumber(number).slice(5), match: true },
      ],
      speech: [new Int32Array([1, 2])],
    })
  })

  it('are masked from the moment that the switch is on', async () => {
    let isOn = false
    const { calls } = maskingTables({ calls: { get: () => ({ from: '+14155550123' }) } }, () => isOn)
    expect(await calls?.get?.({} as never)).toEqual({ from: '+14155550123' })
    isOn = true
    expect(await calls?.get?.({} as never)).toEqual({ from: maskNumber('+14155550123') })
  })

  it('have been thought of for every call of the contract', () => {
    /** Answers without a word of a vendor or of a transcript; or with ids, names and what people wrote alone. */
    const PLAIN =
      /^(?:annotations\.(?:remove|labels)|backup\.|support\.|trouble\.|updates\.|calls\.revisions|connections\.(?!quarantine)|connections\.quarantineRetry|connections\.retry|drafts\.|exports\.|protection\.|recordings\.|retention\.|reviews\.|search\.(?:rebuild|count|facets|matches)|searches\.|sync\.|timing\.|webhooks\.|workspace\.)/
    const all = Object.entries(contract).flatMap(([feature, calls]) =>
      Object.keys(calls).map((call) => `${feature}.${call}`),
    )
    expect(all.filter((name) => !MASKED_CALLS.includes(name) && !PLAIN.test(name))).toEqual([])
    expect(MASKED_CALLS.filter((name) => !all.includes(name))).toEqual([])
  })
})
