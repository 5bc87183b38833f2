import { EarmarkError } from '@contract'
import { describe, expect, it, test } from 'vitest'
import { isTransient, messageIn, parseRetryAfter, problemOf, quoteOf, retryAfterOf } from './problems'
import { responseOf } from './testing'

const now = Date.UTC(2026, 0, 1)
test.each<[string | undefined, number | null]>([
  ['0', 0],
  ['7', 7000],
  ['1.5', 1500],
  [' 7 ', 7000],
  ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
  ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
  ['86400', 900_000],
  ['Thu, 01 Jan 2099 00:00:00 GMT', 900_000],
  ['-5', null],
  ['soon', null],
  ['', null],
  [undefined, null],
])('Retry-After %j asks to wait %j ms', (header, ms) => {
  expect(parseRetryAfter(header, now)).toBe(ms)
})

test('a vendor is quoted on one line, shortened, as data', () => {
  expect(quoteOf(' two\r\n\u0000lines ')).toBe('"two lines"')
  expect(quoteOf('x'.repeat(500))).toBe(`"${'x'.repeat(199)}…"`)
  expect([null, '', '  ', {}, []].map(quoteOf)).toEqual(['', '', '', '', ''])
})

test.each<[unknown, string]>([
  [{ detail: 'No' }, '"No"'],
  [{ message: 'No' }, '"No"'],
  [{ error: { message: 'No' } }, '"No"'],
  [{ error: 'invalid_token', error_description: 'Too old' }, '"Too old"'],
  [{ detail: [{ loc: ['query', 'page'], msg: 'bad' }, { msg: 'worse' }] }, '"query.page: bad; worse"'],
  [{ detail: [] }, ''],
  [['No'], ''],
  [null, ''],
])('of the body %j is quoted %s', (json, quote) => {
  expect(messageIn(responseOf(400, { json }))).toBe(quote)
})

describe('what a status means', () => {
  const about = { vendor: 'Prosper AI', host: 'api.example.com', what: 'call 7' }

  it('says what happened, to what, and what to do, and whether it passes', () => {
    for (const status of [400, 401, 403, 404, 408, 409, 418, 422, 425, 429, 500, 502, 503, 504]) {
      const error = problemOf(responseOf(status, { kind: 'empty' }), about)
      if (!(error instanceof EarmarkError)) throw new Error(`${status} is no problem`)
      expect(error.message, String(status)).toContain('api.example.com')
      expect(error.message, String(status)).toMatch(/\.$/)
      expect(isTransient(error), String(status)).toBe([408, 425, 429].includes(status) || status >= 500)
    }
  })

  it('hands on how long to wait', () => {
    const busy = problemOf(responseOf(503, { kind: 'empty' }, { 'retry-after': '9' }), about)
    expect(busy && retryAfterOf(busy)).toBe(9000)
    const plain = problemOf(responseOf(503, { kind: 'empty' }), about)
    expect(plain && retryAfterOf(plain)).toBeNull()
  })

  it('is nothing where JSON came', () => {
    expect(problemOf(responseOf(200, { json: {} }), about)).toBeNull()
  })
})
