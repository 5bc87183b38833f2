import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { bundleForNode } from '../db/testing-bundle'
import { openReviewsForReading } from '../db/workspace'
import { searchWorkspace } from '../search/testing'

const Acknowledged = z.discriminatedUnion('did', [
  z.object({ did: z.enum(['created', 'changed']), id: z.string(), comment: z.string() }),
  z.object({ did: z.literal('removed'), id: z.string() }),
  z.object({ did: z.literal('anchored'), id: z.string(), startMs: z.number() }),
  z.object({ did: z.literal('reviewed'), callId: z.string(), reviewer: z.string() }),
])
type Acknowledged = z.infer<typeof Acknowledged>

const ROUNDS = 5

let bundle: Awaited<ReturnType<typeof bundleForNode>>
beforeAll(async () => {
  bundle = await bundleForNode(join(import.meta.dirname, 'testing-writer.ts'))
}, 60_000)
afterAll(() => bundle?.remove())

/** Lets a process write until a random moment, kills it -9, and gives what it had acknowledged. */
async function killedWriter(
  root: string,
  round: number,
  callIds: readonly string[],
): Promise<Acknowledged[]> {
  const child = spawn(process.execPath, [bundle.file, root, String(round), ...callIds], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout })
  const read = once(reader, 'close')
  // From the start of the writing, which a slow machine reaches later.
  reader.once('line', () => setTimeout(() => child.kill('SIGKILL'), Math.random() * 400))
  reader.on('line', (line) => lines.push(line))
  const [code, signal] = await exited
  expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' })
  await read
  // The last line may be cut: then it was not acknowledged.
  const whole = lines.filter((line, i) => i < lines.length - 1 || line.endsWith('}'))
  return whole.map((line) => Acknowledged.parse(JSON.parse(line)))
}

test('what was acknowledged is there after kill -9 at any moment, and the database is sound', async () => {
  const workspace = await searchWorkspace()
  try {
    const callIds = workspace.add(
      { externalId: '1', turns: ['agent: Good morning.', 'caller: Hello?'] },
      { externalId: '2', turns: ['agent: This is the front desk.'] },
    )
    const acknowledged: Acknowledged[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      acknowledged.push(...(await killedWriter(workspace.paths.root, round, callIds)))
      const lost = missing(acknowledged, workspace.paths)
      expect(lost, `round ${round}`).toEqual([])
    }
    expect(acknowledged.length).toBeGreaterThan(ROUNDS)
  } finally {
    workspace.close()
  }
}, 60_000)

/** Acknowledged writes that a new process does not find as they were acknowledged last. */
function missing(acknowledged: readonly Acknowledged[], paths: Parameters<typeof openReviewsForReading>[0]) {
  const db = openReviewsForReading(paths)
  try {
    expect(db.pragma('quick_check', { simple: true })).toBe('ok')
    const annotation = db.prepare<[string], { comment: string; deleted_at_ms: number | null }>(
      'SELECT comment, deleted_at_ms FROM annotations WHERE id = ?',
    )
    const anchor = db.prepare('SELECT 1 FROM turn_anchors WHERE id = ? AND start_ms = ?')
    const review = db.prepare('SELECT 1 FROM reviews WHERE call_id = ? AND reviewer = ?')
    // A later write (a change that was not acknowledged any more) may be there too: it begins with the earlier one.
    return acknowledged.filter((one) => {
      if (one.did === 'reviewed') return review.get(one.callId, one.reviewer) === undefined
      // A later anchor takes its place, and it stays for undo.
      if (one.did === 'anchored') return anchor.get(one.id, one.startMs) === undefined
      const row = annotation.get(one.id)
      return one.did === 'removed' ? !row?.deleted_at_ms : !row?.comment.startsWith(one.comment)
    })
  } finally {
    db.close()
  }
}
