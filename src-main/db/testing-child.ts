/** Prepares the workspace of the first argument and opens it for writing; for open.test.ts. */
import { openCallsForWriting, openReviewsForWriting, prepareWorkspace } from './workspace'

const paths = prepareWorkspace(process.argv[2] ?? '')
for (const db of [openReviewsForWriting(paths), openCallsForWriting(paths)]) {
  db.prepare('SELECT count(*) FROM sqlite_schema').get()
  db.close()
}
