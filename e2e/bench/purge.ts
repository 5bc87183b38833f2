import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { previewPurge } from '../../src-main/retention/preview'
import { purge } from '../../src-main/retention/purge'
import { searchPage } from '../../src-main/search/queries'
import { searchWorkspace } from '../../src-main/search/testing'
import { printTable } from './table'

/** What purging costs, and how long it keeps its thread; beside it, searching. `node scripts/run-ts.mjs e2e/bench/purge.ts [CALLS]`. */
const CALLS = Number(process.argv[2] ?? 5000)
const WORDS =
  'the caller wants to know about house price garden offer tomorrow morning number street please thank'.split(
    ' ',
  )
let seed = 1
const next = (below: number): number => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed % below
}
const sentence = (): string => Array.from({ length: 17 }, () => WORDS[next(WORDS.length)] ?? '').join(' ')

const workspace = await searchWorkspace()
try {
  for (let from = 0; from < CALLS; from += 500)
    workspace.add(
      ...Array.from({ length: Math.min(500, CALLS - from) }, (_, i) => ({
        externalId: `call-${from + i}`,
        startedAtMs: Date.UTC(2026, 0, 1) + (from + i) * 60_000,
        turns: Array.from(
          { length: 18 },
          (_, turn) => `${turn % 2 ? 'caller' : 'agent'}: ${sentence()} w${next(50_000)}`,
        ),
      })),
    )
  const beforeMs = Date.UTC(2026, 0, 1) + (CALLS / 2) * 60_000
  const begunMs = performance.now()
  await previewPurge(workspace.db, workspace.paths, beforeMs)
  const previewMs = performance.now() - begunMs
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const phases = new Map<string, number>()
  let last = performance.now()
  let phase = 'purging 0'
  const signal = new AbortController().signal
  delay.enable()
  const row = await purge(
    { db: workspace.calls, paths: workspace.paths, program: 'A benchmark', now: Date.now },
    {
      begun_at_ms: Date.now(),
      by_whom: 'person',
      user_name: '',
      before_ms: beforeMs,
      annotations: 'keep',
      exported_to: null,
      exported_rows: null,
    },
    {
      cancelled: signal,
      closing: signal,
      onProgress: (progress) => {
        const name = progress.phase === 'wiping' ? `wiping, step ${progress.done}` : progress.phase
        phases.set(phase, (phases.get(phase) ?? 0) + performance.now() - last)
        last = performance.now()
        phase = name
      },
    },
  )
  phases.set(phase, (phases.get(phase) ?? 0) + performance.now() - last)
  delay.disable()
  await pause(1)
  const searchMs = performance.now()
  searchPage(workspace.db, { query: 'house price', sort: 'date', limit: 50, cursor: null }, Date.now())
  printTable('Purging', [
    ['what', 'ms'],
    [`preview of ${row.calls} of ${CALLS} calls`, previewMs.toFixed(0)],
    ...[...phases].map(([name, ms]) => [name, ms.toFixed(0)]),
    ['thread kept for at most', (delay.max / 1e6).toFixed(0)],
    ['thread kept, p99', (delay.percentile(99) / 1e6).toFixed(0)],
    ['a search afterwards', (performance.now() - searchMs).toFixed(1)],
  ])
} finally {
  workspace.close()
}
