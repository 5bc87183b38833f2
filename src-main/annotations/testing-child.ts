/**
 * Annotates the call of the second argument in the workspace of the first, without end, and prints the id of each
 * annotation that was acknowledged as saved. To be killed: by durability.test.ts.
 */
import { randomUUID } from 'node:crypto'
import { writeSync } from 'node:fs'
import { openCallsForReading, openReviewsForWriting, workspacePaths } from '../db/workspace'
import { annotationHandlers } from './handlers'

const [root = '', callId = ''] = process.argv.slice(2)
const paths = workspacePaths(root)
const db = openReviewsForWriting(paths)
const calls = openCallsForReading(paths)
const handlers = annotationHandlers({
  db,
  readCalls: () => calls,
  emit: () => {},
  now: () => Date.now(),
})

for (;;) {
  const { id } = await handlers.create({
    id: randomUUID(),
    callId,
    place: { kind: 'turn', turnIndex: 0 },
    label: 'Tone',
    severity: null,
    comment: 'x'.repeat(Math.floor(Math.random() * 5000)),
    reviewer: 'R',
  })
  writeSync(1, `${id}\n`)
}
