/**
 * A disk that fills up, at another byte each time, under everything that writes: what was said to be saved is there, the words say
 * what is needed where, it goes on in the same process when there is room, and nothing half done is left. Needs to mount (root, or
 * `unshare -rm npm run …`). Prints a table; exits with 1 when a promise was broken.
 *
 *   npm run torture:disk -- [--points 200] [--seed 1] [--operation annotate]
 */
import { parseArgs } from 'node:util'
import { runDisk } from './disk-run'
import { canMount } from './small-disk'

const { values: options } = parseArgs({
  options: {
    points: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    operation: { type: 'string' },
  },
})

if (!canMount()) {
  process.stderr.write(
    'A disk in memory can be mounted by root alone: run it as "unshare -rm npm run torture:disk".\n',
  )
  process.exitCode = 2
} else {
  const { text, broken } = await runDisk(
    Number(options.points),
    Number(options.seed),
    options.operation ?? null,
  )
  process.stdout.write(`${text}\n`)
  process.exitCode = broken.length > 0 ? 1 : 0
}
