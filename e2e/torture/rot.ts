/**
 * Damage to a workspace's files, and what a reviewer meets then: flipped bytes, cut-off ends, logs, recordings, peaks that are
 * gone, broken backups. Each case is a copy of a prepared workspace: it is used, repaired, used again, and every annotation is
 * looked for. Prints a table; exits with 1 when a promise was broken.
 *
 *   npm run torture:rot -- [--flips 500] [--truncations 100] [--others 10] [--seed 1] [--only N]
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { prepareDay, randomOf, table, temporaryFolder } from './material'
import { type RotKind, type RotOutcome, rotCase } from './rot-case'

const { values: options } = parseArgs({
  options: {
    flips: { type: 'string', default: '500' },
    truncations: { type: 'string', default: '100' },
    others: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    /** Says what each case did, and does no other. */
    only: { type: 'string' },
    /** For the processes that do the cases: which of them, of how many. */
    share: { type: 'string' },
  },
})
const PROCESSES = 2
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const seed = Number(options.seed)

const cases: RotKind[] = [
  ...Array.from({ length: Number(options.flips) }, () => 'flip' as const),
  ...Array.from({ length: Number(options.truncations) }, () => 'truncate' as const),
  ...(['no log', 'no recordings', 'no peaks', 'broken backup'] as const).flatMap((kind) =>
    Array.from({ length: Number(options.others) }, () => kind),
  ),
]

/** In a process of its own: a crash ends that alone, and is counted. */
async function share(part: number): Promise<void> {
  const folder = temporaryFolder('rot')
  try {
    const sizes = { calls: 60, older: 60, younger: 40 }
    const days = [
      await prepareDay(folder.path, 'with-logs', { ...sizes, withLogs: true }),
      await prepareDay(folder.path, 'closed', { ...sizes, withLogs: false }),
    ] as const
    for (const [i, kind] of cases.entries()) {
      if (options.only === undefined ? i % PROCESSES !== part : i !== Number(options.only)) continue
      const day = i % 3 === 0 ? days[1] : days[0]
      say(JSON.stringify({ i, begun: true }))
      const outcome = await rotCase(day, kind, join(folder.path, 'case'), randomOf(seed * 100_000 + i))
      say(JSON.stringify({ i, outcome }))
    }
  } finally {
    folder.remove()
  }
}

async function main(): Promise<number> {
  const outcomes = new Map<number, RotOutcome>()
  const crashes: string[] = []
  await Promise.all(
    Array.from({ length: options.only === undefined ? PROCESSES : 1 }, async (_, part) => {
      const args = [process.argv[1] ?? '', ...process.argv.slice(2), '--share', String(part)]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      let last = -1
      const lines = createInterface({ input: child.stdout })
      lines.on('line', (text) => {
        const line: { i: number; outcome?: RotOutcome } = JSON.parse(text)
        last = line.i
        if (line.outcome) outcomes.set(line.i, line.outcome)
      })
      const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
        child.once('close', (...end) => resolve(end)),
      )
      if (code !== 0) crashes.push(`case ${last} (${cases[last] ?? ''}): ${code ?? signal}`)
    }),
  )
  report(outcomes, crashes)
  const isBroken = crashes.length > 0 || [...outcomes.values()].some(({ broken }) => broken.length > 0)
  return isBroken ? 1 : 0
}

function report(outcomes: ReadonlyMap<number, RotOutcome>, crashes: readonly string[]): void {
  const rows: (string | number)[][] = [
    [
      'damage',
      'cases',
      'all works',
      'said',
      'index mended',
      'repaired',
      'exact',
      'by backup',
      'bytes gone',
      'own head hit',
      'broken',
    ],
  ]
  const groups = new Map<string, RotOutcome[]>()
  for (const one of outcomes.values()) {
    const name = ['flip', 'truncate', 'no log'].includes(one.damage.kind)
      ? `${one.damage.kind} ${one.damage.file}`
      : one.damage.kind
    groups.set(name, [...(groups.get(name) ?? []), one])
  }
  const sum = (all: readonly RotOutcome[], of: (one: RotOutcome) => number) =>
    all.reduce((n, one) => n + of(one), 0)
  for (const [name, all] of [...groups]
    .sort(([a], [b]) => a.localeCompare(b))
    .concat([['all', [...outcomes.values()]]]))
    rows.push([
      name,
      all.length,
      ...(['all works', 'said', 'index mended'] as const).map(
        (met) => all.filter((one) => one.met === met).length,
      ),
      all.filter(({ repaired }) => repaired.length > 0).length,
      sum(all, ({ exact }) => exact),
      sum(all, ({ altered }) => altered),
      sum(all, ({ gone }) => gone),
      sum(all, ({ lost }) => lost),
      all.filter(({ broken }) => broken.length > 0).length,
    ])
  say(table(rows))
  say(`crashes: ${crashes.length === 0 ? 0 : crashes.join('; ')}`)
  for (const [i, { damage, broken }] of outcomes)
    for (const one of broken.slice(0, 3))
      say(`case ${i} (${damage.kind} ${damage.file} at ${damage.at}): ${one.slice(0, 300)}`)
}

if (options.share !== undefined) await share(Number(options.share))
else process.exitCode = await main()
