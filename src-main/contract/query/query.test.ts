import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  FIELD_NAMES,
  filtersOf,
  filterText,
  parseQuery,
  printQuery,
  type QueryNode,
  withFilter,
  withoutTerm,
} from '.'

const terms = (text: string) => parseQuery(text).terms
const shortNode = (node: QueryNode): string => {
  const sign = node.isNegated ? '-' : ''
  const star = (text: string, isPrefix: boolean) => `${text}${isPrefix ? '*' : ''}`
  if (node.kind === 'and' || node.kind === 'or')
    return `${sign}${node.kind}[${node.nodes.map(shortNode).join(', ')}]`
  if (node.kind === 'near')
    return `${sign}near${node.distance}[${node.phrases.map((one) => star(one.text, one.isPrefix)).join(', ')}]`
  if (node.kind === 'filter')
    return `${sign}${node.field}${node.path === null ? '' : `.${node.path}`}=${JSON.stringify(node.value)}`
  return `${sign}${node.kind}:${star(node.text, node.isPrefix)}`
}
const short = (text: string): string[] => parseQuery(text).root.nodes.map(shortNode)
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

describe('groups', () => {
  test.each([
    ['house OR flat ', ['or[word:house, word:flat]']],
    ['a b OR c ', ['or[and[word:a, word:b], word:c]']],
    ['x (house OR flat) ', ['word:x', 'or[word:house, word:flat]']],
    ['x -(a b) ', ['word:x', '-and[word:a, word:b]']],
    ['NOT a AND b ', ['-word:a', 'word:b']],
    ['(a b) ', ['word:a', 'word:b']],
    ['((a)) -(-b) ', ['word:a', 'word:b']],
    ['a OR (b (c OR d)) ', ['or[word:a, and[word:b, or[word:c, word:d]]]']],
    [
      '(status:completed OR campaign:"a)b") ',
      [
        'or[status={"kind":"text","text":"completed","isPrefix":false}, campaign={"kind":"text","text":"a)b","isPrefix":false}]',
      ],
    ],
    ['campaign:a(b) ', ['campaign={"kind":"text","text":"a(b)","isPrefix":false}']],
    ['or and not near(a) ', ['word:or', 'word:and', 'word:not', 'word:near', 'word:a']],
  ])('%s', (text, nodes) => {
    expect(short(text)).toEqual(nodes)
    expect(problems(text)).toEqual([])
  })

  test.each([
    ['house OR', ['word:house']],
    ['house OR fl', ['or[word:house, word:fl*]']],
    ['(house OR fl', ['or[word:house, word:fl*]']],
    ['(house OR ', ['word:house']],
    ['x (', ['word:x']],
    ['x -(', ['word:x']],
    ['OR x', ['word:x*']],
    ['NOT ', []],
    ['() (a) ', ['word:a']],
  ])('%s, half-typed, is what is complete of it', (text, nodes) => {
    expect(short(text)).toEqual(nodes)
    expect(problems(text)).toEqual([])
  })

  test('a bracket that closes nothing is told, and the rest is understood', () => {
    expect(short('a) b ')).toEqual(['word:a', 'word:b'])
    expect(problems('a) b ')).toEqual([{ from: 1, to: 2, message: expect.stringContaining('"("') }])
  })

  test('a box full of brackets is told to be too deep, and nothing breaks', () => {
    expect(problems('('.repeat(4000)).length).toBeGreaterThan(0)
    expect(parseQuery(`${'('.repeat(2000)}a${')'.repeat(1999)}`)).toBeDefined()
  })
})

describe('NEAR', () => {
  test.each([
    ['NEAR(buy house, 5) ', ['near5[buy, house]']],
    ['NEAR(buy "big house") ', ['near10[buy, big house]']],
    ['-NEAR(a b* c,9) ', ['-near9[a, b*, c]']],
    ['NEAR(buy hou', ['near10[buy, hou*]']],
    ['NEAR(buy', ['phrase:buy*']],
    ['NEAR(buy house,', ['near10[buy, house]']],
    ['NEAR(', []],
    ['NEAR() x ', ['word:x']],
  ])('%s', (text, nodes) => {
    expect(short(text)).toEqual(nodes)
    expect(problems(text)).toEqual([])
  })

  test('words farther apart than the index tells are told, and looked for as far as it does', () => {
    expect(short('NEAR(a b,99999) ')).toEqual(['near10[a, b]'])
    expect(problems('NEAR(a b,99999) ')).toMatchObject([{ from: 0, to: 15 }])
    expect(problems('NEAR(a b,10) ')).toEqual([])
  })

  test('a bracket or a comma inside is told at its place', () => {
    expect(problems('NEAR(a (b, 5) ')).toMatchObject([{ from: 7, to: 8 }])
  })
})

describe('fields of the vendor', () => {
  test.each([
    [
      'data.appointment_scheduled:true ',
      ['data.appointment_scheduled={"kind":"text","text":"true","isPrefix":false}'],
    ],
    [
      'DATA.Customer.Interest-Level:"very high" ',
      ['data.customer.interest_level={"kind":"text","text":"very high","isPrefix":false}'],
    ],
    [
      'qa.overall_score:<70 ',
      ['qa.overall_score={"kind":"range","min":null,"minIncluded":true,"max":70,"maxIncluded":false}'],
    ],
    [
      'data.größe:1..2 ',
      ['data.große={"kind":"range","min":1,"minIncluded":true,"max":2,"maxIncluded":true}'],
    ],
    ['data.when:2026-01-15 ', ['data.when={"kind":"text","text":"2026-01-15","isPrefix":false}']],
  ])('%s', (text, nodes) => {
    expect(short(text)).toEqual(nodes.map((node) => node.normalize('NFC')))
    expect(problems(text)).toEqual([])
  })

  test('without a path or a value it is told what is expected; at the end of the box it is still being typed', () => {
    for (const text of ['data.x: b ', 'data.:5 ', 'qa:70 ', 'qa.x:>z '])
      expect(problems(text), text).toMatchObject([
        { from: 0, message: expect.stringMatching(/^Expected (what|a result)/) },
      ])
    for (const text of ['data.x:', 'qa.x:>', 'qa.x:5..']) expect(problems(text), text).toEqual([])
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
    ['talk:>60%', range(60, false, null, true)],
    ['talk:40%..60', range(40, true, 60, true)],
    ['talk:60%', range(60, true, 61, false)],
    ['silence:<=12.5%', range(null, true, 12.5, true)],
    ['deadair:>5s', range(5, false, null, true)],
    ['monologue:>1m', range(60, false, null, true)],
    ['interruptions:>2', range(2, false, null, true)],
    ['interruptions:0', range(0, true, 0, true)],
    ['latency:>800ms', range(0.8, false, null, true)],
    ['latency:1.5s..2s', range(1.5, true, 2, true)],
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
    'talk:much',
    'talk:>60%%',
    'deadair:>5%',
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
    'talk:>',
    'latency:>800m',
    'has:dead',
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

  test('a filter holds for all alternatives', () => {
    expect(withFilter('a OR b ', 'status', 'x')).toBe('status:x (a OR b) ')
    expect(withFilter('a OR b', 'status', 'x')).toBe('status:x (a OR b')
    expect(withFilter('(a OR b) ', 'status', 'x')).toBe('status:x (a OR b) ')
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
        ' OR ',
        'NOT ',
        ' AND ',
        'NEAR(',
        ', 5)',
        'NEAR(a b, 5)',
        'data.a_b:',
        'qa.X.y:>',
        '<',
        '\\',
        "'",
        ';',
        '\0',
        '\uE000',
        '\uE010s',
      ),
      fc.constantFrom(...FIELD_NAMES, 'speakr').map((name) => `${name}:`),
      fc.constantFrom(
        '2026-01',
        'last-7-days',
        '70',
        '5m',
        '>60%',
        '<800ms',
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

const withoutPlaces = (nodes: readonly QueryNode[]): unknown[] =>
  nodes.map(({ from: _from, to: _to, ...node }) => {
    if (node.kind === 'and' || node.kind === 'or') return { ...node, nodes: withoutPlaces(node.nodes) }
    // How a value was quoted does not matter once it is understood.
    return node.kind === 'filter' ? { ...node, raw: '' } : node
  })

test('parse, print, parse gives the same query', () => {
  fc.assert(
    fc.property(boxText, (text) => {
      const { root } = parseQuery(text)
      expect(withoutPlaces(parseQuery(printQuery(root)).root.nodes)).toEqual(withoutPlaces(root.nodes))
    }),
    {
      numRuns: 3000,
      examples: [
        ['date:"2026-01'],
        ['label:"Missed'],
        ['-score:"<70'],
        ['(score:"<70'],
        ['NOT NOT x'],
        ['NEAR(a:b)'],
      ],
    },
  )
})

test('what a group holds lies inside it, in order and apart; so do problems in the text', () => {
  const check = (places: readonly { from: number; to: number }[], within: { from: number; to: number }) => {
    let before = within.from
    for (const { from, to } of places) {
      expect(from).toBeGreaterThanOrEqual(before)
      expect(to).toBeGreaterThan(from)
      before = to
    }
    expect(before).toBeLessThanOrEqual(within.to)
  }
  const checkNode = (node: QueryNode): void => {
    if (node.kind !== 'and' && node.kind !== 'or') return
    check(node.nodes, node)
    for (const child of node.nodes) checkNode(child)
  }
  fc.assert(
    fc.property(boxText, (text) => {
      const { root, problems: told } = parseQuery(text)
      checkNode(root)
      check(told, { from: 0, to: text.length })
    }),
    { numRuns: 2000 },
  )
})

test('quotes are written where a value needs them', () => {
  expect(filterText('campaign', 'a b')).toBe('campaign:"a b"')
  expect(filterText('campaign', 'a"b')).toBe('campaign:"a""b"')
  expect(filterText('date', '2026-01')).toBe('date:2026-01')
})
