import { expect, test } from 'vitest'
import { fitPath, materialOf } from './fit'
import { spokenTurns } from './turns'

test('speech that a turn’s letters suit far worse than its speaker’s others is rather nobody’s', () => {
  const turns = spokenTurns([
    { speaker: 'user', text: 'Could you find me a table somewhere for this evening' },
    { speaker: 'agent', text: 'Black Angus is a good restaurant in the middle of the town' },
  ])
  // An announcement on the agent's channel comes before the user; nobody says the agent's turn.
  const atoms = [
    { start: 0, end: 380, gap: 999, channel: 0 },
    { start: 420, end: 740, gap: 999, channel: 1 },
  ]
  const wrong = (channel: number) =>
    Float64Array.from(
      [0, 1, 2],
      (k) => -30 * atoms.slice(0, k).filter((atom) => atom.channel !== channel).length,
    )
  const evidence = [wrong(0), wrong(1), new Float64Array(3)]
  const material = {
    ...materialOf(turns, atoms, [0, 1, null], () => null),
    // What any speech scores by chance; the user is hard to understand.
    textCosts: (turn: number) => Float32Array.of(turn === 0 ? -5 : -6),
  }
  const said = (usualText: readonly number[]): boolean[] => {
    const { path } = fitPath({ ...material, usualText }, evidence, [0.037, 0.037, 0.037], 1)
    return Array.from(path.from, (from, i) => from !== path.until[i])
  }
  expect(said([0, 0, 0])).toEqual([false, true])
  expect(said([10, 2, 0])).toEqual([true, false])
})
