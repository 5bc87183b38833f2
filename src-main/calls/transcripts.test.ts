import type { Speaker } from '@contract'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packTurns, type StoredTurn, unpackTurns } from './transcripts'

const text = fc.string({ unit: 'binary' })
const turn: fc.Arbitrary<StoredTurn> = fc.record({
  speaker: fc.constantFrom<Speaker>('agent', 'caller', 'other'),
  text,
  rawText: text,
  rawRole: fc.option(text),
  redirect: fc.option(text),
  startMs: fc.option(fc.nat()),
  endMs: fc.option(fc.nat()),
})

test('turns are read as they were packed', () => {
  fc.assert(
    fc.property(fc.array(turn), (turns) => {
      expect(unpackTurns(packTurns(turns))).toEqual(turns)
      const same = turns.map((one) => ({ ...one, rawText: one.text }))
      expect(unpackTurns(packTurns(same))).toEqual(same)
    }),
  )
})

test('half surrogate pairs become what every text of the database makes of them', () => {
  const packed = packTurns([
    {
      speaker: 'agent',
      text: 'a\uD800',
      rawText: '\uDC00b',
      rawRole: null,
      redirect: null,
      startMs: null,
      endMs: 7,
    },
  ])
  expect(unpackTurns(packed)).toMatchObject([{ text: 'a\uFFFD', rawText: '\uFFFDb', endMs: 7 }])
  const db = new Database(':memory:')
  expect(db.prepare('SELECT ?').pluck().get(packed)).toBe(packed)
  db.close()
})

test.each(['', '{}', '[1]', '[["agent"]]', '[["agent","cut'])(
  'a damaged transcript is called damaged: %s',
  (json) => expect(() => unpackTurns(json)).toThrow(/damaged/),
)
