import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { launchEarmark, openSample } from '../application'
import { breakages, databaseProblems, fuzz, hushSystem, prepareWorld } from './ipc-fuzz'

/**
 * `npm run torture:ipc -- [--calls 100000] [--seed N]`: random calls from the window's own page, through preload, router
 * and workers, into a real workspace. Prints what became of them; exits with 1 when anything broke.
 */
const { values } = parseArgs({ options: { calls: { type: 'string' }, seed: { type: 'string' } } })
const count = Number(values.calls ?? 100_000)
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const mebibytes = (bytes: number | undefined) => `${Math.round((bytes ?? 0) / 1024 ** 2)} MiB`

const folder = mkdtempSync(join(tmpdir(), 'earmark-torture-'))
const workspace = join(folder, 'workspace')
const earmark = await launchEarmark(workspace)
let failed = false
try {
  await hushSystem(earmark)
  await openSample(earmark.page)
  const { world, guarded } = await prepareWorld(earmark.page, workspace)
  const before = JSON.stringify(guarded.rows())
  let crashed = 0
  earmark.page.on('crash', () => {
    crashed += 1
  })
  const { tallies, problems, memory, callsPerSec } = await fuzz(earmark, world, {
    count,
    seed,
    onProgress: (done) => process.stderr.write(`${done} calls\n`),
  })
  const broken = await breakages(earmark)
  await earmark.close()
  const damaged = databaseProblems(workspace)
  const kept = JSON.stringify(guarded.rows()) === before

  console.log(`seed ${seed}, ${count} calls, ${Math.round(callsPerSec)} a second`)
  console.table(Object.fromEntries(tallies))
  console.table({
    'crashes, uncaught errors, workers that ended': crashed + broken.length,
    'databases damaged': damaged.length,
    'annotations lost or changed': kept ? 0 : 'some',
    'memory of all processes, first': mebibytes(memory[0]),
    'memory of all processes, most': mebibytes(Math.max(...memory)),
    'memory of all processes, last': mebibytes(memory.at(-1)),
  })
  for (const one of [...problems, ...broken, ...damaged]) console.log(one)
  const wrong = [...tallies.values()].reduce((sum, one) => sum + one.internal + one.misshapen, 0)
  // What a batch takes comes and goes; what only ever grows is a leak.
  const early = memory[Math.floor(memory.length / 5)] ?? 0
  const hasGrown = memory.length >= 10 && (memory.at(-1) ?? 0) > early * 1.5 + 200 * 1024 ** 2
  if (hasGrown) console.log(`memory grew from ${mebibytes(early)} to ${mebibytes(memory.at(-1))}`)
  failed = wrong + crashed + broken.length + damaged.length > 0 || !kept || hasGrown
} finally {
  await earmark.close()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
process.exitCode = failed ? 1 : 0
