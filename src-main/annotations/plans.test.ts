import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ReadDb } from '../db/open'
import { openBothForReading, openReviewsForReading } from '../db/workspace'
import { callPages } from '../exports/rows'
import { latestReview } from '../reviews/queries'
import { searchWorkspace, type TestWorkspace } from '../search/testing'
import {
  annotationsOfCall,
  countAnnotations,
  insertAnnotation,
  labelsInUse,
  orderedAnnotations,
} from './queries'

const CALL = 'aaaaaaaaaaaaaaaa'
const ROWS = 3000

let workspace: TestWorkspace
beforeEach(async () => {
  workspace = await searchWorkspace()
  // As many as a team writes in a year, most on a few calls, many in the same millisecond.
  workspace.reviews.transaction(() => {
    for (let i = 0; i < ROWS; i += 1)
      insertAnnotation(workspace.reviews, {
        id: `${String(i).padStart(8, '0')}-0000-4000-8000-000000000000`,
        draft_hash: '',
        parent_id: null,
        call_id:
          i % 3 === 0 ? CALL : `${String(i % 500).padStart(4, 'b')}aaaaaaaaaaaa`.replaceAll(/[0189]/g, 'c'),
        vendor: 'malakai',
        connection_id: 'aaaaaaaaaaaa',
        connection: 'Front desk',
        campaign_id: null,
        external_id: String(i),
        call_started_at_ms: null,
        kind: 'call',
        turn_index: null,
        turn_speaker: null,
        turn_text: null,
        quote: null,
        quote_start: null,
        quote_end: null,
        context_before: null,
        context_after: null,
        start_ms: null,
        end_ms: null,
        timing_source: null,
        label: `Label ${i % 40}`,
        severity: null,
        comment: '',
        reviewer: 'Ana',
        created_at_ms: 7,
        updated_at_ms: 7,
        deleted_at_ms: i % 50 === 0 ? 8 : null,
      })
  })()
})
afterEach(() => workspace.close())

/** The plans of every statement that `work` runs on a fresh connection. */
function plansOf<D extends ReadDb>(db: D, work: (db: D) => void): string[] {
  const asked = new Set<string>()
  const prepare = db.prepare.bind(db)
  db.prepare = ((sql: string) => {
    asked.add(sql)
    return prepare(sql)
  }) as typeof db.prepare
  try {
    work(db)
    return [...asked].flatMap((sql) => {
      const names = [...sql.matchAll(/@(\w+)/g)].map(([, name = '']) => [name, null] as const)
      const marks = (sql.match(/\?/g) ?? []).map(() => null)
      const explain = prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      return explain
        .all(...(names.length > 0 ? [Object.fromEntries(names)] : marks))
        .map(({ detail }) => detail)
    })
  } finally {
    db.close()
  }
}

// The planner must choose the same with statistics and without.
describe.each(['without statistics', 'with statistics'])('%s', (statistics) => {
  beforeEach(() => {
    if (statistics === 'with statistics') workspace.reviews.exec('ANALYZE')
  })
  const ofReviews = (work: (db: ReadDb) => void) => plansOf(openReviewsForReading(workspace.paths), work)

  it("a call's annotations are found by its index", () => {
    expect(ofReviews((db) => annotationsOfCall(db, CALL))).toEqual([
      expect.stringMatching(/^SEARCH annotations USING INDEX annotations_by_call \(call_id=\?\)/),
      'USE TEMP B-TREE FOR ORDER BY',
    ])
  })

  it('labels and their number are counted in an index, without reading what was written', () => {
    expect(ofReviews(labelsInUse)).toEqual([
      'SCAN annotations USING COVERING INDEX annotations_by_label',
      'USE TEMP B-TREE FOR ORDER BY',
    ])
    expect(ofReviews(countAnnotations)).toEqual([
      expect.stringMatching(/^SCAN annotations USING COVERING INDEX/),
    ])
  })

  it('a page of the export begins where the one before ended, by every part of its order', () => {
    const plan = ofReviews((db) => orderedAnnotations(db, null, 500))
    expect(plan).toEqual([
      'SEARCH annotations USING INDEX annotations_in_order ((call_order,call_id,place_order,created_at_ms,id)>(?,?,?,?,?))',
    ])
  })

  it("the latest review and the labels of an exported call are found by the call's id", () => {
    expect(ofReviews((db) => latestReview(db, CALL))[0]).toMatch(
      /^SEARCH reviews USING PRIMARY KEY \(call_id=\?\)/,
    )
    workspace.add({ externalId: '1' })
    const plan = plansOf(openBothForReading(workspace.paths), (db) => void [...callPages(db, null, 0)])
    expect(plan.filter((step) => /^SCAN (a|r|annotations|reviews)\b/.test(step))).toEqual([])
  })
})

it('pages of the export hold every annotation once, though all have the same times', () => {
  const seen: string[] = []
  let after: ReturnType<typeof orderedAnnotations>[number] | null = null
  for (;;) {
    const page = orderedAnnotations(workspace.reviews, after, 500)
    seen.push(...page.map(({ id }) => id))
    after = page.at(-1) ?? null
    if (page.length < 500) break
  }
  expect(seen).toHaveLength(ROWS - ROWS / 50)
  expect(new Set(seen).size).toBe(seen.length)
})
