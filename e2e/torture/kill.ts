/**
 * kill -9 of the real process while it annotates, syncs, imports, exports, migrates, folds its logs in, makes backups and repairs:
 * the backend in a process of its own, the command line, and the window. After each kill the workspace is opened again and looked
 * through. Prints a table; exits with 1 when a promise was broken.
 *
 *   npm run torture:kill -- [--kills 1000] [--windows 40] [--commands 60] [--seed 1]
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import type { KillOutcome } from './kill-check'
import { KILL_MODES, type KillMode, runKillChild, Work } from './kill-child'
import { killOnce, modeOf, prepareGround } from './kill-run'
import { killCommand, killWindow, prepareWindow } from './kill-whole'
import { randomOf, table, temporaryFolder } from './material'

const PROCESSES = 2
const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function main(): Promise<number> {
  const { values: options } = parseArgs({
    options: {
      kills: { type: 'string', default: '1000' },
      windows: { type: 'string', default: '40' },
      commands: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      /** For the processes that share the kills. */
      share: { type: 'string' },
    },
  })
  const windows = Math.min(Number(options.windows), Number(options.kills))
  const commands = Math.min(Number(options.commands), Number(options.kills) - windows)
  const children = Number(options.kills) - windows - commands
  if (options.share !== undefined) {
    await share(Number(options.share), { windows, commands, children, seed: Number(options.seed) })
    return 0
  }
  const outcomes: KillOutcome[] = []
  const failed: number[] = []
  await Promise.all(
    Array.from({ length: PROCESSES }, async (_, part) => {
      const args = [process.argv[1] ?? '', ...process.argv.slice(2), '--share', String(part)]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      createInterface({ input: child.stdout }).on('line', (line) => {
        const outcome: KillOutcome = JSON.parse(line)
        outcomes.push(outcome)
        for (const one of outcome.broken.slice(0, 2)) say(`BROKEN ${outcome.mode}: ${one}`)
        if (outcomes.length % 50 === 0) process.stderr.write(`${outcomes.length} kills\n`)
      })
      const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
      if (code !== 0) failed.push(part)
    }),
  )
  report(outcomes)
  if (failed.length > 0) say(`${failed.length} of the processes that kill ended badly.`)
  const isBroken = failed.length > 0 || outcomes.some(({ broken, lost }) => broken.length > 0 || lost > 0)
  return isBroken || outcomes.length < Number(options.kills) ? 1 : 0
}

async function share(
  part: number,
  {
    windows,
    commands,
    children,
    seed,
  }: { windows: number; commands: number; children: number; seed: number },
): Promise<void> {
  const folder = temporaryFolder('kill')
  const ground = await prepareGround(join(folder.path, 'ground'))
  const tell = (outcome: KillOutcome) => say(JSON.stringify(outcome))
  try {
    for (let i = part; i < children; i += PROCESSES)
      tell(
        await killOnce(
          ground,
          [process.execPath, process.argv[1] ?? ''],
          modeOf(i >> 1),
          randomOf(seed * 10_000 + i),
        ),
      )
    // The window and the command line each by one of the two.
    if (part === 0 && windows > 0) {
      const prepared = await prepareWindow(ground)
      for (let i = 0; i < windows; i += 1) tell(await killWindow(prepared, i, randomOf(seed * 20_000 + i)))
    }
    if (part === 1)
      for (let i = 0; i < commands; i += 1) tell(await killCommand(ground, i, randomOf(seed * 30_000 + i)))
  } finally {
    await ground.close()
    folder.remove()
  }
}

function report(outcomes: readonly KillOutcome[]): void {
  const row = (name: string, all: readonly KillOutcome[]): (string | number)[] => {
    const sum = (of: (one: KillOutcome) => number) => all.reduce((n, one) => n + of(one), 0)
    const count = (part: string) =>
      all.filter(({ broken }) => broken.some((one) => one.includes(part))).length
    return [
      name,
      all.length,
      sum(({ acknowledged }) => acknowledged),
      sum(({ lost }) => lost),
      count('mixed schema'),
      count('partial export'),
      sum(({ leftOvers }) => leftOvers),
      all.filter(({ broken }) => broken.length > 0).length,
    ]
  }
  const names = [...KILL_MODES, 'command line', 'window', 'window: start'] as const
  say(
    table([
      [
        'under way',
        'kills',
        'acknowledged',
        'lost',
        'mixed schemas',
        'partial exports',
        'left over, then gone',
        'broken',
      ],
      ...names.map((name) =>
        row(
          name,
          outcomes.filter(({ mode }) => mode === name),
        ),
      ),
      row('all', outcomes),
    ]),
  )
}

if (!KILL_MODES.includes(process.argv[2] as KillMode)) process.exitCode = await main()
else
  await runKillChild(
    process.argv[2] as KillMode,
    process.argv[3] ?? '',
    Work.parse(JSON.parse(process.argv[4] ?? '{}')),
  )
