import { randomUUID } from 'node:crypto'
import { existsSync, linkSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PurgeProgress } from '@contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { annotationHandlers } from '../annotations/handlers'
import { annotationsOfCall } from '../annotations/queries'
import { quarantineRecords } from '../calls/quarantine'
import { upsertCalls } from '../calls/store'
import { backUpDaily, backUpWeekly } from '../db/backups'
import { repairDatabases } from '../db/repair'
import { openReviewsForReading } from '../db/workspace'
import { exportHandlers } from '../exports/handlers'
import { readRfc4180 } from '../exports/testing'
import { reviewHandlers } from '../reviews/handlers'
import { searchPage } from '../search/queries'
import { checkIndex } from '../search/search-index'
import { searchWorkspace, type TestWorkspace, vendorCallOf } from '../search/testing'
import { lockConnection } from '../sync/lock'
import { previewPurge } from './preview'
import { purge, resumePurges } from './purge'
import { PurgedCalls } from './purged'
import { idsOfPurge, leftCalls, listPurges, purgedAtMs, purgesToGoOn } from './records'
import { addRecording, filesWithWord } from './testing'

/** Of the sketched calls: begun in January; the later ones in June. */
const BEFORE = Date.UTC(2026, 2, 1)
const NOW = Date.UTC(2026, 6, 1)
const JUNE = Date.UTC(2026, 5, 1)

let workspace: TestWorkspace
beforeEach(async () => {
  workspace = await searchWorkspace()
})
afterEach(() => workspace.close())

const context = () => ({ db: workspace.calls, paths: workspace.paths, program: 'A test', now: () => NOW })
const run = (options: Partial<Parameters<typeof purge>[2]> = {}) => ({
  cancelled: new AbortController().signal,
  closing: new AbortController().signal,
  onProgress: () => undefined,
  ...options,
})
const afterABatch =
  (then: () => void) =>
  ({ phase, done }: PurgeProgress) => {
    if (phase === 'purging' && done > 0) then()
  }
const what = (annotations: 'keep' | 'remove' = 'keep') => ({
  begun_at_ms: NOW,
  by_whom: 'person' as const,
  user_name: 'ana',
  before_ms: BEFORE,
  annotations,
  exported_to: null,
  exported_rows: null,
})
const writers = () => ({
  db: workspace.reviews,
  readCalls: () => workspace.db,
  emit: () => {},
  now: () => NOW - 1000,
})
const annotate = (callId: string, comment: string, turnIndex = 0) =>
  annotationHandlers(writers()).create({
    id: randomUUID(),
    callId,
    place: { kind: 'turn', turnIndex },
    label: 'Tone',
    severity: null,
    comment,
    reviewer: 'Ana',
  })
const found = (query: string) =>
  searchPage(workspace.db, { query, sort: 'date', limit: 100, cursor: null }, NOW).hits.map(
    ({ externalId }) => externalId,
  )

/** Old calls with a word of their own each, and one that stays. */
function oldCalls(count = 60): string[] {
  const old = Array.from({ length: count }, (_, i) => ({
    externalId: `old-${i}`,
    startedAtMs: Date.UTC(2026, 0, 1, 12, i),
    from: `+1415555${String(1000 + i)}`,
    summary: `Kanarienvogel${i}x went by`,
    fields: { note: `field kanarie${i}y` },
    turns: [`agent: common words and kanarienwort${i}z`, 'caller: common again'],
  }))
  const ids = workspace.add(...old, {
    externalId: 'new',
    startedAtMs: JUNE,
    turns: ['agent: common words stay', 'caller: bleibt'],
  })
  return ids
}

describe('a purge', () => {
  it('takes every trace of old calls out of every file, and leaves the others as they are', async () => {
    const ids = oldCalls()
    for (const [i, id] of ids.slice(0, 10).entries()) addRecording(workspace, id, `kanarienton${i}w`)
    // Long texts that were rewritten: what the rows held before lies in pages that were freed without being cleared.
    const rewritten = { externalId: 'old-3', startedAtMs: Date.UTC(2026, 0, 1, 12, 3) }
    const longText = 'kanarienseite and more of it '.repeat(4000)
    workspace.add({ ...rewritten, turns: [`agent: ${longText}`] })
    workspace.add({ ...rewritten, turns: ['agent: kanarienwort3z and more', 'caller: kanariennochmal'] })
    const note = await annotate(ids[4] ?? '', 'kanarienkommentar '.repeat(1000))
    await annotationHandlers(writers()).update({ id: note.id, patch: { comment: 'short' } })
    await annotationHandlers(writers()).remove({ id: note.id })
    quarantineRecords(
      workspace.calls,
      workspace.connectionId,
      [{ externalId: null, reason: 'odd', raw: { what: 'kanarienkaefig' } }],
      Date.UTC(2026, 0, 2),
    )
    backUpWeekly(workspace.calls, workspace.paths.backups, NOW)
    for (const query of ['kanarienwort7z', 'common'])
      workspace.reviews.prepare('INSERT INTO recent_searches VALUES (?, 0)').run(query)
    expect(filesWithWord(workspace.paths.root, 'kanarienwort7z').length).toBeGreaterThan(2)

    const row = await purge(context(), what(), run())

    expect(row).toMatchObject({
      outcome: 'done',
      calls: 60,
      recordings: 10,
      set_aside: 1,
      not_overwritten: 0,
      annotations_removed: 0,
      wiped_at_ms: NOW,
    })
    for (const word of ['anarienwort', 'anarienvogel', 'kanarie', 'old-', '1415555', 'kaefig', 'kanarienton'])
      expect(filesWithWord(workspace.paths.root, word), word).toEqual([])
    expect(found('')).toEqual(['new'])
    expect(found('common')).toEqual(['new'])
    expect(checkIndex(workspace.calls)).toBeNull()
    expect(workspace.calls.pragma('integrity_check', { simple: true })).toBe('ok')
    expect(workspace.calls.pragma('foreign_key_check')).toEqual([])
    for (const table of ['transcripts', 'recordings', 'quarantine', 'alignments'])
      expect(workspace.calls.prepare(`SELECT count(*) FROM ${table}`).pluck().get(), table).toBe(
        table === 'transcripts' ? 1 : 0,
      )
    expect(workspace.calls.prepare('SELECT count(*) FROM revisions').pluck().get()).toBe(1)
    expect(workspace.reviews.prepare('SELECT query FROM recent_searches').pluck().all()).toEqual(['common'])
    expect(readdirSync(workspace.paths.backups)).toEqual([])
  })

  it('takes words out of a larger index too, which is merged in steps', async () => {
    const count = 700
    workspace.add(
      ...Array.from({ length: count }, (_, i) => ({
        externalId: `call-${i}`,
        startedAtMs: i < 300 ? Date.UTC(2026, 0, 1, 12, i) : JUNE + i * 60_000,
        turns: [`agent: common words ${i < 300 ? 'kanarienwort' : 'bleibwort'}${i}z`, 'caller: common again'],
      })),
    )
    expect(await purge(context(), what(), run())).toMatchObject({ calls: 300 })
    expect(filesWithWord(workspace.paths.root, 'anarienwort')).toEqual([])
    expect(checkIndex(workspace.calls)).toBeNull()
    expect(found('bleibwort650z')).toEqual(['call-650'])
  })

  it('keeps a record without content, by which an id of the vendor can be checked', async () => {
    const [first = ''] = oldCalls(30)
    const { id } = await purge(context(), what(), run())
    expect(listPurges(workspace.reviews)).toMatchObject([
      { id, by: 'person', userName: 'ana', calls: 30, outcome: 'done', annotations: 'keep' },
    ])
    expect(idsOfPurge(workspace.reviews, id, '', 1000)).toHaveLength(30)
    expect(purgedAtMs(workspace.reviews, first)).toBe(NOW)
    expect(purgedAtMs(workspace.reviews, 'aaaaaaaaaaaaaaaa')).toBeNull()
  })

  it('keeps annotations, which are exported and listed as before, and what they are on', async () => {
    const [first = ''] = oldCalls(30)
    await annotate(first, 'Too fast.')
    const removed = await annotate(first, 'kanarienirrtum')
    await annotationHandlers(writers()).remove({ id: removed.id })
    await reviewHandlers(writers()).set({ callId: first, reviewer: 'Ana', reviewed: true })
    const exports_ = exportHandlers({ paths: workspace.paths, emit: () => {} })
    const options = { what: 'annotations', query: null, bom: false, raw: false, redact: false } as const
    const file = join(workspace.paths.root, 'out.csv')
    const rows = async () => {
      await exports_.write({ options, path: file, before: null })
      return readRfc4180(readFileSync(file, 'utf8'))
    }
    const before = await rows()
    await purge(context(), what('keep'), run())
    expect(await rows()).toEqual(before)
    expect(before).toHaveLength(2)
    expect(await annotationHandlers(writers()).list({ callId: first })).toMatchObject([
      { comment: 'Too fast.', turnText: 'common words and kanarienwort0z', status: 'anchored' },
    ])
    expect(leftCalls(workspace.db)).toEqual({
      total: 1,
      calls: [
        {
          callId: first,
          vendor: 'prosper',
          connectionName: 'Front desk',
          externalId: 'old-0',
          startedAt: '2026-01-01T12:00:00.000Z',
          annotations: 1,
          purgedAt: '2026-07-01T00:00:00.000Z',
        },
      ],
    })
    expect(await reviewHandlers(writers()).get({ callId: first })).toMatchObject({ reviewer: 'Ana' })
    // What was removed before goes for good, with the way back.
    expect(filesWithWord(workspace.paths.root, 'kanarienirrtum')).toEqual([])
  })

  it('removes annotations where that was chosen, out of the copies too, but never what was written meanwhile', async () => {
    const [first = '', second = ''] = oldCalls(30)
    await annotate(first, 'kanarienkommentar')
    await annotate(second, 'bleibt')
    workspace.reviews
      .prepare("UPDATE annotations SET updated_at_ms = ? WHERE comment = 'bleibt'")
      .run(NOW + 5)
    await reviewHandlers(writers()).set({ callId: first, reviewer: 'Ana', reviewed: true })
    backUpDaily(workspace.reviews, workspace.paths.backups, NOW - 86_400_000)
    backUpDaily(workspace.reviews, workspace.paths.backups, NOW)
    const row = await purge(context(), what('remove'), run())
    expect(row).toMatchObject({ annotations_removed: 1, calls: 30 })
    expect(filesWithWord(workspace.paths.root, 'kanarienkommentar')).toEqual([])
    expect(annotationsOfCall(workspace.reviews, first)).toEqual([])
    expect(annotationsOfCall(workspace.reviews, second)).toMatchObject([{ comment: 'bleibt' }])
    expect(readdirSync(workspace.paths.backups)).toEqual(['reviews-2026-07-01.db'])
    expect(await reviewHandlers(writers()).get({ callId: first })).toBeNull()
  })

  it.each([
    ['keep', ['bleibt', 'kanarienkommentar']],
    ['remove', ['bleibt']],
  ] as const)(
    'what it took does not come back out of an older copy by which the database is repaired (%s)',
    async (fate, left) => {
      const { paths, calls, reviews, db } = workspace
      const [first = '', second = ''] = oldCalls(30)
      await annotate(first, 'kanarienkommentar')
      const { id } = await annotate(first, 'kanarienirrtum', 1)
      await annotationHandlers(writers()).remove({ id })
      await annotate(second, 'bleibt')
      await reviewHandlers(writers()).set({ callId: first, reviewer: 'Ana', reviewed: true })
      backUpDaily(reviews, paths.backups, NOW - 86_400_000)
      reviews.prepare("UPDATE annotations SET updated_at_ms = ? WHERE comment = 'bleibt'").run(NOW + 5)
      // Closed before it came to the copies.
      const closing = new AbortController()
      const onProgress = ({ phase }: PurgeProgress) => {
        if (phase === 'wiping') closing.abort()
      }
      await purge(context(), what(fate), run({ closing: closing.signal, onProgress }))
      const page = reviews
        .prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'saved_searches'")
        .pluck()
        .get()
      for (const one of [db, calls, reviews]) one.close()
      const bytes = readFileSync(paths.reviewsDb)
      writeFileSync(paths.reviewsDb, bytes.fill(0x5a, (Number(page) - 1) * 4096, Number(page) * 4096))
      expect(repairDatabases(paths, NOW)).toMatchObject([{ name: 'reviews.db' }])
      const repaired = openReviewsForReading(paths)
      const all = (sql: string) => repaired.prepare(sql).pluck().all()
      try {
        expect(all('SELECT comment FROM annotations ORDER BY comment')).toEqual(left)
        expect(all('SELECT call_id FROM looks')).not.toContain(first)
        expect(all('SELECT call_id FROM reviews')).toEqual(fate === 'keep' ? [first] : [])
      } finally {
        repaired.close()
      }
    },
  )

  it('does not overwrite a file that stands elsewhere under another name, and says so', async () => {
    const [first = ''] = oldCalls(30)
    addRecording(workspace, first, 'kanarienton')
    const other = join(workspace.paths.root, 'other.mp3')
    const own = join(workspace.paths.recordings, first.slice(0, 2), `${first}.mp3`)
    linkSync(own, other)
    const row = await purge(context(), what(), run())
    expect(row.not_overwritten).toBe(1)
    expect(existsSync(own)).toBe(false)
    expect(readFileSync(other, 'utf8')).toBe('kanarienton')
  })

  it('waits for a sync of the connection, and can be cancelled meanwhile', async () => {
    oldCalls(30)
    const unlock = lockConnection(
      workspace.paths,
      { id: workspace.connectionId, name: 'Front desk' },
      'A sync',
    )
    const cancelled = new AbortController()
    const phases: (string | null)[] = []
    const row = await purge(
      context(),
      what(),
      run({
        cancelled: cancelled.signal,
        onProgress: ({ phase, connectionName }) => {
          phases.push(phase === 'waiting' ? connectionName : phase)
          if (phase === 'waiting') cancelled.abort()
        },
      }),
    )
    unlock()
    expect(phases[0]).toBe('Front desk')
    expect(row).toMatchObject({ outcome: 'cancelled', calls: 0 })
    expect(found('')).toHaveLength(31)
  })

  it('cancelled half way: what went is gone and wiped, what stays is whole', async () => {
    oldCalls()
    const cancelled = new AbortController()
    const row = await purge(
      context(),
      what(),
      run({ cancelled: cancelled.signal, onProgress: afterABatch(() => cancelled.abort()) }),
    )
    expect(row).toMatchObject({ outcome: 'cancelled', calls: 20, wiped_at_ms: NOW })
    expect(found('')).toHaveLength(41)
    expect(checkIndex(workspace.calls)).toBeNull()
    expect(filesWithWord(workspace.paths.root, 'kanarienwort7z')).toEqual([])
    expect(purgesToGoOn(workspace.reviews)).toEqual([])
  })

  it('goes on at the next start where the program was closed', async () => {
    oldCalls()
    const closing = new AbortController()
    const row = await purge(
      context(),
      what(),
      run({ closing: closing.signal, onProgress: afterABatch(() => closing.abort()) }),
    )
    expect(row).toMatchObject({ outcome: null, calls: 20 })
    const open = purgesToGoOn(workspace.reviews)
    expect(await resumePurges(context(), open, run())).toBe(1)
    expect(listPurges(workspace.reviews)).toMatchObject([{ outcome: 'done', calls: 60 }])
    expect(found('')).toEqual(['new'])
  })
})

describe('the preview', () => {
  it('counts what goes, by source, and changes nothing', async () => {
    const [first = '', second = ''] = oldCalls()
    addRecording(workspace, first, 'twelve bytes')
    workspace.calls.prepare('UPDATE recordings SET kept_offline_at_ms = 1').run()
    await annotate(second, 'a')
    await annotate(second, 'b')
    const sums = { calls: 60, recordings: 1, recordingBytes: 12, annotatedCalls: 1, keptCalls: 1 }
    expect(await previewPurge(workspace.db, workspace.paths, BEFORE)).toEqual({
      ...sums,
      before: '2026-03-01T00:00:00.000Z',
      annotations: 2,
      setAside: 0,
      oldest: '2026-01-01T12:00:00.000Z',
      newest: '2026-01-01T12:59:00.000Z',
      stays: 1,
      bySource: [
        { connectionId: workspace.connectionId, connectionName: 'Front desk', vendor: 'prosper', ...sums },
      ],
      overwriting: expect.stringMatching(/^(in_place|copies|unknown)$/),
    })
    expect(found('')).toHaveLength(61)
  })
})

describe('a purged call', () => {
  it('is left out by syncs and comes back by an import alone', async () => {
    oldCalls(30)
    await purge(context(), what(), run())
    const purged = new PurgedCalls(workspace.paths, () => NOW)
    const connection = { id: workspace.connectionId, vendor: 'prosper' } as const
    const { wants } = purged.filter(connection)
    expect(wants({ externalId: 'old-3', startedAtMs: null })).toBe(false)
    // Old, but never here: fetched by hand-started syncs as long as no rule says otherwise.
    expect(wants({ externalId: 'other', startedAtMs: Date.UTC(2026, 0, 1) })).toBe(true)
    purged.close()
    upsertCalls(workspace.calls, connection, [vendorCallOf({ externalId: 'old-3' })], NOW)
    expect(found('')).toEqual(['new', 'old-3'])
  })
})
