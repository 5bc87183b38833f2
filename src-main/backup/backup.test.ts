import { randomUUID } from 'node:crypto'
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CallId } from '@contract'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openInProcess } from '../backend/in-process'
import { type SampleBackend, sampleBackend } from '../backend/testing'
import { openCallsForWriting, workspacePaths } from '../db/workspace'
import { checkIndex } from '../search/search-index'
import { automaticBackups, unpackAutomatic } from './automatic'
import { requireRoom } from './errors'
import type { BackupProgress } from './manifest'
import { openBackup } from './read-backup'
import { restoreBackup, takeEmptyPlace } from './restore-backup'
import { filesOf, rowsOf } from './testing'
import { writeBackup } from './write-backup'

const NOW = Date.UTC(2026, 4, 20, 12)

let sample: SampleBackend
let folder: string
const at = (name: string) => join(folder, name)

const annotate = (callId: CallId, comment: string) =>
  sample.backend.ask('annotations', 'create', {
    id: randomUUID(),
    callId,
    place: { kind: 'turn', turnIndex: 0 },
    label: 'Missed intent',
    severity: 'major',
    comment,
    reviewer: 'Ana',
  })
const save = (name: string, withRecordings = true, rest: Partial<Parameters<typeof writeBackup>[2]> = {}) =>
  writeBackup(sample.paths, at(name), { withRecordings, appVersion: '0.0.0', nowMs: NOW, ...rest })
const open = (root: string) =>
  openInProcess({ workspaceRoot: root, sampleFolder: '', appVersion: '0.0.0', loopbackOnly: true }, () => {})

beforeAll(async () => {
  sample = await sampleBackend()
  const callId = await sample.idOf('31001')
  await annotate(callId, '=1+1 “é” 👍\u0000\r\n\tend')
  await sample.backend.ask('recordings', 'peaks', { callId })
}, 120_000)
afterAll(() => sample.close())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earmark-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a backup', () => {
  it('restores to a workspace that equals the original: rows, recordings, waveforms, search', async () => {
    const made = await save('all.zip')
    expect(made.bytes).toBe(statSync(at('all.zip')).size)
    expect(made.counts).toMatchObject({ calls: 32, annotations: 1, recordings: 28 })
    const { manifest, missingRecordings } = await restoreBackup(at('all.zip'), at('workspace'))
    expect(missingRecordings).toBe(0)
    expect(manifest.counts).toEqual(made.counts)
    const restored = workspacePaths(at('workspace'))
    expect(rowsOf(restored.reviewsDb)).toEqual(rowsOf(sample.paths.reviewsDb))
    expect(rowsOf(restored.callsDb)).toEqual(rowsOf(sample.paths.callsDb))
    expect(filesOf(restored.recordings)).toEqual(filesOf(sample.paths.recordings))
    const peaks = filesOf(sample.paths.peaks)
    expect(Object.keys(peaks)).toHaveLength(1)
    expect(filesOf(restored.peaks)).toEqual(peaks)
    const db = openCallsForWriting(restored)
    expect(checkIndex(db)).toBeNull()
    db.close()
    const query = { query: '"buy a house"', cursor: null, limit: 50, sort: 'date' } as const
    const other = open(at('workspace'))
    const { hits } = await other.ask('search', 'page', query)
    expect(hits).toHaveLength(1)
    expect(hits).toEqual((await sample.backend.ask('search', 'page', query)).hits)
    // Found by the time of its recording: made once, it is not made again.
    await other.ask('recordings', 'peaks', { callId: await sample.idOf('31001') })
    await other.close()
    expect(filesOf(restored.peaks)).toEqual(peaks)
    expect(readdirSync(folder)).toEqual(['all.zip', 'workspace'])
    expect(readdirSync(sample.paths.backups).filter((name) => name.startsWith('parcel'))).toEqual([])
  })

  it('without recordings has all else; the calls say what is not there, and the next sync gets it', async () => {
    const made = await save('small.zip', false)
    expect(made.entries.map(({ name }) => name)).toEqual(['reviews.db', 'calls.db'])
    const { missingRecordings } = await restoreBackup(at('small.zip'), at('workspace'))
    expect(missingRecordings).toBe(28)
    const other = open(at('workspace'))
    const { state, problem } = (await other.ask('calls', 'get', { callId: await sample.idOf('31001') }))
      .recording
    expect({ state, problem }).toEqual({
      state: 'failed',
      problem: expect.stringContaining('was not in the backup'),
    })
    await other.close()
    expect(rowsOf(workspacePaths(at('workspace')).reviewsDb)).toEqual(rowsOf(sample.paths.reviewsDb))
  })

  it('is of one moment, whatever is written meanwhile', async () => {
    const callId = await sample.idOf('31002')
    let isOver = false
    const writing = (async () => {
      for (let n = 0; !isOver; n += 1) {
        await annotate(callId, `while it is copied, ${n}`)
        await new Promise((later) => setTimeout(later, 2))
      }
    })()
    const made = await save('busy.zip')
    isOver = true
    await writing
    await restoreBackup(at('busy.zip'), at('workspace'))
    const { annotations } = rowsOf(workspacePaths(at('workspace')).reviewsDb)
    expect(annotations).toHaveLength(made.counts.annotations)
  })

  it('is readable by its owner alone, and replaces what has its name only when it is whole', async () => {
    await save('all.zip', false)
    if (process.platform !== 'win32') expect(lstatSync(at('all.zip')).mode & 0o777).toBe(0o600)
    const before = readFileSync(at('all.zip'))
    const stop = new AbortController()
    const phases = new Set<string>()
    const onProgress = ({ phase }: BackupProgress) => {
      phases.add(phase)
      if (phase === 'checking') stop.abort()
    }
    await expect(save('all.zip', true, { onProgress, signal: stop.signal })).rejects.toMatchObject({
      code: 'cancelled',
    })
    expect([...phases]).toEqual(['copying', 'writing', 'checking'])
    expect(readFileSync(at('all.zip')).equals(before)).toBe(true)
    expect(readdirSync(folder)).toEqual(['all.zip'])
  })

  it('can be stopped in the middle of its writing; nothing is left', async () => {
    const stop = new AbortController()
    const onProgress = ({ phase, doneBytes }: BackupProgress) => {
      if (phase === 'writing' && doneBytes > 1_000_000) stop.abort()
    }
    await expect(save('all.zip', true, { onProgress, signal: stop.signal })).rejects.toMatchObject({
      code: 'cancelled',
    })
    expect(readdirSync(folder)).toEqual([])
    expect(readdirSync(sample.paths.backups).filter((name) => name.startsWith('parcel'))).toEqual([])
  })

  it('is refused where it would be lost with its workspace, or where nothing can be written', async () => {
    const inside = writeBackup(sample.paths, join(sample.paths.backups, 'x.zip'), {
      withRecordings: false,
      appVersion: '0',
      nowMs: NOW,
    })
    await expect(inside).rejects.toMatchObject({ code: 'file_unwritable', message: /lost with it/ })
    await expect(save('none/x.zip', false)).rejects.toMatchObject({ code: 'file_unwritable' })
  })

  it('that has no room is refused before anything is written', async () => {
    await expect(requireRoom(folder, 1e18, 'the backup')).rejects.toMatchObject({
      code: 'disk_full',
      message: expect.stringMatching(/needs about [\d,]+ MB .* are free\. Nothing was written/),
    })
    await requireRoom(folder, 0, 'the backup')
  })
})

describe('restoring', () => {
  it('never touches a folder with something in it', async () => {
    await save('all.zip', false)
    await expect(restoreBackup(at('all.zip'), folder)).rejects.toMatchObject({ code: 'conflict' })
    expect(readdirSync(folder)).toEqual(['all.zip'])
  })

  it('can be stopped; nothing is left', async () => {
    await save('all.zip')
    const stop = new AbortController()
    const onProgress = ({ doneBytes }: BackupProgress) => {
      if (doneBytes > 1_000_000) stop.abort()
    }
    const restoring = restoreBackup(at('all.zip'), at('workspace'), { onProgress, signal: stop.signal })
    await expect(restoring).rejects.toMatchObject({ code: 'cancelled' })
    expect(readdirSync(folder)).toEqual(['all.zip'])
  })
})

describe('a copy that Earmark made by itself', () => {
  it('becomes a workspace with the annotations of that day and all else as it is', async () => {
    const { backups } = sample.paths
    await save('all.zip', false)
    const { manifest } = await openBackup(at('all.zip'))
    // What it holds is a day old: one annotation less.
    const { backUpDaily } = await import('../db/backups')
    const { openReviewsForReading } = await import('../db/workspace')
    const db = openReviewsForReading(sample.paths)
    backUpDaily(db, backups, NOW)
    db.close()
    await annotate(await sample.idOf('31003'), 'later')
    expect(automaticBackups(sample.paths)).toEqual([
      {
        name: 'reviews-2026-05-20.db',
        of: 'annotations',
        isBeforeUpdate: false,
        day: '2026-05-20',
        bytes: expect.any(Number),
      },
    ])
    const made = await unpackAutomatic(sample.paths, 'reviews-2026-05-20.db', at('workspace'))
    expect(made.missingRecordings).toBe(0)
    await takeEmptyPlace(made, at('workspace'))
    const restored = workspacePaths(at('workspace'))
    expect(rowsOf(restored.reviewsDb).annotations).toHaveLength(manifest.counts.annotations)
    expect(rowsOf(restored.callsDb)).toEqual(rowsOf(sample.paths.callsDb))
    expect(filesOf(restored.recordings)).toEqual(filesOf(sample.paths.recordings))
    expect(readdirSync(restored.backups)).toEqual(['reviews-2026-05-20.db'])
    await expect(unpackAutomatic(sample.paths, '../reviews.db', at('other'))).rejects.toMatchObject({
      code: 'not_found',
    })
  })
})
