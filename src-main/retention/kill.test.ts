import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundleForNode } from '../db/testing-bundle'
import { openCallsForWriting } from '../db/workspace'
import { checkIndex } from '../search/search-index'
import { searchWorkspace } from '../search/testing'
import { listPurges, wasPurged } from './records'
import { addRecording, filesWithWord } from './testing'

const KILLS = process.env.EARMARK_LONG === '1' ? 40 : 6
const OLD = 120
const BEFORE = Date.UTC(2026, 2, 1)

let child: Awaited<ReturnType<typeof bundleForNode>>
beforeAll(async () => {
  child = await bundleForNode(join(import.meta.dirname, 'testing-child.ts'))
}, 60_000)
afterAll(() => child.remove())

/** Runs the child up to its end, or kills it behind so many lines. Whether it came to its end. */
async function run(root: string, linesBeforeKill: number): Promise<boolean> {
  const running = spawn(process.execPath, [child.file, root, String(BEFORE)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let lines = 0
  running.stdout.on('data', (data: Buffer) => {
    lines += data.toString().split('\n').length - 1
    if (lines >= linesBeforeKill) running.kill('SIGKILL')
  })
  const [code] = await once(running, 'close')
  return code === 0
}

it('a purge that is killed again and again comes to its end, and no call is half there on the way', async () => {
  const workspace = await searchWorkspace()
  try {
    const ids = workspace.add(
      ...Array.from({ length: OLD }, (_, i) => ({
        externalId: `old-${i}`,
        startedAtMs: Date.UTC(2026, 0, 1, 12, i),
        turns: [`agent: kanarienwort${i}z`],
      })),
      { externalId: 'new', startedAtMs: Date.UTC(2026, 5, 1), turns: ['agent: stays'] },
    )
    for (const id of ids.slice(0, OLD)) addRecording(workspace, id, 'kanarienton')
    const root = workspace.paths.root
    let ends = 0
    for (let kill = 0; kill < KILLS && ends === 0; kill += 1) {
      if (await run(root, 1 + (kill % 4))) ends += 1
      const db = openCallsForWriting(workspace.paths)
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
      expect(db.pragma('foreign_key_check')).toEqual([])
      expect(checkIndex(db)).toBeNull()
      const here = db.prepare<[], string>('SELECT id FROM calls').pluck().all()
      db.close()
      // Whatever is gone is known to be; whoever syncs does not bring it back.
      for (const id of ids) if (!here.includes(id)) expect(wasPurged(workspace.reviews, id)).toBe(true)
    }
    await run(root, Number.POSITIVE_INFINITY)
    expect(filesWithWord(root, 'anarien')).toEqual([])
    expect(
      readdirSync(workspace.paths.recordings, { recursive: true }).filter((name) =>
        String(name).endsWith('.mp3'),
      ),
    ).toEqual([])
    expect(listPurges(workspace.reviews)).toMatchObject([
      { calls: OLD, recordings: OLD, outcome: 'done', wipedAt: expect.any(String) },
    ])
  } finally {
    workspace.close()
  }
}, 120_000)
