import { describe, test } from 'vitest'
import { type FaultCase, play } from './case'
import { World } from './world'

/** Each case once, as tests: a sample of the matrix (`npm run faults`). */
export function sample(of: string, cases: readonly FaultCase[], seed = '1'): void {
  describe(of, () => {
    test.each(cases.map((fault) => [fault.name, fault] as const))('%s', async (name, fault) => {
      const world = await World.open(fault.setting, `${name}/${seed}`)
      try {
        await play(fault, world)
      } finally {
        await world.close()
      }
    })
  })
}
