import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundleForNode } from '../db/testing-bundle'
import { openReviewsForWriting } from '../db/workspace'
import { searchWorkspace } from '../search/testing'

const KILLS = 5
let program: Awaited<ReturnType<typeof bundleForNode>>

beforeAll(async () => {
  program = await bundleForNode(join(import.meta.dirname, 'testing-child.ts'))
}, 60_000)
afterAll(() => program.remove())

/** Runs the program until it has acknowledged `enough` annotations, kills it there, and gives what it acknowledged. */
async function annotateUntilKilled(root: string, callId: string, enough: number): Promise<string[]> {
  const child = spawn(process.execPath, [program.file, root, callId], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if (said.split('\n').length > enough) child.kill('SIGKILL')
  })
  const [, signal] = await once(child, 'close')
  expect(signal).toBe('SIGKILL')
  // The last line may be cut: what was not said in full was not acknowledged.
  return said.split('\n').slice(0, -1)
}

it(`finds every annotation that was acknowledged, after ${KILLS} kill -9 at random moments`, async () => {
  const workspace = await searchWorkspace()
  try {
    const [callId = ''] = workspace.add({ externalId: '1', turns: ['agent: Hello.'] })
    const acknowledged: string[] = []
    for (let kill = 0; kill < KILLS; kill += 1)
      acknowledged.push(
        ...(await annotateUntilKilled(workspace.paths.root, callId, Math.floor(Math.random() * 150))),
      )
    const db = openReviewsForWriting(workspace.paths)
    const stored = new Set(db.prepare<[], string>('SELECT id FROM annotations').pluck().all())
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([])
    expect(acknowledged.length).toBeGreaterThanOrEqual(KILLS)
    // At most the one that was being written at each kill was not yet said.
    expect(stored.size).toBeLessThanOrEqual(acknowledged.length + KILLS)
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
    db.close()
  } finally {
    workspace.close()
  }
}, 120_000)
