import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Link, parseLink, printLink } from './links'

const ID = 'dfk3m2q7xv5ahz4c'

describe('a link', () => {
  it('leads to a search or to a moment of a call', () => {
    expect(parseLink('earmark://search?q=refund%20-voicemail')).toEqual({
      kind: 'search',
      query: 'refund -voicemail',
    })
    expect(parseLink('earmark://search/?q=a+b')).toEqual({ kind: 'search', query: 'a b' })
    expect(parseLink(`earmark://call/${ID}?t=41.2`)).toEqual({ kind: 'call', callId: ID, startSec: 41.2 })
    expect(parseLink(`earmark://call/${ID}`)).toEqual({ kind: 'call', callId: ID, startSec: null })
  })

  it.each([
    ['', 'nothing'],
    ['earmark:', 'no host'],
    ['earmark://', 'no host'],
    ['earmark://open?file=/etc/passwd', 'another host'],
    ['https://search/?q=a', 'another scheme'],
    ['javascript:alert(1)', 'a script'],
    ['file:///etc/passwd', 'a file'],
    ['earmark://search', 'a search without a query'],
    ['earmark://search?q=a&q=b', 'two queries'],
    ['earmark://search?q=a&x=b', 'something more'],
    ['earmark://search?x=a', 'something else'],
    ['earmark://search/x?q=a', 'a path'],
    ['earmark://user:pass@search?q=a', 'a name and password'],
    ['earmark://user@search?q=a', 'a name'],
    ['earmark://search:80?q=a', 'a port'],
    ['earmark://search?q=a#x', 'a fragment'],
    ['earmark://search?q=a%00b', 'a control character'],
    ['earmark://search?q=a%0Ab', 'a line break'],
    [`earmark://search?q=${'a'.repeat(4001)}`, 'a query that is too long'],
    [`earmark://search?q=${'a'.repeat(50_000)}`, 'a link that is too long'],
    ['earmark://call', 'a call without an id'],
    ['earmark://call/../../etc', 'a path that climbs'],
    [`earmark://call/${ID}/..`, 'a path that climbs'],
    [`earmark://call/${ID.toUpperCase()}`, 'an id in capitals'],
    [`earmark://call/${ID}x`, 'an id that is too long'],
    [`earmark://call/${ID}?t=-1`, 'a negative time'],
    [`earmark://call/${ID}?t=1e3`, 'an exponent'],
    [`earmark://call/${ID}?t=NaN`, 'no number'],
    [`earmark://call/${ID}?t=Infinity`, 'no end'],
    [`earmark://call/${ID}?t=999999999`, 'too late'],
    [`earmark://call/${ID}?t=`, 'an empty time'],
    [`earmark://call/${ID}?t=1&t=2`, 'two times'],
    [`earmark://call/${ID}?q=1`, 'a query'],
  ])('%j is refused: %s', (text) => {
    expect(parseLink(text)).toBeNull()
  })

  it('is printed so that it is understood as the same', () => {
    const query = fc
      .string({ unit: 'grapheme', maxLength: 200 })
      .filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text))
    const link: fc.Arbitrary<Link> = fc.oneof(
      fc.record({ kind: fc.constant('search' as const), query }),
      fc.record({
        kind: fc.constant('call' as const),
        callId: fc.stringMatching(/^[a-z2-7]{16}$/),
        startSec: fc.option(fc.integer({ min: 0, max: 36_000 }).map((tenths) => tenths / 10)),
      }),
    )
    fc.assert(
      fc.property(link, (one) => {
        expect(parseLink(printLink(one))).toEqual(one)
      }),
    )
  })

  it('is never printed so that it can’t be followed, whatever is in the box', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 6000 }), (query) => {
        expect(parseLink(printLink({ kind: 'search', query }))).not.toBeNull()
      }),
    )
  })

  it('of any 50,000 texts is refused or one of the two, and never an error', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'earmark:',
        '//',
        'search',
        'call',
        '/',
        '?',
        'q=',
        't=',
        '&',
        '#',
        '@',
        ':',
        '%00',
        '..',
        ID,
        '41.2',
        '\\',
        '%2e%2e',
        '[::1]',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    )
    const text = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(''))
    const any = fc.oneof(
      text,
      text.map((rest) => `earmark://${rest}`),
      fc.string({ unit: 'binary' }),
    )
    fc.assert(
      fc.property(any, (one) => {
        const link = parseLink(one)
        if (link === null) return
        expect(one.toLowerCase().trimStart().startsWith('earmark:')).toBe(true)
        if (link.kind === 'call') {
          expect(link.callId).toMatch(/^[a-z2-7]{16}$/)
          expect(link.startSec === null || (Number.isFinite(link.startSec) && link.startSec >= 0)).toBe(true)
        } else expect(link.query).not.toMatch(/[\p{Cc}\p{Cs}]/u)
        expect(parseLink(printLink(link))).toEqual(
          link.kind === 'call' && link.startSec !== null
            ? { ...link, startSec: Math.round(link.startSec * 10) / 10 }
            : link,
        )
      }),
      { numRuns: 50_000 },
    )
  })
})
