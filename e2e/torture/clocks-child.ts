/**
 * What one workspace looks like where the clocks go as TZ says: `TZ=… node child.mjs WORKSPACE OUT NOW_MS QUERY…` prints
 * the order of the list, what each query finds, and writes both exports below OUT.
 */
import { join } from 'node:path'
import { openBothForReading, openReviewsForReading, workspacePaths } from '../../src-main/db/workspace'
import { exportFile } from '../../src-main/exports/export-file'
import { searchPage } from '../../src-main/search/queries'

const [root = '', out = '', now = '0', ...queries] = process.argv.slice(2)
const nowMs = Number(now)
const paths = workspacePaths(root)
const calls = openBothForReading(paths)
const reviews = openReviewsForReading(paths)
const found = (query: string): string[] =>
  searchPage(calls, { query, cursor: null, limit: 200, sort: 'date' }, nowMs).hits.map(
    ({ externalId }) => externalId,
  )
for (const what of ['calls', 'annotations'] as const)
  await exportFile(
    { calls, reviews },
    {
      path: join(out, `${what}.csv`),
      options: { what, query: null, bom: false, raw: true, redact: false },
      nowMs,
      signal: new AbortController().signal,
      isRefused: () => null,
      onProgress: () => undefined,
    },
  )
process.stdout.write(
  JSON.stringify({
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    list: found(''),
    found: Object.fromEntries(queries.map((query) => [query, found(query)])),
  }),
)
calls.close()
reviews.close()
