import { describe, expect, test } from 'vitest'
import type { Atom } from './atoms'
import { firstAtoms, type PathToRefine } from './turn-starts'

/** Atoms of `[channel, start, end]`, frames, in order. */
function atomsOf(...parts: [channel: number, start: number, end: number][]): Atom[] {
  const ends = new Map<number, number>()
  return parts.map(([channel, start, end]) => {
    const gap = start - (ends.get(channel) ?? -999)
    ends.set(channel, end)
    return { channel, start, end, gap }
  })
}

/** Turns of `[channel, first atom, behind its last]`. */
function starts(
  atoms: Atom[],
  turns: [channel: number | null, from: number, until: number][],
  known: Partial<PathToRefine> = {},
): (number | undefined)[] {
  return firstAtoms({
    material: { atoms, textCosts: null },
    path: {
      cost: 0,
      from: Int32Array.from(turns, ([, from]) => from),
      until: Int32Array.from(turns, ([, , until]) => until),
    },
    channels: turns.map(([channel]) => channel),
    loudness: atoms.map(() => -20),
    suits: () => 0,
    ...known,
  }).map((atom) => atom?.start)
}

describe('where a turn begins', () => {
  const led = atomsOf([0, 0, 300], [1, 350, 430], [1, 480, 700])

  test('words on its channel right before it that no turn takes are its own', () => {
    expect(
      starts(led, [
        [0, 0, 1],
        [1, 2, 3],
      ]),
    ).toEqual([0, 350])
  })

  test('what is long is an announcement, what is long before belongs elsewhere, and what is much quieter is noise', () => {
    const turns: [number, number, number][] = [
      [0, 0, 1],
      [1, 2, 3],
    ]
    expect(starts(atomsOf([0, 0, 300], [1, 320, 700], [1, 730, 900]), turns)).toEqual([0, 730])
    expect(starts(atomsOf([0, 0, 300], [1, 320, 400], [1, 560, 900]), turns)).toEqual([0, 560])
    expect(starts(led, turns, { loudness: [-20, -32, -20] })).toEqual([0, 480])
  })

  test('noise that the path took for its first word is none', () => {
    const turns: [number, number, number][] = [[1, 0, 2]]
    const atoms = atomsOf([1, 0, 20], [1, 90, 300])
    expect(starts(atoms, turns, { loudness: [-35, -20] })).toEqual([90])
    expect(starts(atoms, turns, { loudness: [-25, -20] })).toEqual([0])
    // The breath that a word begins with.
    expect(starts(atomsOf([1, 0, 20], [1, 25, 300]), turns, { loudness: [-35, -20] })).toEqual([0])
  })

  test('between two turns of one speaker it is after the longer pause, unless letters tell that the words before are the first’s', () => {
    const atoms = atomsOf([1, 0, 300], [1, 380, 450], [1, 470, 700])
    const turns: [number, number, number][] = [
      [1, 0, 2],
      [1, 2, 3],
    ]
    const letters = (last: number) => (turn: number) => (turn === 0 ? Float32Array.of(-30, -30 - last) : null)
    expect(starts(atoms, turns, { material: { atoms, textCosts: letters(0) } })).toEqual([0, 380])
    expect(starts(atoms, turns, { material: { atoms, textCosts: letters(9) } })).toEqual([0, 470])
    expect(starts(atoms, turns)).toEqual([0, 470])
  })

  test('of one channel it takes words before only in a voice that is rather its own', () => {
    const atoms = atomsOf([0, 0, 300], [0, 340, 420], [0, 440, 700])
    const turns: [number, number, number][] = [
      [0, 0, 1],
      [0, 2, 3],
    ]
    expect(starts(atoms, turns, { channels: null, suits: () => 2 })).toEqual([0, 340])
    expect(starts(atoms, turns, { channels: null, suits: () => -2 })).toEqual([0, 440])
  })

  test('a turn without speech has none, and one on any channel stays where the path has it', () => {
    expect(
      starts(led, [
        [1, 0, 0],
        [null, 2, 3],
      ]),
    ).toEqual([undefined, 480])
  })
})
