import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFolder } from '../connections/folders'
import { openCallsForWriting } from '../db/workspace'
import { checkIndex } from '../search/search-index'
import { openSyncEngine } from '../sync/engine'
import { testBackend } from '../sync/testing'
import { buildChild } from '../sync/testing-process'

const FILES = 900
const CALLS_A_FILE = 3

let child: Awaited<ReturnType<typeof buildChild>>
beforeAll(async () => {
  child = await buildChild()
}, 60_000)
afterAll(() => child.remove())

test('a read that is killed again and again forgets no file, and takes none for read whose calls are not there', async () => {
  const backend = await testBackend()
  const folder = mkdtempSync(join(tmpdir(), 'earmark-killed-'))
  const past = Date.now() / 1000 - 3600
  for (let n = 0; n < FILES; n += 1) {
    const calls = Array.from({ length: CALLS_A_FILE }, (_, i) => ({
      call_log_id: n * CALLS_A_FILE + i + 1,
      transcript: [{ speaker: 'agent', text: `File ${n}, call ${i}` }],
    }))
    writeFileSync(join(folder, `${n}.json`), JSON.stringify(calls))
    utimesSync(join(folder, `${n}.json`), past, past)
  }
  const numbers = () => ({
    calls: Number(backend.db.prepare('SELECT count(*) FROM calls').pluck().get()),
    noted: Number(backend.db.prepare('SELECT coalesce(sum(calls), 0) FROM folder_files').pluck().get()),
  })
  try {
    const { id } = createFolder(backend, { vendor: 'prosper', name: 'Exports', folder })
    let kills = 0
    for (const share of [0.1, 0.3, 0.6, 0.8]) {
      const run = child.start(backend.paths.root, id, { apiKey: 'none' })
      await run.listed(Math.max(1, share * FILES * CALLS_A_FILE - numbers().calls))
      run.process.kill('SIGKILL')
      if ((await run.ended) === null) kills += 1
      const { calls, noted } = numbers()
      // Files that were noted are there with all of their calls; of a file that was not, some may be.
      expect(noted).toBeLessThanOrEqual(calls)
      expect(noted % CALLS_A_FILE).toBe(0)
    }
    // A kill may come too late on a busy machine; the first never does.
    expect(kills).toBeGreaterThanOrEqual(1)
    const last = await openSyncEngine(backend).start(id, { recordings: 'all', secrets: null }).ended
    expect(last.outcome).toBe('done')
    expect(numbers()).toEqual({ calls: FILES * CALLS_A_FILE, noted: FILES * CALLS_A_FILE })
    const revisions = backend.db.prepare('SELECT count(*) FROM revisions').pluck()
    expect(revisions.get()).toBe(FILES * CALLS_A_FILE)
    // As one sees it who opens it now: the index's structure is remembered as it was before the other process wrote.
    const fresh = openCallsForWriting(backend.paths)
    try {
      expect(checkIndex(fresh)).toBeNull()
    } finally {
      fresh.close()
    }
  } finally {
    backend.close()
    rmSync(folder, { recursive: true, force: true })
  }
}, 120_000)
