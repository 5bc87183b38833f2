import { EarmarkError, type ErrorCode } from '@contract'
import { describe, expect, test } from 'vitest'
import type { StoredCall } from '../calls/store'
import type { VendorCall } from '../vendors/vendor-call'
import {
  afterPage,
  afterPass,
  beginPass,
  isOneCalls,
  isOneCampaigns,
  needsDetail,
  overlapStartMs,
  planListing,
} from './plan'
import { type Pass, SyncState } from './state'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 5, 15)
const empty = SyncState.parse({})
const facts = { callCount: 0, newestStartMs: null }

describe('which listing to work on', () => {
  test('the first one asks for everything, campaign by campaign', () => {
    const { listing, fresh } = planListing(empty, ['a', 'b', 'a'], facts, NOW)
    expect(listing).toMatchObject({ startedAtMs: NOW, fromMs: null })
    expect(listing.campaigns.map((one) => one.campaignId)).toEqual(['a', 'b'])
    expect(fresh).toBeNull()
  })

  test('without campaigns the whole organisation is listed', () => {
    expect(planListing(empty, [], facts, NOW).listing.campaigns).toEqual([
      { campaignId: null, pass: null, isDone: false, isSure: false },
    ])
  })

  const pass = beginPass('full', { page: 7 }, null)
  const stopped = SyncState.parse({
    listing: {
      startedAtMs: NOW - 1000,
      fromMs: null,
      campaigns: [
        { campaignId: 'a', pass, isDone: true, isSure: true },
        { campaignId: 'b', pass, isDone: false, isSure: false },
      ],
    },
  })

  test('a stopped one goes on where it stopped, and what it was through with is listed again', () => {
    const { listing, fresh } = planListing(stopped, ['a', 'b'], facts, NOW)
    expect(listing.campaigns).toEqual([
      { campaignId: 'a', pass: null, isDone: false, isSure: false },
      { campaignId: 'b', pass, isDone: false, isSure: false },
    ])
    expect(fresh).toEqual(['a'])
  })

  test.each([
    ['a day later', ['a', 'b'], NOW + DAY],
    ['when its campaign is no longer asked for', ['a'], NOW],
    ['when the clock was set back', ['a', 'b'], NOW - 5000],
  ])('a stopped one is begun anew %s', (_, campaignIds, nowMs) => {
    const { listing, fresh } = planListing(stopped, campaignIds, facts, nowMs)
    expect(listing.startedAtMs).toBe(nowMs)
    expect(listing.campaigns.every((one) => one.pass === null)).toBe(true)
    expect(fresh).toBeNull()
  })

  test.each([
    ['few calls are always listed whole', 5000, NOW - 1000, null],
    ['many calls that were never listed whole', 5001, null, null],
    ['many calls, a day after they were listed whole', 5001, NOW - DAY, null],
    ['many calls, an hour after they were listed whole', 5001, NOW - 3_600_000, NOW - 7 * DAY],
  ])('%s', (_, callCount, fullyListedAtMs, expected) => {
    const state = { ...empty, fullyListedAtMs }
    expect(planListing(state, ['a'], { callCount, newestStartMs: NOW }, NOW).listing.fromMs).toBe(expected)
  })

  test.each([
    ['now', null, null, NOW],
    ['the last sync', NOW - 3 * DAY, NOW, NOW - 3 * DAY],
    ['the newest call of a campaign that paused', NOW, NOW - 90 * DAY, NOW - 90 * DAY],
    ['now, when a call lies in the future', null, NOW + DAY, NOW],
  ])('calls of the seven days before %s are read again', (_, listedAtMs, newestStartMs, expected) => {
    expect(overlapStartMs({ ...empty, listedAtMs }, { callCount: 1, newestStartMs }, NOW)).toBe(
      expected - 7 * DAY,
    )
  })
})

type Row = 'new' | 'earlier' | 'repeated'
/** Walks a pass over pages of `[total, rows, isLast]`. */
function walk(first: Pass, pages: [number | null, Row[], boolean?][]): { pass: Pass; isOver: boolean } {
  let state = { pass: first, isOver: false }
  for (const [total, rows, isLast] of pages)
    state = afterPage(state.pass, { next: isLast ? null : { page: 1 }, total, rows })
  return state
}
const rows = (count: number, row: Row = 'new'): Row[] => Array<Row>(count).fill(row)
const full = () => beginPass('full', { page: 1 }, null)

describe('whether a listing is believed', () => {
  test.each<[string, [number | null, Row[], boolean?][], string]>([
    [
      'as many rows as the vendor said',
      [
        [20, rows(10)],
        [20, rows(10), true],
      ],
      'sure',
    ],
    ['one page, whatever it says of its total', [[113, rows(2), true]], 'sure'],
    ['an empty list', [[0, [], true]], 'sure'],
    [
      'new calls came in at the front: rows show up twice',
      [
        [20, rows(10)],
        [22, [...rows(2, 'repeated'), ...rows(8)]],
        [22, rows(2), true],
      ],
      'head',
    ],
    [
      'a call vanished: a row slipped over the edge',
      [
        [30, rows(10)],
        [29, rows(10)],
        [29, rows(9), true],
      ],
      'full',
    ],
    [
      'fewer rows than there were at first',
      [
        [30, rows(10)],
        [30, rows(10)],
        [30, rows(9), true],
      ],
      'full',
    ],
    [
      'no total, no repeats',
      [
        [null, rows(10)],
        [null, rows(3), true],
      ],
      'sure',
    ],
    [
      'no total, and a row showed up twice',
      [
        [null, rows(10)],
        [null, ['repeated', ...rows(3)], true],
      ],
      'head',
    ],
  ])('%s', (_, pages, verdict) => {
    const { pass, isOver } = walk(full(), pages)
    expect(isOver).toBe(true)
    expect(afterPass(pass)).toBe(verdict)
  })

  test('a pass whose pages bring nothing new any more is given up', () => {
    const { pass, isOver } = walk(full(), [
      [500, rows(10)],
      [500, rows(10, 'repeated')],
      [500, rows(10, 'repeated')],
      [500, rows(10, 'repeated')],
    ])
    expect(isOver).toBe(true)
    expect(afterPass(pass)).toBe('full')
  })

  test('the front is walked over only until nothing is missing', () => {
    const before = walk(full(), [
      [20, rows(10)],
      [22, [...rows(2, 'repeated'), ...rows(8)]],
      [22, rows(2), true],
    ]).pass
    const head = beginPass('head', { page: 1 }, before)
    const first = afterPage(head, { next: { page: 2 }, total: 22, rows: [...rows(2), ...rows(8, 'earlier')] })
    expect(first.isOver).toBe(false)
    const second = afterPage(first.pass, { next: { page: 3 }, total: 22, rows: rows(10, 'earlier') })
    expect(second.isOver).toBe(true)
    expect(afterPass(second.pass)).toBe('sure')
  })

  test('after three passes it is taken as it is, but marks nothing as gone', () => {
    const third = { ...beginPass('full', { page: 1 }, null), number: 3 }
    expect(
      afterPass(
        walk(third, [
          [30, rows(10)],
          [29, rows(10), true],
        ]).pass,
      ),
    ).toBe('unsure')
  })
})

describe('which calls are read in full', () => {
  // Only what the decision looks at.
  const listed = (change: Partial<VendorCall> = {}) => ({ isFinal: true, ...change }) as VendorCall
  const stored = (change: Partial<StoredCall> = {}): StoredCall => ({
    pk: 1,
    completeness: 'detail',
    isFinal: true,
    summaryHash: 'same',
    startedAtMs: NOW - 30 * DAY,
    ...change,
  })
  const overlap = NOW - 7 * DAY
  test.each<[string, VendorCall, string, StoredCall | undefined, boolean, boolean]>([
    ['a new one', listed(), 'same', undefined, false, true],
    [
      'one that is only known from the list',
      listed(),
      'same',
      stored({ completeness: 'summary' }),
      false,
      true,
    ],
    ['an old one without changes is not', listed(), 'same', stored(), false, false],
    ['one whose row in the list changed', listed(), 'other', stored(), false, true],
    ['one in progress', listed({ isFinal: false }), 'same', stored(), false, true],
    ['one that was in progress', listed(), 'same', stored({ isFinal: false }), false, true],
    ['one of the last seven days', listed(), 'same', stored({ startedAtMs: NOW }), false, true],
    [
      'one of the last seven days that this listing read already is not',
      listed(),
      'same',
      stored({ startedAtMs: NOW }),
      true,
      false,
    ],
  ])('%s', (_, call, hash, known, isReread, expected) => {
    expect(needsDetail(call, hash, known, overlap, isReread)).toBe(expected)
  })
})

describe('what a failure stops', () => {
  const error = (code: ErrorCode) => new EarmarkError(code, 'It failed.')
  test.each<[ErrorCode, boolean]>([
    ['wrong_campaign', true],
    ['vendor_error', true],
    ['timeout', true],
    ['wrong_key', false],
    ['unreachable', false],
    ['rate_limited', false],
    ['disk_full', false],
    ['cancelled', false],
  ])('%s is one campaign’s matter: %s', (code, expected) => {
    expect(isOneCampaigns(error(code))).toBe(expected)
  })

  test('a call that can not be had is set aside; the fifth in a row stops the sync', () => {
    expect(isOneCalls(error('vendor_error'), 4)).toBe(true)
    expect(isOneCalls(error('vendor_error'), 5)).toBe(false)
    expect(isOneCalls(error('wrong_key'), 1)).toBe(false)
  })
})
