import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { completed, fieldsBegun, offeredFilter, typingAt } from './complete'
import { FIELD_NAMES } from './fields'
import { parseQuery } from './parse'

/** `|` is the cursor. */
const at = (marked: string) => typingAt(marked.replace('|', ''), marked.indexOf('|'))

describe('what is typed at the cursor', () => {
  it.each([
    ['sta|', { kind: 'word', begun: 'sta', from: 0, to: 3 }],
    ['refund -sta|', { kind: 'word', begun: 'sta', from: 8, to: 11 }],
    ['(house OR sta|) x', { kind: 'word', begun: 'sta', from: 10, to: 13 }],
    ['st|atus:completed', { kind: 'word', begun: 'st', from: 0, to: 7 }],
    ['status:|', { kind: 'value', field: 'status', path: null, begun: '', from: 0, to: 7 }],
    ['refund status:com| x', { kind: 'value', field: 'status', path: null, begun: 'com', from: 7, to: 17 }],
    ['-status:com|', { kind: 'value', field: 'status', path: null, begun: 'com', from: 1, to: 11 }],
    [
      'campaign:"Inbound s|',
      { kind: 'value', field: 'campaign', path: null, begun: 'Inbound s', from: 0, to: 19 },
    ],
    [
      'campaign:"In|bound sales" x',
      { kind: 'value', field: 'campaign', path: null, begun: 'In', from: 0, to: 24 },
    ],
    ['(status:com|) x', { kind: 'value', field: 'status', path: null, begun: 'com', from: 1, to: 11 }],
    ['data.|', { kind: 'path', field: 'data', begun: '', from: 0, to: 5 }],
    ['qa.gree|', { kind: 'path', field: 'qa', begun: 'gree', from: 0, to: 7 }],
    [
      'data.Was_booked:tr|',
      { kind: 'value', field: 'data', path: 'was_booked', begun: 'tr', from: 0, to: 18 },
    ],
    ['from:+10*|', { kind: 'value', field: 'from', path: null, begun: '+10', from: 0, to: 9 }],
    ['https://example|', { kind: 'word', begun: 'https://example', from: 0, to: 15 }],
  ])('in %s', (marked, typing) => {
    expect(at(marked)).toEqual(typing)
  })

  it.each([
    '|',
    'a |',
    '"status:com|',
    '"a status|"',
    'NEAR(sta|',
    'NEAR(a sta|, 3)',
    '-|',
    '(|',
    '|sta',
    'a "b"|',
  ])('is nothing in %s', (marked) => {
    expect(at(marked)).toBeNull()
  })

  it('lies in the text, whatever is typed', () => {
    const piece = fc.constantFrom(
      'status:',
      '"',
      '(',
      ')',
      ' ',
      '-',
      'data.',
      'NEAR(',
      'a',
      ':',
      '*',
      '👍',
      ',',
      'OR',
    )
    const text = fc.oneof(
      fc.array(piece, { maxLength: 20 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary', maxLength: 40 }),
    )
    fc.assert(
      fc.property(text, fc.nat(50), (query, nat) => {
        const cursor = Math.min(nat, query.length)
        const typing = typingAt(query, cursor)
        if (typing === null) return
        expect(typing.from).toBeLessThan(cursor)
        expect(typing.to).toBeGreaterThanOrEqual(cursor)
        expect(typing.to).toBeLessThanOrEqual(query.length)
      }),
      { numRuns: 20_000 },
    )
  })
})

describe('a suggestion that is taken', () => {
  const take = (marked: string, insert: string) => {
    const typing = at(marked)
    if (!typing) throw new Error('Nothing is typed there.')
    const { text, cursor } = completed(marked.replace('|', ''), typing, insert)
    return `${text.slice(0, cursor)}|${text.slice(cursor)}`
  }

  it('takes the place of what was begun, with the cursor behind it', () => {
    expect(take('refund sta|', 'status:')).toBe('refund status:|')
    expect(take('status:com| refund', 'status:completed')).toBe('status:completed |refund')
    expect(take('status:com|', 'status:completed')).toBe('status:completed |')
    expect(take('-campaign:"In|', 'campaign:"Inbound sales"')).toBe('-campaign:"Inbound sales" |')
    expect(take('(status:com|) x', 'status:completed')).toBe('(status:completed|) x')
    expect(take('da|', 'data.')).toBe('data.|')
    expect(take('data.a|', 'data.a_b.c:')).toBe('data.a_b.c:|')
    expect(take('to:|', 'to:.')).toBe('to:. |')
    expect(take('to:|', 'to:x:')).toBe('to:x: |')
  })

  it('of any value is read as that value, wherever it was taken', () => {
    const field = fc.constantFrom(...FIELD_NAMES)
    const value = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.constantFrom('a b', 'a"b', '(a)', '*', 'a*', '-a', 'x:y', '<5', '.', 'a:'),
    )
    fc.assert(
      fc.property(field, value, fc.constantFrom('', 'refund ', '(a OR ', '-'), (name, text, before) => {
        const path = name === 'data' || name === 'qa' ? 'a.b' : null
        const insert = offeredFilter(name, text, path)
        if (insert === null) return
        const query = `${before}${name}:`
        const taken = completed(query, { from: before.length, to: query.length }, insert)
        const written = JSON.stringify(parseQuery(taken.text).root)
        const [only] = parseQuery(`${insert} `).terms
        if (only?.kind !== 'filter') throw new Error('It is no filter.')
        expect(written).toContain(JSON.stringify(only.value))
        expect(only.value.kind === 'text' ? only.value.text : only.raw).toBe(text)
      }),
      { numRuns: 5000 },
    )
  })

  it('is made for most values', () => {
    expect(offeredFilter('campaign', 'Inbound "best" sales')).toBe('campaign:"Inbound ""best"" sales"')
    expect(offeredFilter('data', 'yes', 'booked')).toBe('data.booked:yes')
    // A comparison; there is no way to mean the text.
    expect(offeredFilter('data', '<5', 'booked')).toBeNull()
    expect(offeredFilter('status', ' ')).toBeNull()
  })
})

describe('fields by their beginning', () => {
  it('are found in any case', () => {
    expect(fieldsBegun('Sta')).toEqual(['status'])
    expect(fieldsBegun('s')).toEqual(['source', 'status', 'sentiment', 'speaker', 'score', 'silence'])
  })
})
