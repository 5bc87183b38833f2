import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type SampleBackend, sampleBackend } from '../backend/testing'
import { bundleForNode } from '../db/testing-bundle'
import { workspacePaths } from '../db/workspace'
import { finishExchange } from './exchange'
import { restoreBackup } from './restore-backup'
import { rowsOf } from './testing'
import { writeBackup } from './write-backup'

/** kill -9 at any moment: what has its final name is whole, or is not there. `EARMARK_LONG=1`: ten times as often. */

const KILLS = process.env.EARMARK_LONG === '1' ? 100 : 8

let sample: SampleBackend
let program: { file: string; remove: () => void }
let folder: string
let backup: string
let rows: unknown
const at = (name: string) => join(folder, name)

beforeAll(async () => {
  sample = await sampleBackend()
  program = await bundleForNode(join(import.meta.dirname, 'testing-child.ts'))
  folder = mkdtempSync(join(tmpdir(), 'earmark-test-'))
  backup = at('good.zip')
  await writeBackup(sample.paths, backup, { withRecordings: true, appVersion: '0.0.0', nowMs: 0 })
  rows = rowsOf(sample.paths.reviewsDb)
}, 120_000)
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  program.remove()
  await sample.close()
})

/** Runs the program and kills it after so many milliseconds of work; how long it worked, and whether it came to its end. */
async function run(
  args: readonly string[],
  killAfterMs: number,
): Promise<{ isDone: boolean; tookMs: number }> {
  const child = spawn(process.execPath, [program.file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (text: Buffer) => {
    said += text
  })
  const ended = once(child, 'close')
  await once(child.stdout, 'data')
  const from = performance.now()
  await Promise.race([ended, pause(killAfterMs)])
  child.kill('SIGKILL')
  await ended
  return { isDone: said.includes('done'), tookMs: performance.now() - from }
}

async function killedOften(
  args: readonly string[],
  look: (isDone: boolean) => Promise<void>,
): Promise<{ killed: number; done: number }> {
  const { tookMs } = await run(args, 60_000)
  await look(true)
  const outcome = { killed: 0, done: 0 }
  for (let n = 0; n < KILLS; n += 1) {
    const { isDone } = await run(args, (tookMs * 1.05 * (n + 0.5)) / KILLS)
    outcome[isDone ? 'done' : 'killed'] += 1
    await look(isDone)
  }
  return outcome
}

it('a backup that is killed leaves no file under its name, or a whole one', async () => {
  const file = at('killed.zip')
  const outcome = await killedOften(['backup', sample.paths.root, file], async (isDone) => {
    if (isDone) expect(existsSync(file)).toBe(true)
    if (!existsSync(file)) return
    await restoreBackup(file, at('from-killed'))
    expect(rowsOf(workspacePaths(at('from-killed')).reviewsDb)).toEqual(rows)
    rmSync(at('from-killed'), { recursive: true })
    rmSync(file)
  })
  expect(outcome.killed).toBeGreaterThan(KILLS / 3)
}, 600_000)

it('a restore that is killed leaves no folder under its name, or a whole one', async () => {
  const root = at('restored')
  const outcome = await killedOften(['restore', root, backup], async (isDone) => {
    if (isDone) expect(existsSync(root)).toBe(true)
    if (!existsSync(root)) return
    expect(rowsOf(workspacePaths(root).reviewsDb)).toEqual(rows)
    rmSync(root, { recursive: true })
  })
  expect(outcome.killed).toBeGreaterThan(KILLS / 3)
  // What the killed left, the next one takes away.
  await restoreBackup(backup, root)
  expect(readdirSync(folder).filter((name) => name.startsWith('restored'))).toEqual(['restored'])
}, 600_000)

it('a replacing that is killed leaves the old workspace or the new one, and loses neither', async () => {
  const root = at('replaced')
  await restoreBackup(backup, root)
  const outcome = await killedOften(['replace', root, backup], async () => {
    finishExchange(root)
    expect(rowsOf(workspacePaths(root).reviewsDb)).toEqual(rows)
    for (const name of readdirSync(folder).filter((one) => one.includes('set aside'))) {
      expect(rowsOf(workspacePaths(at(name)).reviewsDb)).toEqual(rows)
      rmSync(at(name), { recursive: true })
    }
  })
  expect(outcome.killed).toBeGreaterThan(KILLS / 3)
}, 600_000)
