import { setImmediate as nextTick } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ReadDb } from '../db/open'
import { openBothForReading, openReviewsForWriting } from '../db/workspace'
import { type TestBackend, testBackend } from '../sync/testing'
import { waitingRecordings } from './archive-rows'
import { keepFound, keepOne, previewKeep } from './keep'
import { addCall } from './testing-calls'

let backend: TestBackend
let reader: ReadDb
beforeEach(async () => {
  backend = await testBackend()
  openReviewsForWriting(backend.paths).close()
  reader = openBothForReading(backend.paths)
})
afterEach(() => {
  reader.close()
  backend.close()
})

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const idOf = (n: number): string =>
  [...String(n).padStart(16, '0')].map((digit) => LETTERS[Number(digit)]).join('')

/** Calls that a search for all of them finds, newest last. */
function calls(count: number, stateOf: (n: number) => string): void {
  backend.db.transaction(() => {
    for (let n = 0; n < count; n++) {
      const state = stateOf(n)
      addCall(backend.db, { id: idOf(n), key: n + 1, state, urls: ['http://127.0.0.1:9/a'] })
      if (state === 'ready')
        backend.db
          .prepare('UPDATE recordings SET file = ?, bytes = 1000, duration_ms = 10 WHERE call_pk = ?')
          .run(`aa/${n}.wav`, n + 1)
    }
  })()
  backend.db.prepare('UPDATE calls SET duration_ms = 10').run()
}
const keep = (query: string, keepIt = true, signal = new AbortController().signal) =>
  keepFound(backend.db, reader, { query, keep: keepIt, nowMs: 5 }, { signal, onProgress: () => undefined })
const kept = () =>
  backend.db.prepare('SELECT count(*) FROM recordings WHERE kept_offline_at_ms IS NOT NULL').pluck().get()
const waiting = () =>
  backend.db.prepare("SELECT count(*) FROM calls WHERE recording_state = 'waiting'").pluck().get()

test('all that a search finds is kept, and what is missing is put in line', async () => {
  calls(2500, (n) => ['ready', 'removed', 'failed', 'waiting', 'none'][n % 5] ?? '')
  expect(await previewKeep(reader, '', 0)).toEqual({
    calls: 2500,
    kept: 0,
    toDownload: 2000,
    downloadBytes: 2000 * 1000,
    isExact: true,
  })
  expect(await keep('')).toEqual({ calls: 2500, toDownload: 1500, isCancelled: false })
  expect([kept(), waiting()]).toEqual([2500, 1500])
  expect(await keep('', false)).toEqual({ calls: 2500, toDownload: 0, isCancelled: false })
  expect(kept()).toBe(0)
})

test('can be found again, and by its state', async () => {
  calls(20, (n) => (n < 5 ? 'removed' : 'ready'))
  keepOne(backend.db, idOf(1), true, 5)
  keepOne(backend.db, idOf(7), true, 5)
  const count = async (query: string) => (await previewKeep(reader, query, 0)).calls
  expect(await count('kept:yes')).toBe(2)
  expect(await count('kept:no')).toBe(18)
  expect(await count('recording:removed')).toBe(4)
  expect(await count('recording:removed recording:waiting')).toBe(5)
  expect(await count('-recording:ready')).toBe(5)
})

test('can be stopped: what was done stays', async () => {
  calls(3500, () => 'ready')
  const stop = new AbortController()
  const keeping = keep('', true, stop.signal)
  await nextTick()
  stop.abort()
  const done = await keeping
  expect(done.isCancelled).toBe(true)
  expect(kept()).toBe(done.calls)
  expect(done.calls).toBeLessThan(3500)
})

test('what is kept is downloaded before newer calls', () => {
  calls(10, () => 'waiting')
  keepOne(backend.db, idOf(2), true, 5)
  const ids = waitingRecordings(backend.db, 'aaaaaaaaaaaa', 3).map(({ callId }) => callId)
  expect(ids).toEqual([idOf(2), idOf(9), idOf(8)])
})
