/**
 * A process of its own that writes as fast as it can, through the same backend as the window, and says on stdout what
 * was acknowledged: `node program.mjs WORKSPACE ROUND CALL_ID…`. To be killed: by kill.test.ts.
 */
import { randomUUID } from 'node:crypto'
import { openInProcess } from '../backend/in-process'

const [workspaceRoot = '', round = '', ...callIds] = process.argv.slice(2)
const backend = openInProcess(
  { workspaceRoot, sampleFolder: '', appVersion: '0.0.0', loopbackOnly: true },
  () => undefined,
)

/** What the parent may count on from now on. A pipe takes it before `write` returns. */
const acknowledge = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

for (let i = 0; ; i += 1) {
  const callId = callIds[i % callIds.length] ?? ''
  const made = await backend.ask('annotations', 'create', {
    id: randomUUID(),
    callId,
    place: i % 2 === 0 ? { kind: 'turn', turnIndex: 0 } : { kind: 'time', startSec: i, endSec: i + 1 },
    label: `Label ${i % 7}`,
    severity: i % 3 === 0 ? 'major' : null,
    comment: `${round}/${i} ${'ä€🎧'.repeat(i % 50)}`,
    reviewer: 'Ada',
  })
  acknowledge({ did: 'created', id: made.id, comment: made.comment })
  if (i % 3 === 1) {
    const changed = await backend.ask('annotations', 'update', {
      id: made.id,
      patch: { comment: `${made.comment}, changed` },
    })
    acknowledge({ did: 'changed', id: changed.id, comment: changed.comment })
  }
  if (i % 5 === 2) {
    await backend.ask('annotations', 'remove', { id: made.id })
    acknowledge({ did: 'removed', id: made.id })
  }
  if (i % 3 === 0) {
    const id = randomUUID()
    await backend.ask('timing', 'setAnchor', { id, callId, turnIndex: 0, startSec: i, reviewer: 'Ada' })
    acknowledge({ did: 'anchored', id, startMs: i * 1000 })
  }
  if (i % 4 === 3) {
    const reviewer = `Reviewer ${round} ${i}`
    await backend.ask('reviews', 'set', { callId, reviewer, reviewed: true })
    acknowledge({ did: 'reviewed', callId, reviewer })
  }
}
