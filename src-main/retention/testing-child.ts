/** Purges the calls of the workspace of the first argument that began before the second (ms), or goes on; for tests. */
import { openCallsForWriting, openReviewsForWriting, workspacePaths } from '../db/workspace'
import { purge, resumePurges } from './purge'
import { purgesToGoOn } from './records'

const [root = '', before = '0'] = process.argv.slice(2)
const paths = workspacePaths(root)
const db = openCallsForWriting(paths)
const reviews = openReviewsForWriting(paths)
const open = purgesToGoOn(reviews)
reviews.close()
const context = { db, paths, program: 'The child', now: Date.now }
const run = {
  cancelled: new AbortController().signal,
  closing: new AbortController().signal,
  onProgress: ({ phase, done }: { phase: string; done: number }) =>
    void process.stdout.write(`${phase} ${done}\n`),
}
if (open.length > 0) await resumePurges(context, open, run)
else
  await purge(
    context,
    {
      begun_at_ms: Date.now(),
      by_whom: 'person',
      user_name: 'ana',
      before_ms: Number(before),
      annotations: 'keep',
      exported_to: null,
      exported_rows: null,
    },
    run,
  )
db.close()
