import { describe, expect, it, test } from 'vitest'
import { isFinalStatus, makeTurn, speakerOf } from './turns'
import {
  decodeNested,
  readCount,
  readId,
  readInstantMs,
  readLengthMs,
  readNumber,
  readText,
  readUrls,
  storable,
} from './values'

describe('lengths', () => {
  test.each<[unknown, number | null]>([
    [180, 180_000],
    [27.71903395652771, 27_719],
    [0, 0],
    ['180', 180_000],
    ['180.5', 180_500],
    [' 180 ', 180_000],
    ['03:00', 180_000],
    ['0:03:00', 180_000],
    ['1:02:03.5', 3_723_500],
    ['90:00', 5_400_000],
    ['180 seconds', 180_000],
    ['210 Seconds', 210_000],
    ['180s', 180_000],
    ['1 second', 1000],
    ['3 min 5 s', 185_000],
    ['3m5s', 185_000],
    ['1 hour, 2 minutes', 3_720_000],
    ['PT3M5S', 185_000],
    ['1500 ms', 1500],
    [-3, null],
    ['-3', null],
    [Number.NaN, null],
    [Number.POSITIVE_INFINITY, null],
    [1_705_314_600, null],
    ['soon', null],
    ['12 parsecs', null],
    ['50%', null],
    ['', null],
    [null, null],
    [undefined, null],
    [true, null],
    [[180], null],
    [{}, null],
  ])('%j is %j ms', (value, ms) => {
    expect(readLengthMs(value)).toBe(ms)
  })

  it('are not looked for in a megabyte of text', () => {
    expect(readLengthMs('1 s '.repeat(250_000))).toBeNull()
  })
})

describe('instants', () => {
  const ms = Date.UTC(2024, 0, 15, 10, 30)
  test.each<[unknown, number | null]>([
    ['2024-01-15T10:30:00Z', ms],
    ['2024-01-15T10:30:00', ms],
    ['2024-01-15 10:30:00', ms],
    ['2024-01-15T10:30Z', ms],
    ['2024-01-15 10:30:00 UTC', ms],
    ['2024-01-15T10:30:00.123456+00:00', ms + 123],
    ['2024-01-15T12:30:00+0200', ms],
    ['2024-01-15T12:30:00+02', ms],
    ['2024-01-15', Date.UTC(2024, 0, 15)],
    [ms, ms],
    [ms / 1000, ms],
    [String(ms), ms],
    ['1705314600', ms],
    ['15/01/2024', null],
    ['yesterday', null],
    ['2024-13-45T10:30:00Z', null],
    [0, null],
    ['', null],
    [null, null],
    [-5, null],
  ])('%j is %j', (value, expected) => {
    expect(readInstantMs(value)).toBe(expected)
  })
})

test.each<[unknown, string | null]>([
  [12345, '12345'],
  ['12345', '12345'],
  [' abc ', 'abc'],
  ['DUMMY_SESSION_ID', 'DUMMY_SESSION_ID'],
  ['', null],
  ['  ', null],
  ['null', null],
  ['None', null],
  ['undefined', null],
  ['N/A', null],
  ['-', null],
  ['0', null],
  ['00000000-0000-0000-0000-000000000000', null],
  [0, null],
  [1.5, null],
  [true, null],
  [null, null],
  [{}, null],
])('the id in %j is %j', (value, id) => {
  expect(readId(value)).toBe(id)
})

test('numbers come as numbers and as text, and nothing else is one', () => {
  expect([92, '92', ' 92.5 ', '92%', '-1', '.5'].map(readNumber)).toEqual([92, 92, 92.5, 92, -1, 0.5])
  expect(['', 'x', '1e5', '0x10', null, true, [], Number.NaN].map(readNumber)).toEqual(Array(8).fill(null))
  expect([0, 150, '150', -1, 1.5, 2 ** 60].map(readCount)).toEqual([0, 150, 150, null, null, null])
})

test('text that is shown can be stored: no lone surrogates, no NUL', () => {
  expect(storable('a\0b \ud83d c \udc4d 👍')).toBe('ab \ufffd c \ufffd 👍')
  expect(readText(' \0 ')).toBeNull()
  expect(readText(12)).toBe('12')
  expect(readText(true)).toBe('yes')
})

test('only http and https addresses are taken for recordings, each once', () => {
  const hostile = [null, '', 'file:///etc/passwd', 'javascript:alert(1)', 'C:\\a.mp3', 'http://', 7, {}]
  expect(
    readUrls([...hostile, 'https://a.example/1', 'https://a.example/1', { url: 'http://b.example/2' }]),
  ).toEqual(['https://a.example/1', 'http://b.example/2'])
  expect(readUrls('https://a.example/1')).toEqual(['https://a.example/1'])
  expect(readUrls(undefined)).toEqual([])
})

test('an address without a host belongs to the API that gave it', () => {
  const given = [null, '/audio/1.mp3', '//audio.example/2', 'none', 'file:///etc/passwd', '/\\\\evil:port']
  const base = 'https://a.example/api'
  expect(readUrls(given, base)).toEqual(['https://a.example/audio/1.mp3', 'https://audio.example/2'])
  expect(readUrls(given)).toEqual([])
})

test('JSON inside a text is decoded, other texts stay as they are', () => {
  expect(decodeNested(' [{"a":1}]')).toEqual([{ a: 1 }])
  expect(['{broken', '[not json', 'plain', '42', 7].map(decodeNested)).toEqual([
    '{broken',
    '[not json',
    'plain',
    '42',
    7,
  ])
})

test.each([
  ['agent', 'agent'],
  ['Assistant', 'agent'],
  ['AI', 'agent'],
  ['bot', 'agent'],
  ['user', 'caller'],
  [' Caller ', 'caller'],
  ['customer', 'caller'],
  ['human', 'caller'],
  ['system', 'other'],
  ['constructor', 'other'],
  ['', 'other'],
  [null, 'other'],
])('%j speaks as %s', (role, speaker) => {
  expect(speakerOf(role)).toBe(speaker)
})

describe('a turn as shown', () => {
  const times = { startMs: null, endMs: null }
  const shown = (role: string, text: string, hasTokens = true) => {
    const { text: shownText, redirect } = makeTurn(role, text, times, hasTokens)
    return [shownText, redirect]
  }

  test.each<[string, string, string | null]>([
    ['One moment please. REDIRECT_Sales', 'One moment please.', 'Sales'],
    ['assist you. REDIRECT_customer_service', 'assist you.', 'customer_service'],
    ['Bye REDIRECT_Sales. ', 'Bye', 'Sales'],
    ['REDIRECT_Sales', '', 'Sales'],
    ['Gut REDIRECT_Kundendienst-Süd', 'Gut', 'Kundendienst-Süd'],
    ['जी REDIRECT_बिक्री', 'जी', 'बिक्री'],
    ['Both REDIRECT_First REDIRECT_Second', 'Both', 'Second'],
    ['(REDIRECT_Sales)', '(', 'Sales'],
    ['Say REDIRECT_Sales to me and then wait', 'Say REDIRECT_Sales to me and then wait', null],
    ['REDIRECT_', 'REDIRECT_', null],
    ['NOREDIRECT_Sales', 'NOREDIRECT_Sales', null],
    ['  spaces around  ', 'spaces around', null],
    ['---', '---', null],
  ])('%j reads %j, sent on to %j', (raw, text, redirect) => {
    expect(shown('assistant', raw)).toEqual([text, redirect])
  })

  it('keeps what a caller says, and all texts of vendors without tokens', () => {
    expect(shown('user', 'REDIRECT_Sales')).toEqual(['REDIRECT_Sales', null])
    expect(shown('agent', 'REDIRECT_Sales', false)).toEqual(['REDIRECT_Sales', null])
  })

  it('keeps the raw text beside it', () => {
    expect(makeTurn('assistant', ' Bye. REDIRECT_Sales', times, true).rawText).toBe(' Bye. REDIRECT_Sales')
  })

  it('is made from 5 MB in no time', () => {
    const startMs = performance.now()
    makeTurn('assistant', `${'REDIRECT_a b '.repeat(400_000)} REDIRECT_Sales`, times, true)
    expect(performance.now() - startMs).toBeLessThan(500)
  })
})

test('a call is not final while it goes on or waits, whatever the spelling', () => {
  for (const status of [
    'in_progress',
    'In Progress',
    'in-progress',
    'queued',
    'ringing',
    'PENDING',
    'scheduled',
  ])
    expect(isFinalStatus(status), status).toBe(false)
  for (const status of ['completed', 'failed', 'no-answer', 'voicemail', 'teleported', null])
    expect(isFinalStatus(status), String(status)).toBe(true)
})
