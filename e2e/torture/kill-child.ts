/**
 * A process that works on a workspace until it is killed, over the same handler tables as the window, and says on stdout what it was
 * told to be done: `node … MODE ROOT JSON`. For kill-run.ts.
 */
import { randomUUID } from 'node:crypto'
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { backUpDaily, backUpWeekly } from '../../src-main/db/backups'
import { repairDatabases } from '../../src-main/db/repair'
import {
  openCallsForReading,
  openCallsForWriting,
  openReviewsForReading,
  openReviewsForWriting,
  prepareWorkspace,
} from '../../src-main/db/workspace'
import { openBackend } from './material'
import { pathsIn } from './protected'

export const Work = z.object({
  callIds: z.array(z.string()),
  files: z.array(z.string()),
  out: z.string(),
  sync: z.object({ connectionId: z.string(), apiKey: z.string() }).nullable(),
})
export type Work = z.infer<typeof Work>

export const Acknowledged = z.discriminatedUnion('did', [
  z.object({ did: z.literal('begun') }),
  z.object({ did: z.enum(['created', 'changed']), id: z.string(), comment: z.string() }),
  z.object({ did: z.literal('removed'), id: z.string() }),
  z.object({ did: z.literal('reviewed'), callId: z.string(), reviewer: z.string() }),
  z.object({ did: z.literal('imported'), calls: z.number() }),
  z.object({ did: z.literal('exported'), rows: z.number() }),
  z.object({ did: z.literal('synced'), calls: z.number() }),
  z.object({ did: z.literal('backed up'), file: z.string() }),
  z.object({ did: z.enum(['migrated', 'repaired']) }),
])
export type Acknowledged = z.infer<typeof Acknowledged>

export const KILL_MODES = [
  'annotate',
  'sync',
  'import',
  'export',
  'migrate',
  'checkpoint',
  'backup',
  'repair',
] as const
export type KillMode = (typeof KILL_MODES)[number]

/** What the parent may count on from now on: it is in the pipe when this returns. */
const acknowledge = (line: Acknowledged): void => void writeSync(1, `${JSON.stringify(line)}\n`)

export async function runKillChild(mode: KillMode, root: string, work: Work): Promise<void> {
  const paths = pathsIn(root)
  if (mode === 'migrate' || mode === 'repair') {
    acknowledge({ did: 'begun' })
    if (mode === 'repair') repairDatabases(paths, Date.now())
    else prepareWorkspace(root, paths.keys)
    acknowledge({ did: mode === 'repair' ? 'repaired' : 'migrated' })
    return
  }
  const backend = openBackend(root)
  await backend.ask('counts', 'all', {})
  acknowledge({ did: 'begun' })
  const write = async (i: number) => {
    const callId = work.callIds[i % work.callIds.length] ?? ''
    const { id, comment } = await backend.ask('annotations', 'create', {
      id: randomUUID(),
      callId,
      place: i % 2 === 0 ? { kind: 'turn', turnIndex: 0 } : { kind: 'time', startSec: i, endSec: i + 1 },
      label: `Label ${i % 7}`,
      severity: null,
      comment: `${i} ${'ä€🎧 said '.repeat(i % 50)}`,
      reviewer: 'Ada',
    })
    acknowledge({ did: 'created', id, comment })
    if (i % 3 === 1) {
      const changed = await backend.ask('annotations', 'update', {
        id,
        patch: { comment: `${comment}, changed` },
      })
      acknowledge({ did: 'changed', id, comment: changed.comment })
    }
    if (i % 5 === 2) {
      await backend.ask('annotations', 'remove', { id })
      acknowledge({ did: 'removed', id })
    }
    if (i % 4 === 3) {
      const reviewer = `Reviewer ${process.pid} ${i}`
      await backend.ask('reviews', 'set', { callId, reviewer, reviewed: true })
      acknowledge({ did: 'reviewed', callId, reviewer })
    }
  }
  switch (mode) {
    case 'annotate':
      for (let i = 0; ; i += 1) await write(i)
    case 'checkpoint': {
      const dbs = [openReviewsForWriting(paths), openCallsForWriting(paths)]
      for (let i = 0; ; i += 1) {
        await write(i)
        for (const db of dbs) db.pragma(`wal_checkpoint(${i % 2 === 0 ? 'TRUNCATE' : 'PASSIVE'})`)
      }
    }
    case 'sync': {
      if (work.sync === null) return
      const { connectionId, apiKey } = work.sync
      const annotating = (async () => {
        for (let i = 0; ; i += 1) {
          await write(i)
          await pause(4)
        }
      })()
      const { counts, outcome } = await backend.ask('sync', 'run', {
        connectionId,
        recordings: 'all',
        secrets: { apiKey, accessToken: null },
        trigger: 'person',
      })
      if (outcome === 'done') acknowledge({ did: 'synced', calls: counts.listed })
      return annotating
    }
    case 'import':
      for (const [i, file] of work.files.entries()) {
        const { added } = await backend.ask('imports', 'files', { paths: [file], connectionName: 'Killed' })
        acknowledge({ did: 'imported', calls: added })
        await write(i)
      }
      return
    case 'export':
      for (;;) {
        const options = { what: 'annotations', query: null, bom: false, raw: false } as const
        const { rows } = await backend.ask('exports', 'write', {
          options,
          path: join(work.out, 'out.csv'),
          before: null,
        })
        acknowledge({ did: 'exported', rows })
      }
    case 'backup':
      for (let day = 0; ; day += 1) {
        await write(day)
        const nowMs = Date.UTC(2030, 0, 1) + day * 86_400_000
        const reviews = openReviewsForReading(paths)
        const calls = openCallsForReading(paths)
        const made = [
          backUpDaily(reviews, paths.backups, nowMs, paths.keys),
          backUpWeekly(calls, paths.backups, nowMs, paths.keys),
        ]
        reviews.close()
        calls.close()
        for (const file of made) if (file !== null) acknowledge({ did: 'backed up', file })
      }
  }
}
