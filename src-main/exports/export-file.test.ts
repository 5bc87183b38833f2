import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AnnotationPlace, EarmarkEvent, ExportOptions } from '@contract'
import fc from 'fast-check'
import Papa from 'papaparse'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { annotationHandlers } from '../annotations/handlers'
import { insertAnnotation } from '../annotations/queries'
import { upsertCalls } from '../calls/store'
import { reviewHandlers } from '../reviews/handlers'
import { searchWorkspace, type TestWorkspace } from '../search/testing'
import { parse } from '../vendors/malakai/parse'
import { guardFormula } from './csv'
import { exportHandlers } from './handlers'
import { HOSTILE_PIECES, readRfc4180 } from './testing'

/** 10,000 with `EARMARK_LONG=1`, which asks Python for its opinion as well. */
const IS_LONG = process.env.EARMARK_LONG === '1'
const HOSTILE_ROWS = IS_LONG ? 10_000 : 500

const ANNOTATION_COLUMNS =
  'schema_version,annotation_id,parent_id,vendor,connection,campaign_id,call_id,call_started_at,turn_index,turn_speaker,turn_text,quote,quote_start,quote_end,start_s,end_s,timing_source,label,severity,comment,reviewer,created_at,updated_at,status'
const CALL_COLUMNS =
  'schema_version,vendor,connection,campaign_id,call_id,started_at,duration_s,status,sentiment,goal_achieved,from,to,summary,vendor_score,turn_count,recording_state,annotation_count,labels,reviewed_by,reviewed_at'

let workspace: TestWorkspace
let folder: string
let file: string
let events: EarmarkEvent[]
let nowMs: number
let exports_: ReturnType<typeof exportHandlers>

beforeEach(async () => {
  workspace = await searchWorkspace()
  folder = mkdtempSync(join(tmpdir(), 'earmark-test-'))
  file = join(folder, 'out.csv')
  events = []
  nowMs = Date.UTC(2026, 2, 1)
  exports_ = exportHandlers({ paths: workspace.paths, emit: (event) => events.push(event) })
})
afterEach(() => {
  workspace.close()
  rmSync(folder, { recursive: true, force: true })
})

const optionsOf = (options: Partial<ExportOptions>): ExportOptions => ({
  what: 'annotations',
  query: null,
  bom: false,
  raw: false,
  redact: false,
  ...options,
})
const write = (options: Partial<ExportOptions> = {}, path = file) =>
  exports_.write({ options: optionsOf(options), path, before: null })
/** Writes and reads back: one object a row, by column. */
async function rowsOf(options: Partial<ExportOptions> = {}): Promise<Record<string, string>[]> {
  const { rows } = await write(options)
  const [header = [], ...records] = readRfc4180(readFileSync(file, 'utf8'))
  expect(records).toHaveLength(rows)
  return records.map((record) => Object.fromEntries(header.map((name, i) => [name, record[i] ?? ''])))
}

const writers = () => ({
  db: workspace.reviews,
  readCalls: () => workspace.db,
  emit: () => {},
  now: () => nowMs,
})
const annotate = (callId: string | undefined, place: AnnotationPlace, label = 'Tone', comment = '') =>
  annotationHandlers(writers()).create({
    id: randomUUID(),
    callId: callId ?? '',
    place,
    label,
    severity: null,
    comment,
    reviewer: 'Ana',
  })

describe('the export of annotations', () => {
  it('has the published columns in their order, one row an annotation', async () => {
    const [callId] = workspace.add({
      externalId: 'vendor-7',
      campaignId: 'spring',
      durationMs: 10_000,
      turns: ['agent: Hello.', 'caller: A refund, please.'],
    })
    const made = await annotate(callId, {
      kind: 'quote',
      turnIndex: 1,
      quote: 'refund',
      quoteStart: 2,
      quoteEnd: 8,
    })
    const [row] = await rowsOf()
    expect(readFileSync(file, 'utf8').split('\r\n')[0]).toBe(ANNOTATION_COLUMNS)
    expect(row).toEqual({
      schema_version: '1',
      annotation_id: made.id,
      parent_id: '',
      vendor: 'prosper',
      connection: 'Front desk',
      campaign_id: 'spring',
      call_id: 'vendor-7',
      call_started_at: '2026-01-01T12:00:00.000Z',
      turn_index: '1',
      turn_speaker: 'caller',
      turn_text: 'A refund, please.',
      quote: 'refund',
      quote_start: '2',
      quote_end: '8',
      start_s: String(made.startSec),
      end_s: '10',
      timing_source: 'estimated',
      label: 'Tone',
      severity: '',
      comment: '',
      reviewer: 'Ana',
      created_at: '2026-03-01T00:00:00.000Z',
      updated_at: '2026-03-01T00:00:00.000Z',
      status: 'anchored',
    })
  })

  it('comes by the call’s start, then by place, then by when they were written, and leaves removed ones out', async () => {
    const [early, late, unknown] = workspace.add(
      { externalId: 'early', durationMs: 10_000, turns: ['agent: One.', 'caller: Two.'] },
      { externalId: 'late', turns: ['agent: One.'] },
      { externalId: 'unknown', startedAtMs: null },
    )
    await annotate(unknown, { kind: 'call' }, '7')
    await annotate(late, { kind: 'turn', turnIndex: 0 }, '6')
    await annotate(late, { kind: 'call' }, '5')
    await annotate(early, { kind: 'time', startSec: 9, endSec: 10 }, '4')
    await annotate(early, { kind: 'turn', turnIndex: 0 }, '2')
    nowMs += 1
    await annotate(early, { kind: 'turn', turnIndex: 0 }, '3')
    await annotate(early, { kind: 'call' }, '1')
    const removed = await annotate(early, { kind: 'call' }, 'removed')
    await annotationHandlers(writers()).remove({ id: removed.id })
    const rows = await rowsOf()
    expect(rows.map(({ label }) => label)).toEqual(['1', '2', '3', '4', '5', '6', '7'])
    // When Earmark first saw a call is not when it was made.
    expect(rows.at(-1)?.call_started_at).toBe('')
  })

  it('shows where a quote is now, and says so', async () => {
    const turns = ['agent: Hello.', 'caller: I would like a refund, please.']
    const [callId] = workspace.add({ externalId: '1', turns })
    await annotate(callId, { kind: 'turn', turnIndex: 0 })
    await annotate(callId, { kind: 'quote', turnIndex: 1, quote: 'refund', quoteStart: 15, quoteEnd: 21 })
    workspace.add({ externalId: '1', turns: ['agent: This is recorded.', 'agent: Hi.', turns[1] ?? ''] })
    expect(
      (await rowsOf()).map((row) => [row.status, row.turn_index, row.turn_text, row.quote_start]),
    ).toEqual([
      ['orphaned', '0', 'Hello.', ''],
      ['moved', '2', 'I would like a refund, please.', '15'],
    ])
  })

  it('shows turns as they are shown, and counts a quote’s place in UTF-16 behind emoji', async () => {
    const said = { role: 'assistant', content: '  Well 👋🏽, one moment. I send you on. REDIRECT_Sales ' }
    const transcript = { conversation: [{ role: 'user', content: ' Hi. ' }, said] }
    const { calls } = parse([{ session_id: 's1', transcript }], { campaignId: null, source: 'saved' })
    const [stored] = upsertCalls(workspace.calls, { id: workspace.connectionId, vendor: 'malakai' }, calls, 0)
    const text = 'Well 👋🏽, one moment. I send you on.'
    const quoteStart = text.indexOf('one moment')
    expect(quoteStart).toBe(11)
    const quoteEnd = quoteStart + 'one moment'.length
    const place = { kind: 'quote', turnIndex: 1, quote: 'one moment', quoteStart, quoteEnd } as const
    await annotate(stored?.callId, place)
    const [row] = await rowsOf()
    expect(row).toMatchObject({
      call_id: 's1',
      call_started_at: '',
      turn_index: '1',
      turn_speaker: 'agent',
      turn_text: text,
      quote: 'one moment',
      quote_start: '11',
      quote_end: '21',
    })
  })

  it('works without calls.db, and with a damaged one, as the annotations were written', async () => {
    const [callId] = workspace.add({ externalId: '1', turns: ['agent: Hello.'] })
    await annotate(callId, { kind: 'turn', turnIndex: 0 })
    const before = await rowsOf()
    workspace.db.close()
    workspace.calls.close()
    writeFileSync(workspace.paths.callsDb, 'no database at all'.repeat(1000))
    expect(await rowsOf()).toEqual(before)
    rmSync(workspace.paths.callsDb)
    expect(await rowsOf()).toEqual(before)
    await expect(write({ what: 'calls' })).rejects.toMatchObject({ code: 'workspace_unusable' })
    await expect(write({ query: 'x' })).rejects.toMatchObject({ code: 'workspace_unusable' })
  })

  it('keeps to a query’s calls; without one also those on calls that are gone', async () => {
    const [one, two] = workspace.add(
      { externalId: '1', turns: ['agent: apples'] },
      { externalId: '2', turns: ['agent: pears'] },
    )
    await annotate(one, { kind: 'call' }, 'on 1')
    await annotate(two, { kind: 'call' }, 'on 2')
    workspace.reviews.exec("UPDATE annotations SET call_id = 'aaaaaaaaaaaaaaaa' WHERE label = 'on 2'")
    await annotate(two, { kind: 'call' }, 'on 2 again')
    expect((await rowsOf({ query: 'pears' })).map(({ label }) => label)).toEqual(['on 2 again'])
    expect((await rowsOf()).map(({ label }) => label)).toEqual(['on 1', 'on 2', 'on 2 again'])
    expect(await exports_.count({ what: 'annotations', query: 'pears' })).toEqual({ rows: 1 })
    expect(await exports_.count({ what: 'annotations', query: null })).toEqual({ rows: 3 })
  })

  it('is of one moment: what is written meanwhile is in the next one', async () => {
    const [callId] = workspace.add({ externalId: '1' })
    await annotate(callId, { kind: 'call' }, 'before')
    const writing = write()
    await annotate(callId, { kind: 'call' }, 'meanwhile')
    expect((await writing).rows).toBe(1)
    expect(await rowsOf()).toHaveLength(2)
  })
})

describe('the export of calls', () => {
  it('has the published columns, newest first, with labels and the latest review', async () => {
    const [one] = workspace.add(
      {
        externalId: '1',
        campaignId: 'c',
        durationMs: 61_500,
        sentiment: 'positive',
        goalAchieved: 'yes',
        from: '+14155550123',
        to: '+919876543210',
        summary: '=SUM(A1)',
        vendorScore: -0.5,
        turns: ['agent: Hello.'],
      },
      { externalId: '2', startedAtMs: null },
      { externalId: '3', status: null },
    )
    await annotate(one, { kind: 'call' }, 'Tone')
    await annotate(one, { kind: 'call' }, 'Missed intent')
    await annotate(one, { kind: 'call' }, 'Tone')
    await reviewHandlers(writers()).set({ callId: one ?? '', reviewer: 'Ben', reviewed: true })
    const rows = await rowsOf({ what: 'calls' })
    expect(readFileSync(file, 'utf8').split('\r\n')[0]).toBe(CALL_COLUMNS)
    expect(rows.map((row) => row.call_id)).toEqual(['2', '3', '1'])
    expect(rows[2]).toEqual({
      schema_version: '1',
      vendor: 'prosper',
      connection: 'Front desk',
      campaign_id: 'c',
      call_id: '1',
      started_at: '2026-01-01T12:00:00.000Z',
      duration_s: '61.5',
      status: 'completed',
      sentiment: 'positive',
      goal_achieved: 'yes',
      from: '+14155550123',
      to: '+919876543210',
      summary: "'=SUM(A1)",
      vendor_score: '-0.5',
      turn_count: '1',
      recording_state: 'none',
      annotation_count: '3',
      labels: 'Missed intent; Tone',
      reviewed_by: 'Ben',
      reviewed_at: '2026-03-01T00:00:00.000Z',
    })
    expect(rows[0]?.started_at).toBe('')
  })

  it('has every call once, over many pages, and counts as many', async () => {
    workspace.add(
      ...Array.from({ length: 1203 }, (_, i) => ({ externalId: `x${i}`, turns: ['agent: hello'] })),
    )
    const rows = await rowsOf({ what: 'calls' })
    expect(new Set(rows.map((row) => row.call_id)).size).toBe(1203)
    expect(rows.map((row) => row.started_at)).toEqual(
      rows
        .map((row) => row.started_at)
        .sort()
        .reverse(),
    )
    for (const query of [null, 'hello', ' '])
      expect(await exports_.count({ what: 'calls', query })).toEqual({ rows: 1203 })
    expect(events.at(-1)).toEqual({ type: 'exports.progress', rows: 1203, total: 1203 })
  })
})

describe('an export', () => {
  it('begins with a byte order mark when asked', async () => {
    await write({ bom: true })
    expect(readFileSync(file).subarray(0, 4).toString('hex')).toBe('efbbbf73')
    await write()
    expect(readFileSync(file, 'utf8')).toBe(`${ANNOTATION_COLUMNS}\r\n`)
  })

  it('refuses a query that it does not understand instead of exporting too much', async () => {
    await expect(write({ what: 'calls', query: 'nonsense:1 hello' })).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('nonsense:1'),
    })
    expect(readdirSync(folder)).toEqual([])
  })

  it('says that the index is not ready instead of missing calls', async () => {
    workspace.add({ externalId: '1', turns: ['agent: hello'] })
    workspace.calls.exec("DELETE FROM meta WHERE key = 'search_index'")
    await expect(write({ what: 'calls', query: 'hello' })).rejects.toMatchObject({ code: 'busy' })
    expect((await write({ what: 'calls' })).rows).toBe(1)
  })

  it('stops when it is cancelled, with nothing left and the file of before untouched', async () => {
    workspace.add(...Array.from({ length: 2000 }, (_, i) => ({ externalId: `x${i}` })))
    writeFileSync(file, 'old')
    const writing = write({ what: 'calls' })
    await expect(write()).rejects.toMatchObject({ code: 'busy' })
    exports_.cancel({})
    await expect(writing).rejects.toMatchObject({ code: 'cancelled' })
    expect(readdirSync(folder)).toEqual(['out.csv'])
    expect(readFileSync(file, 'utf8')).toBe('old')
    expect((await write({ what: 'calls' })).rows).toBe(2000)
  })

  it('lets the thread’s other work run while it writes', async () => {
    workspace.add(...Array.from({ length: 2000 }, (_, i) => ({ externalId: `x${i}` })))
    let turns = 0
    let isDone = false
    const count = () => {
      turns += 1
      if (!isDone) setImmediate(count)
    }
    setImmediate(count)
    await write({ what: 'calls' })
    isDone = true
    expect(turns).toBeGreaterThan(4)
  })

  it('never overwrites the workspace’s own files', async () => {
    const { root, recordings, backups } = workspace.paths
    const before = readFileSync(workspace.paths.reviewsDb)
    for (const path of [
      join(root, 'reviews.db'),
      join(root, 'Calls.db-wal'),
      join(recordings, 'a.csv'),
      join(backups, 'b.csv'),
    ])
      await expect(write({}, path)).rejects.toMatchObject({ code: 'file_unwritable' })
    expect(readFileSync(workspace.paths.reviewsDb)).toEqual(before)
    expect((await write({}, join(root, 'mine.csv'))).rows).toBe(0)
    mkdirSync(join(root, 'exports'))
    expect((await write({}, join(root, 'exports', 'mine.csv'))).rows).toBe(0)
  })
})

describe(`${HOSTILE_ROWS} hostile rows`, () => {
  const seed = Number(process.env.EARMARK_SEED ?? Date.now() % 2 ** 31)
  const text = fc.oneof(
    fc.array(fc.constantFrom(...HOSTILE_PIECES), { maxLength: 6 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 40 }),
  )

  it('come back with 0 differences from every reader', async () => {
    const samples = fc.sample(fc.tuple(text, text, text, text, text), { numRuns: HOSTILE_ROWS, seed })
    const kept = workspace.reviews.transaction(() =>
      samples.map(([label, comment, reviewer, turnText, connection], i) => {
        const id = `${String(i).padStart(8, '0')}-0000-4000-8000-000000000000`
        const texts = { label, comment, reviewer, turn_text: turnText, connection }
        insertAnnotation(workspace.reviews, {
          id,
          draft_hash: '',
          parent_id: null,
          call_id: 'aaaaaaaaaaaaaaaa',
          vendor: 'malakai',
          connection_id: 'aaaaaaaaaaaa',
          campaign_id: null,
          external_id: comment,
          call_started_at_ms: 0,
          kind: 'turn',
          turn_index: 0,
          turn_speaker: 'agent',
          quote: null,
          quote_start: null,
          quote_end: null,
          context_before: null,
          context_after: null,
          start_ms: null,
          end_ms: null,
          timing_source: null,
          severity: null,
          created_at_ms: i,
          updated_at_ms: i,
          deleted_at_ms: null,
          ...texts,
        })
        const stored = workspace.reviews
          .prepare<[string], typeof texts>(
            'SELECT label, comment, reviewer, turn_text, connection FROM annotations WHERE id = ?',
          )
          .get(id)
        return stored ?? texts
      }),
    )()
    for (const raw of [true, false]) {
      expect((await write({ raw })).rows).toBe(HOSTILE_ROWS)
      const shown = (value: string) => (raw ? value : guardFormula(value))
      const at = new Date(0)
      const expected = kept.map((row, i) => [
        '1',
        `${String(i).padStart(8, '0')}-0000-4000-8000-000000000000`,
        '',
        'malakai',
        shown(row.connection),
        '',
        shown(row.comment),
        at.toISOString(),
        '0',
        'agent',
        shown(row.turn_text),
        ...Array<string>(6).fill(''),
        shown(row.label),
        '',
        shown(row.comment),
        shown(row.reviewer),
        new Date(i).toISOString(),
        new Date(i).toISOString(),
        'anchored',
      ])
      const written = readFileSync(file, 'utf8')
      const readings = [
        readRfc4180(written),
        Papa.parse<string[]>(written, { delimiter: ',', newline: '\r\n' }).data.slice(0, -1),
        ...(IS_LONG ? [readByPython(file)] : []),
      ]
      for (const [header = [], ...records] of readings) {
        expect(header.join(',')).toBe(ANNOTATION_COLUMNS)
        expect(records.length).toBe(HOSTILE_ROWS)
        const different = records.filter(
          (record, i) => record.join('\u0001|') !== expected[i]?.join('\u0001|'),
        )
        expect(different, `EARMARK_SEED=${seed}`).toEqual([])
      }
      if (!raw) {
        const cells = readRfc4180(written).flat()
        const formulas = cells.filter(
          (cell) => /^[=+\-@\t\r\n\0]/.test(cell) && !/^(\+[1-9]\d{1,14}|-\d+(\.\d+)?)$/.test(cell),
        )
        expect(formulas).toEqual([])
      }
    }
  }, 120_000)
})

/** With Python's own `csv`, strict. */
function readByPython(path: string): string[][] {
  const program = `
import csv, json, sys
csv.field_size_limit(10 ** 9)
with open(sys.argv[1], encoding='utf-8', newline='') as file:
    json.dump(list(csv.reader(file, strict=True)), sys.stdout)`
  return JSON.parse(
    execFileSync('python3', ['-c', program, path], { encoding: 'utf8', maxBuffer: 1024 ** 3 }),
  )
}
