import { expect, test } from 'vitest'
import { runDisk } from './disk-run'
import { canMount } from './small-disk'

// Mounting a disk in memory is for root alone: then this is told as skipped.
test.runIf(canMount())(
  'a disk that fills up costs nothing that was said to be saved, says what it needs, and work goes on when there is room',
  async () => {
    // `npm run torture:disk` does 200.
    const { broken } = await runDisk(9, 1)
    expect(broken).toEqual([])
  },
)
