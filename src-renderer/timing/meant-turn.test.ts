import type { Turn } from '@contract'
import { describe, expect, it } from 'vitest'
import { meantTurn } from './meant-turn'

const turn = (
  index: number,
  startSec: number | null,
  { text = `Turn ${index}`, byHand = false } = {},
): Turn => ({
  index,
  speaker: index % 2 === 0 ? 'agent' : 'caller',
  rawRole: null,
  text,
  rawText: text,
  redirect: null,
  startSec,
  endSec: null,
  timing: startSec === null ? null : byHand ? 'manual' : 'estimated',
  confidence: startSec === null || byHand ? null : 0.8,
  anchor: byHand
    ? { id: '7d1f7f0e-6d8b-4a5c-9b1c-0d6a3c1f2e11', reviewer: 'Ana', setAt: '2026-11-21T15:00:00.000Z' }
    : null,
})
const turns = [turn(0, 0), turn(1, 10), turn(2, 20), turn(3, 30)]
const meant = (sec: number, activeTurn: number | null, picked: number | null = null, all = turns) =>
  meantTurn(all, { sec, activeTurn, picked })?.index ?? null

describe('"this turn starts now"', () => {
  it('is about the next turn, when that is shown too late', () => {
    expect(meant(17, 1)).toBe(2)
  })

  it('is about the active turn, when that is shown too early', () => {
    expect(meant(23, 2)).toBe(2)
  })

  it('is about the first turn before any has begun, and about the last at the end', () => {
    expect(meant(3, null, null, [turn(0, 5), turn(1, 9)])).toBe(0)
    expect(meant(55, 3)).toBe(3)
  })

  it('is about the turn that was gone to, until the sound has gone on to a later one', () => {
    // Gone to turn 1 (shown at 10 s), which really begins at 18 s.
    expect(meant(18, 1, 1)).toBe(1)
    // The player lets go of what was picked as soon as a later turn is active.
    expect(meant(20.5, 2, null)).toBe(2)
  })

  it('is about the turn that was gone to also from before its shown start', () => {
    // Gone to turn 2, then 8 s back, where turn 1 is active and nearer.
    expect(meant(11, 1, 2)).toBe(2)
    // But not from far away.
    expect(meant(1, 0, 3)).toBe(0)
  })

  it('is not about a turn whose start a person has set, unless that was a moment ago', () => {
    const set = [turn(0, 0), turn(1, 10, { byHand: true }), turn(2, 20), turn(3, 30, { byHand: true })]
    expect(meant(11, 1, null, set)).toBe(2)
    expect(meant(10.4, 1, null, set)).toBe(1)
    // Gone to: whoever goes to it means it.
    expect(meant(12, 1, 1, set)).toBe(1)
    // The next one is set: it is the active one that begins.
    expect(meant(29, 2, null, set)).toBe(2)
  })

  it('is about the nearer of two that a person has set', () => {
    const set = [turn(0, 0, { byHand: true }), turn(1, 10, { byHand: true })]
    expect(meant(3, 0, null, set)).toBe(0)
    expect(meant(8, 0, null, set)).toBe(1)
  })

  it('is never about a turn in which nothing was said', () => {
    const silent = [turn(0, 0), turn(1, 10, { text: '---' }), turn(2, 12)]
    expect(meant(9.5, 0, null, silent)).toBe(2)
    expect(meant(10, 0, 1, silent)).toBe(2)
    expect(meant(0, null, null, [turn(0, 0, { text: '---' })])).toBeNull()
    expect(meant(0, null, null, [])).toBeNull()
  })

  it('is about turns in their order also where nothing has a time', () => {
    const untimed = [turn(0, null), turn(1, null)]
    expect(meant(4, null, null, untimed)).toBe(0)
    expect(meant(4, 0, null, untimed)).toBe(1)
    expect(meant(4, null, 1, untimed)).toBe(1)
  })
})
