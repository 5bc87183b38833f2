import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Anchor, type AnchorTurn, contextOf, locate } from './anchors'
import { commonWords, wordsOf } from './word-sequence'

const turnsOf = (...texts: string[]): AnchorTurn[] =>
  texts.map((text, index) => ({ index, speaker: index % 2 === 0 ? 'agent' : 'caller', text }))

/** As `placeColumns` would keep it. */
function anchorOf(turns: readonly AnchorTurn[], index: number, range?: [number, number]): Anchor {
  const text = turns[index]?.text ?? ''
  const [start, end] = range ?? [0, text.length]
  return {
    turnIndex: index,
    turnSpeaker: turns[index]?.speaker ?? null,
    turnText: text,
    quote: range ? { text: text.slice(start, end), start } : null,
    ...contextOf(turns, index, start, end),
  }
}

function quoteIn(turns: readonly AnchorTurn[], index: number, part: string): Anchor {
  const start = turns[index]?.text.indexOf(part) ?? -1
  return anchorOf(turns, index, [start, start + part.length])
}

describe('locate', () => {
  const call = turnsOf(
    'Good morning, how can I help you?',
    'I would like to move my appointment.',
    'Is Tuesday all right?',
    'Yes.',
    'Shall I send a reminder?',
    'Yes.',
  )

  it('leaves an annotation anchored whose turn reads as before', () => {
    expect(locate(quoteIn(call, 1, 'appointment'), call)).toEqual({
      status: 'anchored',
      turnIndex: 1,
      quoteStart: 24,
      quoteEnd: 35,
    })
    expect(locate(anchorOf(call, 3), call)).toEqual({
      status: 'anchored',
      turnIndex: 3,
      quoteStart: null,
      quoteEnd: null,
    })
  })

  it('leaves a quote anchored when only other words of its turn changed', () => {
    const now = call.with(1, {
      index: 1,
      speaker: 'caller',
      text: 'I would like to move my appointment, please.',
    })
    expect(locate(quoteIn(call, 1, 'move my appointment'), now).status).toBe('anchored')
  })

  it('finds a turn again behind turns that were put before it, the right one of equal ones', () => {
    const now = turnsOf('Beep.', 'This call is recorded.', ...call.map(({ text }) => text))
    expect(locate(anchorOf(call, 1), now)).toMatchObject({ status: 'moved', turnIndex: 3 })
    expect(locate(anchorOf(call, 5), now)).toMatchObject({ status: 'moved', turnIndex: 7 })
  })

  it('finds the right one of equal words by what was said around them', () => {
    const before = turnsOf('Press one for sales, one for support, one for billing.')
    const now = turnsOf('Well. Press one for sales, one for support, one for billing.')
    expect(locate(anchorOf(before, 0, [22, 25]), now)).toMatchObject({ status: 'moved', quoteStart: 28 })
  })

  it('does not take another short answer for the one that was changed', () => {
    const now = call.with(5, { index: 5, speaker: 'caller', text: 'No, thank you.' })
    expect(locate(anchorOf(call, 5), now)).toEqual({
      status: 'orphaned',
      turnIndex: 5,
      quoteStart: null,
      quoteEnd: null,
    })
  })

  it('finds a quote again whose case, punctuation, spaces or Unicode form the vendor changed', () => {
    const before = turnsOf('Hello.', 'I would like a café table, please — for two!', 'For two, certainly.')
    const now = turnsOf('hello', 'um', 'i would like a  CAFE\u0301 table please for two', 'for two certainly')
    const found = locate(quoteIn(before, 1, 'a café table, please'), now)
    expect(found).toMatchObject({ status: 'moved', turnIndex: 2 })
    expect(now[2]?.text.slice(found.quoteStart ?? 0, found.quoteEnd ?? 0)).toBe('a  CAFE\u0301 table please')
  })

  it('finds a turn again that was merged with its neighbour, split, or slightly reworded', () => {
    const texts = call.map(({ text }) => text)
    const anchor = anchorOf(call, 1)
    const merged = turnsOf(`${texts[0]} ${texts[1]}`, ...texts.slice(2))
    expect(locate(anchor, merged)).toMatchObject({ status: 'moved', turnIndex: 0 })
    const split = turnsOf(texts[0] ?? '', 'I would like to', 'move my appointment.', ...texts.slice(2))
    expect(locate(anchor, split)).toMatchObject({ status: 'moved', turnIndex: 1 })
    const reworded = turnsOf(...texts.with(1, 'I would like to change my appointment.'))
    expect(locate(anchor, reworded)).toMatchObject({ status: 'moved', turnIndex: 1 })
  })

  it('does not take a copy elsewhere for words that were taken out', () => {
    const before = turnsOf(
      'Is that all right?',
      'Yes, it is.',
      'And the second one, is that all right?',
      'Fine.',
    )
    const now = turnsOf('Yes, it is.', 'And the second one, is that all right?', 'Fine.')
    expect(locate(quoteIn(before, 0, 'Is that all right'), now).status).toBe('orphaned')
  })

  it('reads scripts without spaces by their characters', () => {
    const before = turnsOf('您好，请问您需要什么帮助？', '我想预约星期二的会面。', '好的，星期二上午可以吗？')
    const now = turnsOf(
      '请稍等。',
      '您好请问您需要什么帮助',
      '我想预约星期二的会面',
      '好的，星期二上午可以吗？',
    )
    const found = locate(quoteIn(before, 1, '预约星期二'), now)
    expect(found).toMatchObject({ status: 'moved', turnIndex: 2, quoteStart: 2, quoteEnd: 7 })
  })

  it('says orphaned, with the place as it was, when the words are gone', () => {
    const now = turnsOf('Something else entirely.')
    expect(locate(quoteIn(call, 1, 'my appointment'), now)).toEqual({
      status: 'orphaned',
      turnIndex: 1,
      quoteStart: 21,
      quoteEnd: 35,
    })
    expect(locate(anchorOf(call, 0), []).status).toBe('orphaned')
  })

  it('is quick on a huge turn full of the same letter', () => {
    const before = turnsOf('a'.repeat(200_000))
    const now = turnsOf(`b${'a'.repeat(200_000)}`)
    const startedMs = performance.now()
    locate(anchorOf(before, 0, [100, 101]), now)
    expect(performance.now() - startedMs).toBeLessThan(2000)
  })
})

const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', '😀', '\0', 'é', '\u0301'), maxLength: 40 }),
)
const transcript = fc.array(hostileText, { minLength: 1, maxLength: 12 }).map((texts) => turnsOf(...texts))
/** Words that occur once: their number is in them. */
const tellingTexts = fc
  .array(fc.lorem({ maxCount: 8 }), { minLength: 1, maxLength: 10 })
  .map((texts) => texts.map((text, i) => `${text} number ${i} of many`))

const place = fc.record({
  turn: fc.nat(),
  from: fc.nat(),
  length: fc.integer({ min: 1, max: 30 }),
  whole: fc.boolean(),
})

function anchorAt(
  turns: readonly AnchorTurn[],
  { turn, from, length, whole }: typeof place extends fc.Arbitrary<infer T> ? T : never,
) {
  const index = turn % turns.length
  const text = turns[index]?.text ?? ''
  if (whole || text === '') return anchorOf(turns, index)
  const start = from % text.length
  return anchorOf(turns, index, [start, Math.min(text.length, start + length)])
}

describe('locate, whatever the transcript', () => {
  it('finds every place anchored where nothing changed', () => {
    fc.assert(
      fc.property(transcript, place, (turns, at) => {
        const anchor = anchorAt(turns, at)
        expect(locate(anchor, turns)).toEqual({
          status: 'anchored',
          turnIndex: anchor.turnIndex,
          quoteStart: anchor.quote?.start ?? null,
          quoteEnd: anchor.quote ? anchor.quote.start + anchor.quote.text.length : null,
        })
      }),
    )
  })

  it('never points at other words than those that were quoted, or most of them', () => {
    fc.assert(
      fc.property(transcript, place, transcript, (before, at, now) => {
        const anchor = anchorAt(before, at)
        const found = locate(anchor, now)
        if (found.status === 'orphaned') return
        const text = now.find(({ index }) => index === found.turnIndex)?.text
        const read = text?.slice(found.quoteStart ?? 0, found.quoteEnd ?? text.length)
        const quoted = anchor.quote?.text ?? anchor.turnText
        if (read === quoted) return
        const words = wordsOf(quoted).map(({ word }) => word)
        const common = commonWords(
          words,
          wordsOf(read ?? '').map(({ word }) => word),
        )
        expect(words.length).toBeGreaterThan(0)
        expect(common).toBeGreaterThanOrEqual(words.length / 2)
      }),
      { numRuns: 500 },
    )
  })

  it('follows a turn when turns are put before it', () => {
    fc.assert(
      fc.property(
        tellingTexts,
        fc.array(hostileText, { minLength: 1, maxLength: 5 }),
        place,
        (texts, added, at) => {
          const before = turnsOf(...texts)
          const anchor = anchorAt(before, { ...at, whole: true })
          const found = locate(anchor, turnsOf(...added, ...texts))
          expect(found).toMatchObject({ status: 'moved', turnIndex: anchor.turnIndex + added.length })
        },
      ),
    )
  })

  it('follows a quote when words are put before it in its turn', () => {
    fc.assert(
      fc.property(tellingTexts, place, fc.lorem({ maxCount: 4 }), (texts, at, added) => {
        const before = turnsOf(...texts)
        const index = at.turn % texts.length
        const text = texts[index] ?? ''
        const quote = `number ${index} of many`
        const start = text.indexOf(quote)
        const anchor = anchorOf(before, index, [start, start + quote.length])
        const now = turnsOf(...texts.with(index, `${added} ${text}`))
        expect(locate(anchor, now)).toEqual({
          status: 'moved',
          turnIndex: index,
          quoteStart: start + added.length + 1,
          quoteEnd: start + added.length + 1 + quote.length,
        })
      }),
    )
  })
})
