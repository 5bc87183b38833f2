import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CutRow, type CutterLimits, RowCutter } from './row-cutter'

const LIMITS: CutterLimits = {
  maxRowBytes: 100_000,
  beginningBytes: 40,
  maxDepth: 300,
  maxEnvelopeBytes: 100_000,
  maxSpaceBytes: 1000,
}
const PATHS = [['data', 'logs'], ['data']]

/** Cuts a text that comes in pieces which end at these places. */
function cut(text: string | Buffer, edges: readonly number[] = [], limits: Partial<CutterLimits> = {}) {
  const bytes = Buffer.from(text)
  const rows: CutRow[] = []
  const begun: string[] = []
  const cutter = new RowCutter(
    PATHS,
    { ...LIMITS, ...limits },
    { onRow: (row) => rows.push(row), onArray: (envelope) => begun.push(envelope) },
  )
  const places = [...new Set([0, ...edges.map((edge) => edge % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  )
  let fault: ReturnType<RowCutter['push']> = null
  // Each piece is a copy that is overwritten afterwards, as a network's buffer would be.
  for (const [index, place] of places.entries()) {
    const piece = Buffer.from(bytes.subarray(place, places[index + 1]))
    fault ??= cutter.push(piece)
  }
  return { rows, begun, fault, ...cutter.end() }
}

const rowTexts = (rows: readonly CutRow[]) =>
  rows.map((row) => (row.kind === 'row' ? row.bytes.toString('utf8') : row.kind))

/** JSON, written with white space in places where it may stand. */
const written = (value: unknown, indent: string | number) => JSON.stringify(value, null, indent)
const indents = fc.constantFrom<string | number>('', 1, '\t', ' \r\n ')
const anyText = fc.string({ unit: 'binary', maxLength: 12 })
const anyJson = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    anyText,
    fc.constantFrom('\\', '"', '\\"', '{"data":[', ']}', '\u2028'),
    fc.double({ noDefaultInfinity: true, noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(anyText, fc.constantFrom('data', 'logs')), tie('value'), { maxKeys: 4 }),
  ),
})).value

const answers = fc
  .record({
    before: fc.dictionary(anyText, anyJson, { maxKeys: 3 }),
    rows: fc.array(anyJson, { maxLength: 6 }),
    inner: fc.dictionary(anyText, anyJson, { maxKeys: 3 }),
    after: fc.dictionary(anyText, anyJson, { maxKeys: 3 }),
    isFlat: fc.boolean(),
  })
  .map(({ before, rows, inner, after, isFlat }) => {
    const put = (logs: unknown) => ({
      ...before,
      data: isFlat ? logs : { ...inner, logs },
      ...Object.fromEntries(Object.entries(after).filter(([key]) => key !== 'data')),
    })
    return { whole: put(rows), envelope: put([]), rows }
  })
const edges = fc.array(fc.nat(), { maxLength: 20 })

/** What `JSON.parse` makes of a text, -0 aside; `undefined` where it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

describe('rows cut out of an answer', () => {
  test('are what JSON.parse finds in it, wherever the pieces end, and so is the rest', () => {
    fc.assert(
      fc.property(answers, indents, edges, ({ whole, envelope, rows }, indent, places) => {
        const text = written(whole, indent)
        const found = cut(text, places)
        expect(found.isWhole).toBe(true)
        expect(rowTexts(found.rows).map(parsed)).toEqual(JSON.parse(JSON.stringify(rows)))
        expect(JSON.parse(found.envelope)).toEqual(JSON.parse(JSON.stringify(envelope)))
        // What came before the rows can be read when they begin.
        expect(found.begun.map(parsed)).not.toContain(undefined)
        expect(found.begun).toHaveLength(1)
      }),
      { numRuns: 500 },
    )
  })

  test('byte by byte are the same as at once', () => {
    const text = written(
      { responseCode: 2000, data: { logs: [{ a: 'é👍\\"', b: [1, {}] }, 7, 'x', null] } },
      2,
    )
    const all = Array.from({ length: Buffer.byteLength(text) }, (_, at) => at)
    const found = cut(text, all)
    expect(rowTexts(found.rows).map(parsed)).toEqual([{ a: 'é👍\\"', b: [1, {}] }, 7, 'x', null])
    expect(JSON.parse(found.envelope)).toEqual({ responseCode: 2000, data: { logs: [] } })
  })

  test('of damaged JSON are never taken for a whole answer', () => {
    const damages = fc.array(fc.tuple(fc.nat(), fc.constantFrom(...'{}[]",:\\ x0')), {
      minLength: 1,
      maxLength: 3,
    })
    fc.assert(
      fc.property(answers, damages, fc.boolean(), edges, ({ whole }, changes, isCut, places) => {
        let text = written(whole, '')
        for (const [at, character] of changes) {
          const place = at % text.length
          text = isCut ? text.slice(0, place) : text.slice(0, place) + character + text.slice(place + 1)
        }
        // Damage inside a character is JSON's own business.
        if (text !== Buffer.from(text).toString('utf8')) return
        const found = cut(text, places)
        const isRead =
          found.isWhole &&
          parsed(found.envelope) !== undefined &&
          rowTexts(found.rows).every((row) => parsed(row) !== undefined)
        expect(isRead).toBe(parsed(text) !== undefined)
      }),
      { numRuns: 1000 },
    )
  })

  test('that are too long are told by their beginning, and those behind them are read', () => {
    const long = { id: 1, text: 'x'.repeat(5000), more: ['"', { a: ']' }] }
    for (const places of [[], [100, 200, 3000], Array.from({ length: 5000 }, (_, at) => at)]) {
      const found = cut(written({ data: [long, { id: 2 }] }, ''), places, { maxRowBytes: 1000 })
      expect(found.rows).toEqual([
        {
          kind: 'too-long',
          beginning: Buffer.from(JSON.stringify(long).slice(0, 40)),
          size: JSON.stringify(long).length,
        },
        { kind: 'row', bytes: Buffer.from('{"id":2}') },
      ])
      expect(found.isWhole).toBe(true)
    }
  })

  test('that are nested too deeply are told apart, and those behind them are read', () => {
    const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`
    const found = cut(`{"data":[${deep},{"id":2}]}`, [7, 100, 6000])
    expect(found.rows.map(({ kind }) => kind)).toEqual(['too-deep', 'row'])
    expect(found.rows[0]).toMatchObject({ beginning: Buffer.from('['.repeat(40)), size: 10_000 })
  })

  test.each([
    ['white space without end between rows', `{"data":[1,${' '.repeat(2000)}`, 'space'],
    ['white space without end in a row', `{"data":[{"a":${' '.repeat(2000)}`, 'space'],
    ['white space without end around them', `{${'\n'.repeat(2000)}`, 'space'],
    ['more around the rows than fits', `{"a":"${'x'.repeat(200_000)}`, 'envelope'],
    ['brackets without end around them', '['.repeat(1000), 'syntax'],
    ['two rows without a comma', '{"data":[{}{}]}', 'syntax'],
    ['a comma without a row', '{"data":[1,]}', 'syntax'],
    ['brackets crosswise', '{"a":[}]', 'syntax'],
  ] as const)('end at %s', (_, text, fault) => {
    expect(cut(text, [3, 50, 900])).toMatchObject({ fault, isWhole: false })
  })

  test('are none where the list is null or no list', () => {
    expect(cut('{"data":{"logs":null}}')).toMatchObject({
      rows: [],
      begun: [],
      envelope: '{"data":{"logs":null}}',
    })
    expect(cut('{"logs":[1],"data":{"x":{"logs":[2]}}}')).toMatchObject({ rows: [], isWhole: true })
  })
})
