import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProsperSimulator } from '../../e2e/vendors'
import { listConnections } from '../connections/queries'
import { checkIndex } from '../search/search-index'
import { openSyncEngine } from './engine'
import { readState } from './state'
import { connectTo, contentOf, QUICK_RETRY, quickRecordings, testBackend } from './testing'

const project = resolve(import.meta.dirname, '../..')
let folder = ''

beforeAll(async () => {
  // Inside the project, where the child finds its native modules.
  folder = mkdtempSync(join(project, 'node_modules', '.earmark-test-'))
  await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { alias: { '@contract': join(project, 'src-main/contract') } },
    build: {
      ssr: join(import.meta.dirname, 'testing-child.ts'),
      outDir: folder,
      rolldownOptions: { output: { entryFileNames: 'child.mjs' } },
    },
  })
}, 60_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Starts a sync in a process of its own; resolves once it has listed `enough` calls. */
async function syncingChild(root: string, connectionId: string, apiKey: string, enough: number) {
  const child = spawn(process.execPath, [join(folder, 'child.mjs'), root, connectionId, apiKey], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  await new Promise<void>((enoughListed, reject) => {
    lines.on('line', (line) => Number(line) >= enough && enoughListed())
    child.once('exit', (code) => reject(new Error(`The child ended by itself (${code}).`)))
  })
  return child
}

test('a sync killed in the middle is named while it lives, and the next one completes its work', async () => {
  const backend = await testBackend()
  const simulator = await startProsperSimulator({ calls: 450, delayMs: 10, recordings: quickRecordings })
  try {
    const { id } = await connectTo(backend, 'prosper', simulator)
    const engine = openSyncEngine(backend, QUICK_RETRY)
    const child = await syncingChild(backend.paths.root, id, simulator.apiKey, 100)
    const exited = once(child, 'exit')
    expect(() => engine.start(id, { recordings: 'all', secrets: null })).toThrow(
      expect.objectContaining({
        code: 'busy',
        message: expect.stringContaining(`The child (process ${child.pid} `),
      }),
    )
    child.kill('SIGKILL')
    await exited

    // The position is never ahead of the rows: everything on the pages before it is there, in full.
    const { position } = readState(backend.db, id).listing?.campaigns[0]?.pass ?? {}
    const behind = simulator.externalIds.slice(0, (Number(position?.page) - 1) * 100)
    expect(behind.length).toBeGreaterThanOrEqual(100)
    const inFull = backend.db
      .prepare<[], string>("SELECT external_id FROM calls WHERE completeness = 'detail'")
      .pluck()
      .all()
    expect(behind.filter((externalId) => !inFull.includes(externalId))).toEqual([])

    const after = openSyncEngine(backend, QUICK_RETRY)
    expect(listConnections(backend.db)[0]?.lastRun).toMatchObject({ outcome: 'interrupted' })
    const stored = Number(backend.db.prepare('SELECT count(*) FROM calls').pluck().get())
    expect(stored).toBeGreaterThanOrEqual(100)
    expect(stored).toBeLessThan(450)

    const listedBefore = simulator.requests.filter((request) => request.query.page !== undefined).length
    const { outcome, counts } = await after.start(id, { recordings: 'all', secrets: null }).ended
    expect(outcome).toBe('done')
    expect(counts.added).toBe(450 - stored)
    const pages = simulator.requests.filter((request) => request.query.page !== undefined)
    // Five pages in all; at most one of them was asked for twice.
    expect(pages.length).toBeLessThanOrEqual(6)
    expect(listedBefore).toBeGreaterThan(0)

    const fresh = await testBackend()
    const { id: freshId } = await connectTo(fresh, 'prosper', simulator)
    await openSyncEngine(fresh, QUICK_RETRY).start(freshId, { recordings: 'all', secrets: null }).ended
    expect(comparable(contentOf(backend.db))).toEqual(comparable(contentOf(fresh.db)))
    expect(checkIndex(backend.db)).toBeNull()
    fresh.close()
  } finally {
    await simulator.close()
    backend.close()
  }
}, 60_000)

/** Without what depends on when and in which order rows came. */
function comparable(content: Record<string, unknown[]>) {
  const { calls = [], turns = [], recordings = [], listing_seen } = content
  const names = ['pk', 'call_pk', 'search_key', 'first_seen_at_ms', 'updated_at_ms', 'fetched_at_ms']
  const plain = (row: unknown) =>
    Object.fromEntries(Object.entries(row ?? {}).filter(([name]) => !names.includes(name)))
  const sorted = (rows: unknown[]) => rows.map((row) => JSON.stringify(plain(row))).sort()
  return { calls: sorted(calls), turns: sorted(turns), recordings: sorted(recordings), listing_seen }
}
