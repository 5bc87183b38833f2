import { spawnSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, utimesSync } from 'node:fs'
import { join, resolve } from 'node:path'
import Papa from 'papaparse'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changeAnnotation, createAnnotation, listAnnotations } from '../../src-main/annotations/annotate'
import { backUpDaily, dailyBackups } from '../../src-main/db/backups'
import { bundleForNode } from '../../src-main/db/testing-bundle'
import { searchWorkspace, type TestWorkspace } from '../../src-main/search/testing'
import { noteRecent, recentSearches } from '../../src-main/searches/queries'
import { HostGate } from '../../src-main/sync/host-gate'
import { overlapStartMs, planListing } from '../../src-main/sync/plan'
import { nextSyncAtMs } from '../../src-main/sync/schedule'
import { readState } from '../../src-main/sync/state'

/*
 * Clocks that are set back, zones that change, days of 23 and 25 hours: instants are kept in UTC, days are those of
 * whoever reads, and nothing that is counted from the clock waits for a year.
 */

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const YEAR_MS = 365 * DAY_MS

/** Where summer time begins and ends at different moments, at midnight, not at all, or half an hour apart. */
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Santiago',
  'Africa/Cairo',
  'Asia/Beirut',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
] as const

const NOW_MS = Date.UTC(2026, 2, 29, 10, 30)
const DAYS = [
  '2026-03-07',
  '2026-03-08',
  '2026-03-09',
  '2026-03-28',
  '2026-03-29',
  '2026-03-30',
  '2026-04-04',
  '2026-04-05',
  '2026-04-24',
  '2026-10-25',
  '2026-11-01',
] as const

let workspace: TestWorkspace
let child: Awaited<ReturnType<typeof bundleForNode>>
/** Of each call, by the vendor's id. */
const starts = new Map<string, number>()
let callIds: string[] = []

beforeAll(async () => {
  workspace = await searchWorkspace()
  const around = DAYS.flatMap((day) => {
    const noon = Date.parse(`${day}T12:00:00Z`)
    return [-26, -14, -13, -12.5, -12, -11, -10, -5, -3, -2, -1.5, -1, 0, 1, 3, 5, 9.5, 11.5, 12, 13, 14].map(
      (hours) => noon + hours * HOUR_MS,
    )
  })
  for (const [at, startedAtMs] of [...new Set(around)].entries())
    starts.set(`c${String(at).padStart(3, '0')}`, startedAtMs)
  callIds = workspace.add(
    ...[...starts].map(([externalId, startedAtMs]) => ({
      externalId,
      startedAtMs,
      durationMs: 2 * HOUR_MS,
      turns: [
        { speaker: 'agent' as const, text: 'Before the hour', startMs: 0, endMs: 1000 },
        { speaker: 'caller' as const, text: 'and after it', startMs: 90 * 60_000, endMs: 90 * 60_000 + 1000 },
      ],
    })),
  )
  for (const [at, callId] of callIds.slice(0, 40).entries())
    annotate(callId, 1 - (at % 2), NOW_MS - at * HOUR_MS)
  child = await bundleForNode(resolve(import.meta.dirname, 'clocks-child.ts'))
})
afterAll(() => {
  child.remove()
  workspace.close()
})

const annotate = (callId: string, turnIndex: number, nowMs: number, id: string = randomUUID()) =>
  createAnnotation(
    workspace.reviews,
    () => workspace.db,
    {
      id,
      callId,
      place: { kind: 'turn', turnIndex },
      label: 'Late',
      severity: null,
      comment: '',
      reviewer: 'Ana',
    },
    nowMs,
  )

interface Seen {
  zone: string
  list: string[]
  found: Record<string, string[]>
}

const QUERIES = [
  ...DAYS.map((day) => `date:${day}`),
  'date:today',
  'date:yesterday',
  'date:last-7-days',
  'date:2026-03',
  'date:2026-03-08..2026-03-29',
]

const known = new Map<string, { seen: Seen; files: Record<string, string> }>()

/** What a process sees in a zone; asked once each. */
function seenIn(zone: string): { seen: Seen; files: Record<string, string> } {
  const before = known.get(zone)
  if (before) return before
  const out = join(workspace.paths.root, `out-${zone.replaceAll('/', '-')}`)
  mkdirSync(out, { recursive: true })
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [child.file, workspace.paths.root, out, String(NOW_MS), ...QUERIES],
    { encoding: 'utf8', env: { ...process.env, TZ: zone } },
  )
  expect(stderr).toBe('')
  expect(status).toBe(0)
  const files = Object.fromEntries(
    readdirSync(out).map((name) => [name, readFileSync(join(out, name), 'utf8')]),
  )
  const found = { seen: JSON.parse(stdout) as Seen, files }
  known.set(zone, found)
  return found
}

/** The calendar's day of an instant, by other means than ours. */
const dayIn = (zone: string, ms: number): string =>
  new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(ms)

const newestFirst = (ids: Iterable<string>): string[] =>
  [...ids].sort((a, b) => (starts.get(b) ?? 0) - (starts.get(a) ?? 0))

describe('time zones and summer time', () => {
  it.each(ZONES)(
    'in %s, days begin and end with its calendar, and order and exports are the same as anywhere',
    (zone) => {
      const { seen, files } = seenIn(zone)
      expect(seen.zone.replace('Asia/Calcutta', 'Asia/Kolkata')).toBe(zone)
      expect(seen.list).toEqual(newestFirst(starts.keys()).slice(0, 200))
      const whose = (isOf: (day: string) => boolean) =>
        newestFirst([...starts].filter(([, ms]) => isOf(dayIn(zone, ms))).map(([id]) => id)).slice(0, 200)
      for (const day of DAYS) expect(seen.found[`date:${day}`], day).toEqual(whose((one) => one === day))
      const today = dayIn(zone, NOW_MS)
      const daysBack = (count: number) =>
        new Date(Date.parse(today) - count * DAY_MS).toISOString().slice(0, 10)
      expect(seen.found['date:today']).toEqual(whose((one) => one === today))
      expect(seen.found['date:yesterday']).toEqual(whose((one) => one === daysBack(1)))
      expect(seen.found['date:last-7-days']).toEqual(whose((one) => one > daysBack(7) && one <= today))
      expect(seen.found['date:2026-03']).toEqual(whose((one) => one.startsWith('2026-03')))
      expect(seen.found['date:2026-03-08..2026-03-29']).toEqual(
        whose((one) => one >= '2026-03-08' && one <= '2026-03-29'),
      )
      const inUtc = seenIn('UTC').files
      for (const name of ['calls.csv', 'annotations.csv'])
        expect(hashOf(files[name]), name).toBe(hashOf(inUtc[name]))
    },
  )

  it('a call that summer time began in keeps its length and the places of its turns', () => {
    const inside = [...starts].find(([, ms]) => ms === Date.UTC(2026, 2, 29, 0, 0))?.[0] ?? ''
    for (const zone of ['Europe/Berlin', 'UTC']) {
      const rows = Papa.parse<Record<string, string>>(seenIn(zone).files['calls.csv'] ?? '', {
        header: true,
      }).data
      const row = rows.find((one) => Object.values(one).includes(inside))
      expect(Object.values(row ?? {})).toContain('2026-03-29T00:00:00.000Z')
      expect(Number(Object.entries(row ?? {}).find(([name]) => name.includes('duration'))?.[1])).toBe(7200)
    }
  })

  it('annotations are exported oldest call first, then by place, whatever the clock said when they were written', () => {
    const { data } = Papa.parse<Record<string, string>>(
      seenIn('America/New_York').files['annotations.csv'] ?? '',
      {
        header: true,
        skipEmptyLines: true,
      },
    )
    expect(data).toHaveLength(40)
    const order = data.map((row) => starts.get(row.call_id ?? '') ?? Number.NaN)
    expect(order.every((ms, at) => at === 0 || ms >= (order[at - 1] ?? 0))).toBe(true)
  })
})

const hashOf = (text: string | undefined): string =>
  createHash('sha256')
    .update(text ?? '')
    .digest('hex')

describe('a clock that was set back a year', () => {
  const THEN_MS = NOW_MS - YEAR_MS

  it('leaves the latest search the latest', () => {
    const { reviews } = workspace
    for (let at = 0; at < 25; at += 1) noteRecent(reviews, `before ${at}`, NOW_MS + at)
    noteRecent(reviews, 'after', THEN_MS)
    noteRecent(reviews, 'after that', THEN_MS + 1)
    noteRecent(reviews, 'before 24', THEN_MS + 2)
    expect(
      recentSearches(reviews)
        .slice(0, 3)
        .map(({ query }) => query),
    ).toEqual(['before 24', 'after that', 'after'])
    expect(recentSearches(reviews)).toHaveLength(20)
  })

  it('never makes an annotation older than itself, and leaves their order that of the call', () => {
    const callId = callIds.at(-1) ?? ''
    const id = randomUUID()
    annotate(callId, 1, NOW_MS, id)
    const changed = changeAnnotation(workspace.reviews, () => workspace.db, id, { comment: 'later' }, THEN_MS)
    expect(Date.parse(changed.updatedAt)).toBeGreaterThanOrEqual(Date.parse(changed.createdAt))
    annotate(callId, 0, THEN_MS)
    const list = listAnnotations(workspace.reviews, () => workspace.db, callId)
    expect(list.map(({ turnIndex }) => turnIndex)).toEqual([0, 1])
  })

  it('goes on with a daily copy each day, and the newest copy is the one that was made last', () => {
    const folder = join(workspace.paths.root, 'clock-backups')
    mkdirSync(folder)
    const made = (nowMs: number) => {
      const file = backUpDaily(workspace.reviews, folder, nowMs)
      // The file system goes by the same clock.
      if (file !== null) utimesSync(file, new Date(nowMs), new Date(nowMs))
      return file
    }
    for (let day = 0; day < 9; day += 1) expect(made(NOW_MS + day * DAY_MS)).not.toBeNull()
    for (let day = 0; day < 9; day += 1) {
      const nowMs = THEN_MS + day * DAY_MS
      const file = made(nowMs)
      expect(file).not.toBeNull()
      expect(made(nowMs + HOUR_MS)).toBeNull()
      const all = dailyBackups(folder, nowMs)
      expect(all).toHaveLength(7)
      expect(join(folder, all.at(-1) ?? '')).toBe(file)
    }
    // After seven days, all seven are of the days since.
    expect(dailyBackups(folder, THEN_MS + 8 * DAY_MS)[0]?.slice(8, 12)).toBe('2025')
  })

  it('has a day copied again that comes for the second time', () => {
    const folder = join(workspace.paths.root, 'clock-again')
    mkdirSync(folder)
    const today = Date.now()
    backUpDaily(workspace.reviews, folder, today - 2 * DAY_MS)
    backUpDaily(workspace.reviews, folder, today)
    // The files were written now; to the clock that was set back that is two days ahead.
    expect(backUpDaily(workspace.reviews, folder, today - 2 * DAY_MS)).not.toBeNull()
  })

  it('does not keep syncs waiting', () => {
    const lastRun = { startedAtMs: NOW_MS, finishedAtMs: NOW_MS + 1000 }
    expect(nextSyncAtMs({ everyMinutes: 30, lastRun, failuresInARow: 0, spread: 0 }, THEN_MS)).toBe(THEN_MS)
    const state = {
      ...readState(workspace.calls, workspace.connectionId),
      listedAtMs: NOW_MS,
      fullyListedAtMs: NOW_MS,
    }
    const facts = { callCount: 6000, newestStartMs: NOW_MS }
    const { listing } = planListing(state, ['a'], facts, THEN_MS)
    expect(listing.fromMs, 'everything is listed again').toBeNull()
    expect(overlapStartMs(state, facts, THEN_MS)).toBe(THEN_MS - 7 * DAY_MS)
    expect(planListing(state, ['a'], facts, NOW_MS + HOUR_MS).listing.fromMs).not.toBeNull()
  })

  it('does not keep a request waiting that a host wanted later', async () => {
    const gate = new HostGate({ ratePerSec: null, concurrency: 1 })
    const real = Date.now
    try {
      gate.holdUntil(Date.now() + 50)
      Date.now = () => real() - YEAR_MS
      await expect(gate.pass(async () => 'through', AbortSignal.timeout(5000))).resolves.toBe('through')
    } finally {
      Date.now = real
    }
  })
})
