import { spawn } from 'node:child_process'
import { closeSync, cpSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ConnectionSettings } from '../../src-main/contract'
import { keyOf, openToRead } from '../../src-main/db/as-kept'
import { quickRecordings } from '../../src-main/sync/testing'
import { type ProsperSimulator, startProsperSimulator } from '../vendors'
import { makeOldWorkspace } from './disk-case'
import { checkAfterKill, type KillOutcome } from './kill-check'
import { Acknowledged, KILL_MODES, type KillMode, type Work } from './kill-child'
import { openBackend, type Prepared, prepareDay, writeCalls } from './material'
import { pathsIn, protect } from './protected'

/** How a child is begun: the program and what comes before the mode. */
export type ChildProgram = readonly [command: string, ...args: string[]]

/** Milliseconds from "begun" within which the kill falls; where the work is over sooner, the work's own length. */
const SPAN_MS: Readonly<Record<KillMode, number>> = {
  annotate: 150,
  sync: 500,
  import: 350,
  export: 150,
  migrate: 120,
  checkpoint: 150,
  backup: 150,
  repair: 120,
}

export interface KillGround {
  prepared: Prepared
  folder: string
  work: Omit<Work, 'out'>
  simulator: ProsperSimulator
  close: () => Promise<void>
}

/**
 * The workspaces that are copied for each kill, and the vendor that is synced with. `isProtected`: they are encrypted, and there is
 * none to be repaired (protected-workspace.test.ts does that).
 */
export async function prepareGround(folder: string, isProtected = false): Promise<KillGround> {
  mkdirSync(folder, { recursive: true })
  const simulator = await startProsperSimulator({ calls: 60, delayMs: 2, recordings: quickRecordings })
  const prepared = await prepareDay(folder, 'day', { calls: 60, older: 150, younger: 50, withLogs: true })
  makeOldWorkspace(join(folder, 'old'))
  const backend = openBackend(prepared.root)
  const draft = {
    vendor: 'prosper' as const,
    name: 'Clinic',
    baseUrl: simulator.url,
    campaignIds: [...simulator.campaigns],
    settings: ConnectionSettings.parse({}),
  }
  const { id } = await backend.ask('connections', 'createEphemeral', { draft })
  await backend.close()
  cpSync(prepared.root, join(folder, 'broken'), { recursive: true })
  const handle = openSync(join(folder, 'broken', 'reviews.db'), 'r+')
  writeSync(handle, Buffer.alloc(6000, 0x5a), 0, undefined, 0)
  closeSync(handle)
  if (isProtected) for (const name of ['day', 'old']) await protect(join(folder, name))
  const files = Array.from({ length: 6 }, (_, i) =>
    writeCalls(join(folder, `${i}.jsonl`), 50, 200_000 + i * 1000),
  )
  const work = { callIds: prepared.callIds, files, sync: { connectionId: id, apiKey: simulator.apiKey } }
  return { prepared, folder, work, simulator, close: () => simulator.close() }
}

/**
 * One kill -9 of a child, and what the next start finds. `least`: so much is acknowledged before, however slow the machine is, by
 * one that goes on without an end.
 */
export async function killOnce(
  ground: KillGround,
  program: ChildProgram,
  mode: KillMode,
  random: () => number,
  least = 0,
): Promise<KillOutcome> {
  const { root, work } = copyOf(ground, mode === 'migrate' ? 'old' : mode === 'repair' ? 'broken' : 'day')
  const [command, ...args] = program
  const child = spawn(command, [...args, mode, root, JSON.stringify(work)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const acks: Acknowledged[] = []
  const words: string[] = []
  child.stderr.on('data', (chunk) => words.push(String(chunk)))
  const lines = createInterface({ input: child.stdout })
  let timer: NodeJS.Timeout | undefined
  let isDue = false
  const killWhenDue = () => {
    if (isDue && acks.length >= least) child.kill('SIGKILL')
  }
  lines.on('line', (line) => {
    // A line that was cut was not acknowledged.
    if (!line.endsWith('}')) return
    const ack = Acknowledged.parse(JSON.parse(line))
    if (ack.did === 'begun')
      timer = setTimeout(() => {
        isDue = true
        killWhenDue()
      }, random() * SPAN_MS[mode])
    else {
      acks.push(ack)
      killWhenDue()
    }
  })
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.once('close', (...end) => resolve(end)),
  )
  clearTimeout(timer)
  const old = mode === 'migrate'
  const rows = old ? 400 : ground.prepared.older.length + ground.prepared.younger.length
  const outcome = await checkAfterKill(mode, root, acks, work, mode === 'export' ? rows : 0)
  if (signal === null && code !== 0) outcome.broken.push(`the child failed: ${words.join('').slice(0, 300)}`)
  outcome.broken.push(...missingOf(root, ground.prepared, mode))
  return outcome
}

/** A copy of a workspace to be killed in, and where exports go. */
export function copyOf(ground: KillGround, name: string): { root: string; work: Work } {
  const base = join(ground.folder, 'case')
  rmSync(base, { recursive: true, force: true })
  const root = join(base, 'workspace')
  const out = join(base, 'out')
  mkdirSync(out, { recursive: true })
  cpSync(join(ground.folder, name), root, { recursive: true })
  return { root, work: { ...ground.work, out } }
}

/** What was there before is there after. */
export function missingOf(root: string, prepared: Prepared, mode: KillOutcome['mode']): string[] {
  const { reviewsDb, keys } = pathsIn(root)
  const db = openToRead(reviewsDb, keyOf(keys, 'reviews.db'))
  try {
    if (mode === 'migrate') {
      const rows = Number(db.prepare('SELECT count(*) FROM annotations').pluck().get())
      return rows === 400 ? [] : [`${rows} of 400 annotations after the migration`]
    }
    const find = db.prepare<[string], string>('SELECT comment FROM annotations WHERE id = ?').pluck()
    const lost = [...prepared.older, ...prepared.younger].filter(
      ({ id, comment }) => find.get(id) !== comment,
    )
    return lost.length === 0 ? [] : [`${lost.length} annotations of before are gone`]
  } finally {
    db.close()
  }
}

export const modeOf = (i: number): KillMode => KILL_MODES[i % KILL_MODES.length] ?? 'annotate'
