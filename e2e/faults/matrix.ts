/**
 * The fault matrix: every case with many seeds, through the real sync, SQLite and HTTP. Prints a table; exits with 1
 * when anything fails.
 *
 *   npm run faults [-- --only TEXT] [--seeds N] [--seed S] [--part I/N]
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type FaultCase, play } from './case'
import { cases } from './cases'
import { World } from './world'

const HELP = `The fault matrix of syncs.

npm run faults -- [OPTION]...

  --only TEXT     Only cases whose name holds this; may be repeated
  --seeds N       How many seeds each case is played with (default 20)
  --seed S        Only this seed
  --part I/N      Only the I-th of N parts of the cases
  --list          Names the cases
  --help
`

interface Told {
  name: string
  runs: number
  failures: { seed: string; message: string }[]
  slowestMs: number
  requests: number
  sentence: string | null
}

async function playAll(fault: FaultCase, seeds: readonly string[]): Promise<Told> {
  const told: Told = { name: fault.name, runs: 0, failures: [], slowestMs: 0, requests: 0, sentence: null }
  for (const seed of seeds) {
    const beganMs = performance.now()
    let world: World | null = null
    try {
      world = await World.open(fault.setting, `${fault.name}/${seed}`)
      const { sentence } = await play(fault, world)
      told.sentence ??= sentence
    } catch (error) {
      told.failures.push({ seed, message: error instanceof Error ? error.message : String(error) })
    }
    told.requests += (world?.simulator.requestCount ?? 0) + (world?.simulator.recordingRequests.length ?? 0)
    try {
      await world?.close()
    } catch (error) {
      told.failures.push({ seed, message: `Closing: ${String(error)}` })
    }
    told.runs += 1
    told.slowestMs = Math.max(told.slowestMs, performance.now() - beganMs)
  }
  return told
}

/** A process of the matrix plays the cases that it is sent, one after the other. */
function work(): void {
  process.on('message', async (job: { name: string; seeds: string[] }) => {
    const fault = cases.find(({ name }) => name === job.name)
    if (fault !== undefined) process.send?.(await playAll(fault, job.seeds))
  })
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      seeds: { type: 'string', default: '20' },
      seed: { type: 'string' },
      part: { type: 'string', default: '1/1' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const say = (line: string) => void process.stdout.write(`${line}\n`)
  if (values.help) {
    say(HELP)
    return 0
  }
  const [part = 1, parts = 1] = values.part.split('/').map(Number)
  const chosen = cases.filter(
    ({ name }, at) =>
      at % parts === part - 1 &&
      (values.only.length === 0 || values.only.some((text) => name.includes(text))),
  )
  if (values.list) {
    for (const { name, about } of chosen) say(`${name.padEnd(44)} ${about}`)
    return 0
  }
  const count = Number(values.seeds)
  if (!Number.isInteger(count) || count < 1)
    throw new Error(`--seeds wants a whole number, not "${values.seeds}".`)
  if (chosen.length === 0) throw new Error('No case has such a name. --list names them.')
  const seeds =
    values.seed === undefined ? Array.from({ length: count }, (_, at) => String(at + 1)) : [values.seed]

  const beganMs = performance.now()
  const waiting = [...chosen]
  const told: Told[] = []
  const wide = process.stdout.columns ?? 200
  say(
    `${'case'.padEnd(40)} ${'passed'.padStart(8)} ${'slowest'.padStart(8)} ${'requests'.padStart(8)}  what it does · "what the user reads"`,
  )
  const players = Array.from({ length: Math.min(availableParallelism(), chosen.length) }, async () => {
    const child: ChildProcess = fork(fileURLToPath(import.meta.url), ['--work'], { stdio: 'inherit' })
    const exit = once(child, 'exit')
    for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift()) {
      child.send({ name: fault.name, seeds })
      const [line] = (await Promise.race([
        once(child, 'message'),
        exit.then(() => {
          throw new Error(`The process that played "${fault?.name}" ended.`)
        }),
      ])) as [Told]
      told.push(line)
      say(row(fault, line).slice(0, Math.max(wide, 200)))
      for (const { seed, message } of line.failures.slice(0, 3)) say(`    seed ${seed}: ${message}`)
    }
    child.disconnect()
    await exit
  })
  await Promise.all(players)
  const failed = told.filter(({ failures }) => failures.length > 0)
  const runs = told.reduce((sum, line) => sum + line.runs, 0)
  const requests = told.reduce((sum, line) => sum + line.requests, 0)
  say('')
  say(
    `${told.length} cases, ${runs} runs, ${requests} requests in ${Math.round((performance.now() - beganMs) / 1000)} s: ` +
      (failed.length === 0
        ? 'all passed.'
        : `${failed.length} cases failed: ${failed.map(({ name }) => name).join('; ')}.`),
  )
  return failed.length === 0 ? 0 : 1
}

function row({ name, about }: FaultCase, { runs, failures, slowestMs, requests, sentence }: Told): string {
  const passed = `${runs - new Set(failures.map(({ seed }) => seed)).size}/${runs}`
  const said = sentence === null ? '' : ` · "${sentence}"`
  return `${name.padEnd(40)} ${passed.padStart(8)} ${`${Math.round(slowestMs)} ms`.padStart(8)} ${String(requests).padStart(8)}  ${about}${said}`
}

if (process.argv.includes('--work')) work()
else {
  try {
    process.exitCode = await main()
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
