import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ask, connectSimulator, type Earmark, launchEarmark, ROOT } from '../application'
import { checkAfterKill, type KillOutcome } from './kill-check'
import type { Acknowledged } from './kill-child'
import { copyOf, type KillGround, missingOf } from './kill-run'

/** The built command line, killed from its first millisecond on. */
export async function killCommand(ground: KillGround, i: number, random: () => number): Promise<KillOutcome> {
  const { root, work } = copyOf(ground, 'day')
  const acks: Acknowledged[] = []
  const [file = ''] = work.files
  const commands = [
    ['import', file],
    ['export', 'annotations', '--out', join(work.out, 'out.csv')],
    ['annotate', work.callIds[0] ?? '', '--label', 'L', '--comment', `by command ${i}`, '--reviewer', 'Ada'],
    ['sync', 'Clinic', '--secrets-from-env', '--recordings', 'none'],
  ]
  const args = commands[i % commands.length] ?? []
  const child = spawn(
    process.execPath,
    [join(ROOT, 'out', 'main', 'cli.js'), ...args, '--json', '--workspace', root],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, EARMARK_API_KEY: ground.simulator.apiKey },
    },
  )
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), 100 + random() * 900)
  await new Promise((resolve) => child.once('close', resolve))
  clearTimeout(timer)
  for (const line of text.split('\n').filter((one) => one.endsWith('}'))) {
    const told: { id?: unknown; comment?: unknown } = JSON.parse(line)
    if (typeof told.id === 'string' && typeof told.comment === 'string')
      acks.push({ did: 'created', id: told.id, comment: told.comment })
  }
  const rows = ground.prepared.older.length + ground.prepared.younger.length
  const outcome = await checkAfterKill('command line', root, acks, work, rows)
  outcome.broken.push(...missingOf(root, ground.prepared, 'command line'))
  return outcome
}

export interface WindowGround {
  ground: KillGround
  /** A workspace whose connection has its key in the keychain. */
  root: string
  connectionId: string
}

/** Connects the simulator in the real window, so that copies of the workspace can sync. */
export async function prepareWindow(ground: KillGround): Promise<WindowGround> {
  const root = join(ground.folder, 'window')
  cpSync(join(ground.folder, 'day'), root, { recursive: true })
  const earmark = await launchEarmark(root)
  const connectionId = await connectSimulator(earmark.page, ground.simulator, 'Window')
  await earmark.close()
  return { ground, root, connectionId }
}

/** The real window, killed at its start (every third) or while somebody annotates and a sync is going on. */
export async function killWindow(
  { ground, connectionId }: WindowGround,
  i: number,
  random: () => number,
): Promise<KillOutcome> {
  const { root, work } = copyOf(ground, 'window')
  const acks: Acknowledged[] = []
  const isStart = i % 3 === 0
  const earmark = await launchEarmark(root)
  if (isStart) await pause(random() * 400)
  else {
    await ask(earmark.page, 'sync', 'start', { connectionId })
    const writing = write(earmark, work.callIds, acks)
    await pause(random() * 1200)
    await earmark.kill()
    await writing
  }
  await earmark.kill()
  rmSync(`${root}-data`, { recursive: true, force: true })
  const outcome = await checkAfterKill(isStart ? 'window: start' : 'window', root, acks, work, 0)
  outcome.broken.push(...missingOf(root, ground.prepared, 'window'))
  return outcome
}

/** Annotates until the window is gone. */
async function write({ page }: Earmark, callIds: readonly string[], acks: Acknowledged[]): Promise<void> {
  for (let i = 0; ; i += 1) {
    try {
      const { id, comment } = await ask(page, 'annotations', 'create', {
        id: randomUUID(),
        callId: callIds[i % callIds.length] ?? '',
        place: { kind: 'call' },
        label: 'Window',
        severity: null,
        comment: `in the window, ${i}`,
        reviewer: 'Ada',
      })
      acks.push({ did: 'created', id, comment })
    } catch {
      // It was killed while it was asked.
      return
    }
  }
}
