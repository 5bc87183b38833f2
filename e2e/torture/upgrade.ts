/**
 * Every released form of the databases brought up to date under kill -9, again and again until it is done; and a workspace of a later
 * Earmark met by everything that opens one. Prints a table; exits with 1 when a promise was broken.
 *
 *   npm run torture:upgrade -- [--kills 20] [--seed 1]
 */
import { parseArgs } from 'node:util'
import { runKillChild, Work } from './kill-child'
import { runUpgrade } from './upgrade-run'

const { values: options } = parseArgs({
  options: { kills: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
  allowPositionals: true,
})

if (process.argv[2] === 'migrate')
  await runKillChild('migrate', process.argv[3] ?? '', Work.parse(JSON.parse(process.argv[4] ?? '{}')))
else {
  const program = [process.execPath, process.argv[1] ?? ''] as const
  const { text, broken } = await runUpgrade(program, Number(options.kills), Number(options.seed), {
    withCommandLine: true,
  })
  process.stdout.write(`${text}\n`)
  process.exitCode = broken.length > 0 ? 1 : 0
}
