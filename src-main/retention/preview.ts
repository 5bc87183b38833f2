import { setImmediate as nextTurn } from 'node:timers/promises'
import type { PurgePreview } from '@contract'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import type { WorkspacePaths } from '../db/workspace'
import { allSources, CANDIDATES_SQL, keyBoundOf } from './candidates'
import { overwritingAt } from './erase-file'

/** Calls in one step: some milliseconds. */
const STEP = 2000

interface Sums {
  calls: number
  recordings: number
  recordingBytes: number
  annotatedCalls: number
  keptCalls: number
}
interface SumsRow extends Sums {
  connectionId: string
  annotations: number
  oldestMs: number
  newestMs: number
}

const none = (): Sums => ({ calls: 0, recordings: 0, recordingBytes: 0, annotatedCalls: 0, keptCalls: 0 })

function add(to: Sums, row: Sums): void {
  to.calls += row.calls
  to.recordings += row.recordings
  to.recordingBytes += row.recordingBytes
  to.annotatedCalls += row.annotatedCalls
  to.keptCalls += row.keptCalls
}

/**
 * What a purge of all calls that began before then would take away. Counted in steps of some milliseconds, between which
 * other work of the thread runs. `db`: both databases (`openBothForReading`).
 */
export async function previewPurge(
  db: ReadDb,
  paths: WorkspacePaths,
  beforeMs: number,
): Promise<PurgePreview> {
  const bound = keyBoundOf(db, beforeMs)
  const total = none()
  const bySource = new Map<string, Sums>()
  let annotations = 0
  let oldestMs = Number.POSITIVE_INFINITY
  let newestMs = Number.NEGATIVE_INFINITY
  for (let after = -1; ; ) {
    const keys = prepared<{ key: number }>(db, CANDIDATES_SQL.slice).all(after, bound, STEP)
    const last = keys.at(-1)?.key
    if (last === undefined) break
    for (const row of prepared<SumsRow>(db, CANDIDATES_SQL.sums).all({ after, last, beforeMs })) {
      const source = bySource.get(row.connectionId) ?? none()
      bySource.set(row.connectionId, source)
      add(source, row)
      add(total, row)
      annotations += row.annotations
      oldestMs = Math.min(oldestMs, row.oldestMs)
      newestMs = Math.max(newestMs, row.newestMs)
    }
    after = last
    await nextTurn()
  }
  const all = prepared<number>(db, 'SELECT count(*) FROM calls').pluck().get() ?? 0
  const instant = (ms: number) => (Number.isFinite(ms) ? new Date(ms).toISOString() : null)
  return {
    ...total,
    before: new Date(beforeMs).toISOString(),
    annotations,
    setAside: countSetAside(db, beforeMs),
    oldest: instant(oldestMs),
    newest: instant(newestMs),
    stays: all - total.calls,
    bySource: allSources(db).flatMap(({ id, name, vendor }) => {
      const sums = bySource.get(id)
      return sums ? [{ connectionId: id, connectionName: name, vendor, ...sums }] : []
    }),
    overwriting: await overwritingAt(paths.recordings),
  }
}

const countSetAside = (db: ReadDb, beforeMs: number): number =>
  prepared<number>(db, 'SELECT count(*) FROM quarantine WHERE first_seen_at_ms < ?').pluck().get(beforeMs) ??
  0
