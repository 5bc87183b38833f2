import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packSpeech, packTurns, unpackSpeech, unpackTurns } from './packed'

const times = fc.array(fc.nat(90 * 60_000), { maxLength: 60 }).map((all) => all.sort((a, b) => a - b))
const channels = fc.array(
  times.map((all) => Int32Array.from(all)),
  { maxLength: 2 },
)
const turns = times.chain((starts) =>
  fc.tuple(...starts.map(() => fc.tuple(fc.nat(60_000), fc.nat(100)))).map((rest) =>
    starts.map((startMs, i) => ({
      startMs,
      endMs: startMs + (rest[i]?.[0] ?? 0),
      confidence: (rest[i]?.[1] ?? 0) / 100,
    })),
  ),
)

test('speech and times of turns come back as they were packed', () => {
  fc.assert(
    fc.property(channels, turns, (speech, all) => {
      expect(unpackSpeech(packSpeech(speech))).toEqual(speech)
      expect(unpackTurns(packTurns(all))).toEqual(all)
    }),
  )
})

test('an hour of talk takes a few kilobytes', () => {
  const pairs = Int32Array.from({ length: 3600 }, (_, i) => i * 1000 + (i % 2) * 400)
  expect(packSpeech([pairs]).length).toBeLessThan(7500)
  const all = Array.from({ length: 700 }, (_, i) => ({
    startMs: i * 5000,
    endMs: i * 5000 + 4200,
    confidence: 0.5,
  }))
  expect(packTurns(all).length).toBeLessThan(4000)
})

test('damaged bytes are no times, and nothing huge', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(unpackSpeech(bytes).reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(80)
      expect(unpackTurns(bytes)?.length ?? 0).toBeLessThanOrEqual(40)
    }),
  )
  expect(unpackSpeech(packSpeech([Int32Array.of(1, 2)]).subarray(0, 3))).toEqual([])
  expect(unpackTurns(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff))).toBeNull()
})
