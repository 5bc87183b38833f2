import { join } from 'node:path'
import { expect, test } from 'vitest'
import { prepareDay, randomOf, temporaryFolder } from './material'
import { type RotKind, rotCase } from './rot-case'

/** `npm run torture:rot` does 600 and more. */
const CASES: readonly RotKind[] = [
  'flip',
  'flip',
  'flip',
  'flip',
  'flip',
  'flip',
  'truncate',
  'truncate',
  'truncate',
  'no log',
  'no recordings',
  'no peaks',
  'broken backup',
]

test('damage to a workspace is never a crash, and costs no annotation but one whose own bytes it hit', async () => {
  const folder = temporaryFolder('rot-test')
  try {
    const sizes = { calls: 20, older: 20, younger: 15 }
    const days = [
      await prepareDay(folder.path, 'with-logs', { ...sizes, withLogs: true }),
      await prepareDay(folder.path, 'closed', { ...sizes, withLogs: false }),
    ] as const
    const broken: unknown[] = []
    for (const [i, kind] of CASES.entries()) {
      const day = i % 2 === 0 ? days[1] : days[0]
      const outcome = await rotCase(day, kind, join(folder.path, 'case'), randomOf(i))
      if (outcome.broken.length > 0) broken.push(outcome)
    }
    expect(broken).toEqual([])
  } finally {
    folder.remove()
  }
})
