import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MATCH_CLOSE, MATCH_OPEN } from './index-text'
import { isPlainCall, markPlain, plainMark, plainMarker } from './mark-plain'
import { withScratch } from './scratch'

const piece = fc.constantFrom(
  ...[
    'a',
    'ab',
    'Ab',
    'ABC',
    'b',
    'c7',
    '7',
    "don't",
    '_a',
    'a-b',
    '’',
    '—',
    '…',
    '€',
    '\u00a0',
    '?!',
    '\n',

    ' ',
    ' ',
    ' ',
  ],
)
const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))
const typed = fc.array(piece, { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join(' '))
const quoted = (words: string, isPrefix: boolean): string =>
  `"${words.replaceAll('"', '""')}"${isPrefix ? ' *' : ''}`

test('plain texts are marked as FTS5 marks them', () => {
  fc.assert(
    fc.property(
      text,
      fc.array(fc.record({ words: typed, isPrefix: fc.boolean() }), { minLength: 1, maxLength: 4 }),
      (said, wanted) => {
        const known = wanted.flatMap(({ words, isPrefix }) => {
          const mark = plainMark(words, isPrefix, null)
          return mark === null ? [] : [{ mark, match: quoted(words, isPrefix) }]
        })
        if (known.length === 0) return
        const own = markPlain(said, plainMarker(known.map(({ mark }) => mark)))
        const theirs = withScratch((scratch) => {
          scratch.addRow({ agent: said })
          const [row] = scratch.marked(known.map(({ match }) => match).join(' OR '), MATCH_OPEN, MATCH_CLOSE)
          return row?.agent ?? said
        })
        expect(own).toBe(theirs)
      },
    ),
    { numRuns: 3000 },
  )
})

test('what has letters, digits or signs of other scripts is left to FTS5', () => {
  for (const other of ['é', 'ß', 'µ', 'ª', '²', '½', 'İ', '\u0301', 'न', '漢', '👍', '☎'])
    expect({
      other,
      mark: plainMark(`a${other}`, false, null),
      call: isPlainCall({
        key: 1,
        turns: [{ index: 0, speaker: 'agent', text: other }],
        summary: '',
        numbers: '',
      }),
    }).toEqual({ other, mark: null, call: false })
  expect(plainMark('?', false, null)).toBeNull()
})
