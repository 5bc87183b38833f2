import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type MalakaiSimulator,
  type ProsperSimulator,
  startMalakaiSimulator,
  startProsperSimulator,
} from '../../e2e/vendors'
import { listConnections } from '../connections/queries'
import { openCallsForWriting } from '../db/workspace'
import { checkIndex } from '../search/search-index'
import { openSyncEngine } from './engine'
import { readState } from './state'
import { connectTo, contentOf, QUICK_RETRY, type TestBackend, testBackend } from './testing'
import { buildChild } from './testing-process'

const KILLS = process.env.EARMARK_LONG === '1' ? 50 : 6
const PAGES = 100
/** What the fault "small-pages" makes them. */
const PAGE_SIZE = 7
/** The last page is not full, so that nobody has to ask for one behind it. */
const CALLS = PAGES * PAGE_SIZE - 3

let child: Awaited<ReturnType<typeof buildChild>>
beforeAll(async () => {
  child = await buildChild()
}, 60_000)
afterAll(() => child.remove())

/** A run of a child up to its death, as the vendor saw it. */
interface Seen {
  pages: number[]
  details: string[]
}

function seenSince(simulator: ProsperSimulator, from: number): Seen {
  const pages: number[] = []
  const details: string[] = []
  for (const { path, query } of simulator.requests.slice(from)) {
    if (query.page !== undefined) pages.push(Number(query.page))
    else details.push(path.slice(path.lastIndexOf('/') + 1))
  }
  return { pages, details }
}

/** As one sees it who opens it now: FTS5 remembers the index's structure as it was before the other process wrote. */
function checkSound({ paths }: TestBackend): void {
  const db = openCallsForWriting(paths)
  try {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
    expect(checkIndex(db)).toBeNull()
  } finally {
    db.close()
  }
}

/** Sound, and nothing of the listing ahead of its rows. */
function checkCache(backend: TestBackend, simulator: ProsperSimulator, id: string): void {
  checkSound(backend)
  const { position } = readState(backend.db, id).listing?.campaigns[0]?.pass ?? {}
  const behind = simulator.externalIds.slice(0, (Number(position?.page ?? 1) - 1) * PAGE_SIZE)
  const inFull = new Set(
    backend.db
      .prepare<[], string>("SELECT external_id FROM calls WHERE completeness = 'detail'")
      .pluck()
      .all(),
  )
  expect(behind.filter((externalId) => !inFull.has(externalId))).toEqual([])
}

/** Resolves once the simulator was asked so often, or the child has ended. */
async function requested(simulator: ProsperSimulator, count: number, ended: Promise<unknown>): Promise<void> {
  let isOver = false
  const over = ended.then(() => {
    isOver = true
  })
  while (!isOver && simulator.requests.length < count)
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 1))])
}

/** What a sync without any trouble brings. */
async function untroubled(vendor: 'prosper' | 'malakai', simulator: ProsperSimulator | MalakaiSimulator) {
  const fresh = await testBackend()
  try {
    const { id } = await connectTo(fresh, vendor, simulator)
    await openSyncEngine(fresh, QUICK_RETRY).start(id, { recordings: 'none', secrets: null }).ended
    return comparable(contentOf(fresh.db))
  } finally {
    fresh.close()
  }
}

test(`a sync of ${PAGES} pages that is killed ${KILLS} times fetches at most one page twice each time, and equals the vendor in the end`, async () => {
  const backend = await testBackend()
  const simulator = await startProsperSimulator({ calls: CALLS, recordings: null, delayMs: 15 })
  simulator.setFaults([{ name: 'small-pages', times: null, on: 'list' }])
  try {
    const { id } = await connectTo(backend, 'prosper', simulator)
    let kills = 0
    let stepsLeft = KILLS
    let before: Seen = { pages: [], details: [] }
    for (let isOver = false; !isOver; ) {
      const from = simulator.requests.length
      const sync = child.start(backend.paths.root, id, simulator)
      // At a moment of its own: after some of the requests that are left to be made, and a random while.
      const left = CALLS + PAGES - new Set([...before.pages, ...before.details]).size
      if (stepsLeft > 0) {
        await requested(simulator, from + Math.random() * 1.6 * (left / stepsLeft), sync.ended)
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 5))
        sync.process.kill('SIGKILL')
      }
      const ended = await sync.ended
      isOver = ended !== null
      if (!isOver) kills += 1
      stepsLeft -= 1
      const now = seenSince(simulator, from)
      const again = now.pages.filter((page) => before.pages.includes(page))
      const detailsAgain = now.details.filter((externalId) => before.details.includes(externalId))
      expect(again.length, `pages fetched twice: ${again}`).toBeLessThanOrEqual(1)
      const ofPages = new Set(
        again.flatMap((page) => simulator.externalIds.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE)),
      )
      expect(detailsAgain.filter((externalId) => !ofPages.has(externalId))).toEqual([])
      before = {
        pages: [...before.pages, ...now.pages],
        details: [...before.details, ...now.details],
      }
      checkCache(backend, simulator, id)
      if (isOver) expect(ended?.result.outcome).toBe('done')
    }
    process.stdout.write(
      `  killed ${kills} times: ${before.pages.length - PAGES} pages and ${before.details.length - CALLS} details fetched twice\n`,
    )
    expect(kills).toBeGreaterThanOrEqual(KILLS * 0.8)
    expect(new Set(before.pages).size).toBe(PAGES)
    expectSame(comparable(contentOf(backend.db)), await untroubled('prosper', simulator))
  } finally {
    await simulator.close()
    backend.close()
  }
}, 300_000)

test('a sync of an answer without pages that is killed reads it once more, as a whole', async () => {
  const backend = await testBackend()
  const simulator = await startMalakaiSimulator({ calls: 1500, recordings: null })
  try {
    const { id } = await connectTo(backend, 'malakai', simulator)
    for (let kill = 1; kill <= 3; kill += 1) {
      const sync = child.start(backend.paths.root, id, simulator)
      await sync.listed(100 + 300 * kill)
      sync.process.kill('SIGKILL')
      expect(await sync.ended).toBeNull()
      expect(simulator.requestCount).toBe(kill)
      checkSound(backend)
    }
    const last = await child.start(backend.paths.root, id, simulator).ended
    expect(last?.result).toMatchObject({ outcome: 'done', counts: { listed: 1500 } })
    expect(simulator.requestCount).toBe(4)
    expectSame(comparable(contentOf(backend.db)), await untroubled('malakai', simulator))
  } finally {
    await simulator.close()
    backend.close()
  }
}, 120_000)

test('a sync in another process is named while it lives, and called interrupted when it died', async () => {
  const backend = await testBackend()
  const simulator = await startProsperSimulator({ calls: 450, delayMs: 10, recordings: null })
  try {
    const { id } = await connectTo(backend, 'prosper', simulator)
    const engine = openSyncEngine(backend, QUICK_RETRY)
    const sync = child.start(backend.paths.root, id, simulator)
    await sync.listed(100)
    expect(() => engine.start(id, { recordings: 'all', secrets: null })).toThrow(
      expect.objectContaining({
        code: 'busy',
        message: expect.stringContaining(`The child (process ${sync.process.pid} `),
      }),
    )
    sync.process.kill('SIGKILL')
    await sync.ended
    openSyncEngine(backend, QUICK_RETRY)
    expect(listConnections(backend.db)[0]?.lastRun).toMatchObject({ outcome: 'interrupted' })
    const { outcome } = await engine.start(id, { recordings: 'none', secrets: null }).ended
    expect(outcome).toBe('done')
  } finally {
    await simulator.close()
    backend.close()
  }
}, 60_000)

/** The rows, without what depends on when and in which order they came. */
function comparable({
  calls = [],
  turns = [],
  recordings = [],
  listing_seen = [],
}: Record<string, unknown[]>) {
  const names = [
    'pk',
    'call_pk',
    'search_key',
    'first_seen_at_ms',
    'updated_at_ms',
    'fetched_at_ms',
    'facet_id',
  ]
  const plain = (row: unknown) => {
    const entries = Object.entries(row ?? {})
    const isDated = !entries.some(([name, value]) => name === 'started_at_source' && value === 'first_seen')
    return Object.fromEntries(
      entries.filter(([name]) => !names.includes(name) && (isDated || name !== 'started_at_ms')),
    )
  }
  return new Set([calls, turns, recordings, listing_seen].flat().map((row) => JSON.stringify(plain(row))))
}

/** Few words where they are not the same. */
function expectSame(here: ReadonlySet<string>, there: ReadonlySet<string>): void {
  expect([...here].filter((row) => !there.has(row)).slice(0, 2)).toEqual([])
  expect([...there].filter((row) => !here.has(row)).slice(0, 2)).toEqual([])
}
