import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  FIELD_NAMES,
  filtersOf,
  filterText,
  parseQuery,
  printQuery,
  type Term,
  withFilter,
  withoutTerm,
} from '.'

const terms = (text: string) => parseQuery(text).terms
const short = (text: string): string[] =>
  terms(text).map((term) =>
    term.kind === 'filter'
      ? `${term.isNegated ? '-' : ''}${term.field}=${JSON.stringify(term.value)}`
      : `${term.isNegated ? '-' : ''}${term.kind}:${term.text}${term.isPrefix ? '*' : ''}`,
  )
const problems = (text: string) => parseQuery(text).problems
const range = (min: number | null, minIncluded: boolean, max: number | null, maxIncluded: boolean) => ({
  kind: 'range',
  min,
  minIncluded,
  max,
  maxIncluded,
})
const valueIn = (text: string) => filtersOf(`${text} `)[0]?.value

describe('words and phrases', () => {
  test('the word at the end of the box is still being typed', () => {
    expect(short('buy hous')).toEqual(['word:buy', 'word:hous*'])
    expect(short('buy hous ')).toEqual(['word:buy', 'word:hous'])
    expect(short('hous* buy ')).toEqual(['word:hous*', 'word:buy'])
    expect(short('-hous')).toEqual(['-word:hous'])
  })

  test('a quote that is still open is a phrase so far', () => {
    expect(short('x "cancel my')).toEqual(['word:x', 'phrase:cancel my*'])
    expect(short('"cancel my"')).toEqual(['phrase:cancel my'])
    expect(short('"cancel my ')).toEqual(['phrase:cancel my '])
    expect(short('-"cancel my"* x ')).toEqual(['-phrase:cancel my*', 'word:x'])
  })

  test('places are those of the characters in the box', () => {
    expect(terms('a -"b c" status:x  d').map(({ from, to }) => [from, to])).toEqual([
      [0, 1],
      [2, 8],
      [9, 17],
      [19, 20],
    ])
  })

  test('nothing is made of signs alone', () => {
    for (const text of ['', ' ', '-', '*', '"', '""', '-"', '- -', '"  "'])
      expect(short(text), text).toEqual([])
  })

  test('addresses, clock times and a colon without a value are words', () => {
    expect(short('https://x.example 12:30 note: ')).toEqual([
      'word:https://x.example',
      'word:12:30',
      'word:note:',
    ])
    expect(problems('https://x.example 12:30 note: ')).toEqual([])
  })
})

describe('filters', () => {
  test('have names in any case, an alias, quotes, exclusions', () => {
    expect(short('Vendor:Malakai -STATUS:"No answer" campaign:"a ""b"" c" ')).toEqual([
      'source={"kind":"choice","choice":"malakai"}',
      '-status={"kind":"text","text":"No answer","isPrefix":false}',
      'campaign={"kind":"text","text":"a \\"b\\" c","isPrefix":false}',
    ])
  })

  test('a text at the end of the box is still being typed, a quoted one until its quote is closed', () => {
    expect(valueIn('status:comp*')).toEqual({ kind: 'text', text: 'comp', isPrefix: true })
    expect(filtersOf('status:comp')[0]?.value).toMatchObject({ isPrefix: true })
    expect(filtersOf('campaign:"Inb')[0]?.value).toMatchObject({ text: 'Inb', isPrefix: true })
    expect(filtersOf('campaign:"Inb"')[0]?.value).toMatchObject({ text: 'Inb', isPrefix: false })
    expect(filtersOf('campaign:"Inb"*')[0]?.value).toMatchObject({ text: 'Inb', isPrefix: true })
  })

  test.each([
    ['date:2026', { kind: 'days', first: '2026-01-01', last: '2026-12-31' }],
    ['date:2026-02', { kind: 'days', first: '2026-02-01', last: '2026-02-28' }],
    ['date:2024-02-29', { kind: 'days', first: '2024-02-29', last: '2024-02-29' }],
    ['date:2026-01..2026-02-03', { kind: 'days', first: '2026-01-01', last: '2026-02-03' }],
    ['date:2026-01..', { kind: 'days', first: '2026-01-01', last: null }],
    ['date:..2026-01', { kind: 'days', first: null, last: '2026-01-31' }],
    ['date:today', { kind: 'recent', unit: 'day', count: 1, skip: 0 }],
    ['date:Yesterday', { kind: 'recent', unit: 'day', count: 1, skip: 1 }],
    ['date:last-7-days', { kind: 'recent', unit: 'day', count: 7, skip: 0 }],
    ['date:last-2-weeks', { kind: 'recent', unit: 'day', count: 14, skip: 0 }],
    ['date:last-1-month', { kind: 'recent', unit: 'month', count: 1, skip: 0 }],
    ['score:<70', range(null, true, 70, false)],
    ['score:>=70.5', range(70.5, true, null, true)],
    ['score:70..90', range(70, true, 90, true)],
    ['score:=70', range(70, true, 70, true)],
    ['score:70', range(70, true, 70, true)],
    ['duration:>5m', range(300, false, null, true)],
    ['duration:<1m30s', range(null, true, 90, false)],
    ['duration:<=2:30', range(null, true, 150, true)],
    ['duration:1m..1h', range(60, true, 3600, true)],
    ['duration:27s', range(27, true, 28, false)],
    ['duration:5m', range(300, true, 360, false)],
    ['has:Recording', { kind: 'choice', choice: 'recording' }],
    ['reviewed:no', { kind: 'choice', choice: 'no' }],
  ])('%s is understood', (text, value) => {
    expect(valueIn(text)).toEqual(value)
    expect(problems(`${text} `)).toEqual([])
  })

  test.each([
    'date:2026-13',
    'date:2026-02-30',
    'date:2026-02..2026-01',
    'date:last-0-days',
    'date:soon',
    'score:good',
    'score:9..1',
    'duration:5x',
    'has:money',
    'reviewed:maybe',
    'source:acme',
  ])('%s is a problem that says what is expected, at its place, and is left out', (text) => {
    for (const query of [`word ${text} `, `word ${text}`]) {
      const { terms: understood, problems: told } = parseQuery(query)
      expect(understood.map((term) => term.kind)).toEqual(['word'])
      expect(told).toMatchObject([
        { from: 5, to: 5 + text.length, message: expect.stringMatching(/^Expected /) },
      ])
    }
  })

  test('an unknown field is a problem that names those there are', () => {
    expect(problems('-speakr:caller x')).toMatchObject([
      { from: 0, to: 14, message: expect.stringContaining('status, sentiment') },
    ])
  })

  test.each([
    'status:',
    'date:2026-',
    'date:20',
    'date:2026-01..',
    'date:2026-01..20',
    'date:last-7',
    'date:tod',
    'score:<',
    'score:>=',
    'duration:>1m3',
    'has:rec',
    'source:m',
  ])('%s at the end of the box is no problem: it is still being typed', (text) => {
    expect(problems(`word ${text}`)).toEqual([])
  })

  test('a value that is missing in the middle is a problem', () => {
    expect(problems('status: word')).toMatchObject([{ from: 0, to: 7 }])
    expect(problems('date:2026- word')).toHaveLength(1)
  })
})

describe('editing', () => {
  test('a filter goes before everything, so that what is being typed stays so', () => {
    expect(withFilter('refu', 'status', 'completed')).toBe('status:completed refu')
    expect(withFilter('"cancel my', 'campaign', 'Inbound sales')).toBe('campaign:"Inbound sales" "cancel my')
    expect(withFilter('', 'status', 'completed')).toBe('status:completed ')
  })

  test('a field has one value afterwards, in the place of the first; exclusions stay', () => {
    expect(withFilter('a status:x b status:y -status:z c', 'status', 'w')).toBe('a status:w b -status:z c')
    expect(withFilter('a status:x', 'status', 'w')).toBe('a status:w ')
    expect(withFilter('a status:x b -status:z', 'status', null)).toBe('a b -status:z')
    expect(withFilter('a status:x', 'status', null)).toBe('a ')
  })

  test('a chip that is closed takes its own characters away', () => {
    const text = 'a campaign:"b c" d'
    const [filter] = filtersOf(text)
    expect(filter && withoutTerm(text, filter)).toBe('a d')
  })

  test('any value of a text field that a menu writes is read as that value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (value, rest) => {
        fc.pre(value.trim() !== '')
        const [filter] = filtersOf(withFilter(rest, 'campaign', value)).filter(
          (one) => one.field === 'campaign',
        )
        expect(filter?.value).toEqual({ kind: 'text', text: value.trim(), isPrefix: false })
      }),
    )
  })
})

/** What random boxes are made of: half of it means something. */
const boxText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '"',
        '-',
        '*',
        ' ',
        ':',
        '..',
        '(',
        ')',
        'OR',
        'NEAR(a b, 5)',
        '<',
        '\\',
        "'",
        ';',
        '\0',
        '\uE000',
        '\uE010s',
      ),
      fc.constantFrom(...FIELD_NAMES, 'speaker').map((name) => `${name}:`),
      fc.constantFrom(
        '2026-01',
        'last-7-days',
        '70',
        '5m',
        'recording',
        'yes',
        'refund',
        'café',
        '房子',
        '👍🏽',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(''))

const withoutPlaces = (all: readonly Term[]) =>
  all.map(({ from: _from, to: _to, ...term }) =>
    // How a value was quoted does not matter once it is understood.
    term.kind === 'filter' ? { ...term, raw: '' } : term,
  )

test('parse, print, parse gives the same terms', () => {
  fc.assert(
    fc.property(boxText, (text) => {
      const first = terms(text)
      expect(withoutPlaces(terms(printQuery(first)))).toEqual(withoutPlaces(first))
    }),
    { numRuns: 3000, examples: [['date:"2026-01'], ['label:"Missed'], ['-score:"<70']] },
  )
})

test('every character of a term or a problem lies in the text, in order and apart', () => {
  fc.assert(
    fc.property(boxText, (text) => {
      const { terms: understood, problems: told } = parseQuery(text)
      const places = [...understood, ...told].sort((a, b) => a.from - b.from)
      let before = 0
      for (const { from, to } of places) {
        expect(from).toBeGreaterThanOrEqual(before)
        expect(to).toBeGreaterThan(from)
        before = to
      }
      expect(before).toBeLessThanOrEqual(text.length)
    }),
    { numRuns: 2000 },
  )
})

test('quotes are written where a value needs them', () => {
  expect(filterText('campaign', 'a b')).toBe('campaign:"a b"')
  expect(filterText('campaign', 'a"b')).toBe('campaign:"a""b"')
  expect(filterText('date', '2026-01')).toBe('date:2026-01')
})
