/**
 * A process of its own that syncs one connection, for tests that kill or measure it: `node child.mjs WORKSPACE ID`. The
 * sync runs in a thread, as the application's does.
 */
import { isMainThread, Worker } from 'node:worker_threads'
import { openCallsForWriting, workspacePaths } from '../db/workspace'
import { openSyncEngine } from './engine'
import { memorySecrets, QUICK_RETRY } from './testing'
import type { ChildLine } from './testing-process'

const say = (line: ChildLine) => void process.stdout.write(`${JSON.stringify(line)}\n`)

if (isMainThread) new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) })
else {
  const [root = '', connectionId = ''] = process.argv.slice(2)
  const { TEST_API_KEY: apiKey = '', TEST_ACCESS_TOKEN: token = '' } = process.env
  const paths = workspacePaths(root)
  const db = openCallsForWriting(paths)
  const engine = openSyncEngine(
    {
      db,
      paths,
      secrets: memorySecrets(),
      emit: (event) => {
        if (event.type === 'sync.progress') say({ kind: 'listed', count: event.progress.done })
      },
      loopbackOnly: true,
      sampleFolder: '',
      appVersion: '0.0.0',
      program: 'The child',
    },
    QUICK_RETRY,
  )
  const secrets = { apiKey, accessToken: token === '' ? null : token }
  const result = await engine.start(connectionId, { recordings: 'none', secrets }).ended
  db.close()
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  say({ kind: 'ended', result, peakMb: maxRSS / 1024, cpuSec: (userCPUTime + systemCPUTime) / 1e6 })
}
