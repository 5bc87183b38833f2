import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ReadDb } from '../db/open'
import { searchWorkspace, type TestWorkspace } from '../search/testing'
import { ALIGNMENTS_SQL } from './alignments'
import { ANCHORS_SQL } from './anchors'
import { TIMING_SQL } from './timed-turns'

let workspace: TestWorkspace
beforeEach(async () => {
  workspace = await searchWorkspace()
  const ids = workspace.add(
    ...Array.from({ length: 300 }, (_, i) => ({
      externalId: String(i),
      turns: ['agent: Hello.', 'caller: Hello?'],
      recordingUrls: [`https://127.0.0.1/${i}.mp3`],
    })),
  )
  workspace.calls.exec("UPDATE calls SET recording_state = 'ready'")
  const insert = workspace.reviews.prepare(
    `INSERT INTO turn_anchors (id, call_id, vendor, connection_id, connection, external_id, turn_index, turn_speaker,
       turn_text, context_before, context_after, start_ms, reviewer, set_at_ms, removed_at_ms, replaced_by)
     VALUES (?, ?, 'prosper', '', '', '', 0, 'agent', 'Hello.', '', '', 0, 'Ada', 0, ?, ?)`,
  )
  workspace.reviews.transaction(() => {
    for (let i = 0; i < 3000; i += 1)
      insert.run(String(i), ids[i % 30] ?? '', i % 3 === 0 ? 1 : null, i % 3 === 0 ? String(i + 1) : null)
  })()
})
afterEach(() => workspace.close())

function plan(db: ReadDb, sql: string): string {
  const names = [...new Set([...sql.matchAll(/@(\w+)/g)].map(([, name = '']) => name))]
  const explain = db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
  const rows = names.length > 0 ? explain.all(Object.fromEntries(names.map((n) => [n, 1]))) : explain.all(1)
  return rows.map(({ detail }) => detail).join('\n')
}

// The planner must choose the same with statistics and without.
describe.each(['without statistics', 'with statistics'])('%s', (statistics) => {
  beforeEach(() => {
    if (statistics === 'without statistics') return
    workspace.calls.exec('ANALYZE')
    workspace.reviews.exec('ANALYZE')
  })

  it('what belongs to a call is found by the call, and an anchor by its id', () => {
    for (const [db, sqls] of [
      [workspace.reviews, Object.values(ANCHORS_SQL)],
      [workspace.db, [ANCHORS_SQL.ofCall, ANCHORS_SQL.channel]],
      [workspace.calls, [...Object.values(ALIGNMENTS_SQL), TIMING_SQL]],
    ] as const)
      for (const sql of sqls) expect(plan(db, sql), sql).not.toMatch(/\bSCAN\b/)
    expect(plan(workspace.db, ANCHORS_SQL.ofCall)).toMatch(/USING INDEX turn_anchors_by_call/)
    expect(plan(workspace.reviews, ANCHORS_SQL.restoreReplaced)).toMatch(/USING INDEX turn_anchors_replaced/)
  })

  it('calls that are due are read in their order, slice by slice, and sorted by nobody', () => {
    const steps = plan(workspace.calls, ALIGNMENTS_SQL.slice)
    expect(steps).toMatch(/^SEARCH c USING INDEX calls_by_recording \(recording_state=\? AND search_key<\?\)/)
    expect(steps).not.toMatch(/TEMP B-TREE/)
  })
})
