import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createFolder } from '../connections/folders'
import { listRuns, removeConnection } from '../connections/queries'
import { openSyncEngine, type SyncEngine } from '../sync/engine'
import { lockConnection } from '../sync/lock'
import { QUICK_RETRY, quickRecordings, type TestBackend, testBackend } from '../sync/testing'
import { type WatchTimes, watchFolders } from './watch-folders'

let backend: TestBackend
let engine: SyncEngine
let folder: string
let closing: (() => Promise<void>)[]
beforeEach(async () => {
  backend = await testBackend()
  engine = openSyncEngine(backend, QUICK_RETRY, { restMs: 20, mostMs: 2000 })
  folder = mkdtempSync(join(tmpdir(), 'earmark-watch-'))
  closing = []
})
afterEach(async () => {
  for (const close of closing) await close()
  await engine.close()
  backend.close()
  rmSync(folder, { recursive: true, force: true })
  rmSync(`${folder}-away`, { recursive: true, force: true })
})

const QUICK: WatchTimes = { tickMs: 20, debounceMs: 20, rescanMs: 60_000 }
const begin = (times: Partial<WatchTimes> = {}) => {
  const watching = watchFolders(backend, engine, { ...QUICK, ...times })
  closing.push(watching.close)
  return watching
}
const connect = () => createFolder(backend, { vendor: 'prosper', name: 'Exports', folder }).id
const put = (name: string, content: unknown) =>
  writeFileSync(join(folder, name), Buffer.isBuffer(content) ? content : JSON.stringify(content))
const detail = (id: number) => ({ call_log_id: id, transcript: [{ speaker: 'agent', text: `Call ${id}` }] })
const states = () =>
  Object.fromEntries(
    backend.db.prepare('SELECT external_id, recording_state FROM calls').raw().all() as [string, string][],
  )
const until = (expected: object) =>
  vi.waitFor(() => expect(states()).toEqual(expected), { timeout: 10_000, interval: 20 })
const runs = (id: string) =>
  listRuns(backend.db, id, 50).map(({ trigger, outcome }) => `${trigger} ${outcome}`)

describe('a watched folder', () => {
  test('is read at start, and when something comes into it or a folder in it, without anybody asking', async () => {
    const id = connect()
    put('1.json', detail(1))
    begin()
    await until({ 1: 'none' })
    put('2.json', detail(2))
    await until({ 1: 'none', 2: 'none' })
    mkdirSync(join(folder, 'new'))
    put('new/3.json', detail(3))
    put('new/2.wav', quickRecordings().bytes)
    await until({ 1: 'none', 2: 'ready', 3: 'none' })
    expect(new Set(runs(id))).toEqual(new Set(['folder done']))
  })

  test('is found by looking where the system tells of nothing', async () => {
    connect()
    begin({ debounceMs: 3_600_000, rescanMs: 50 })
    put('1.json', detail(1))
    await until({ 1: 'none' })
    put('2.json', detail(2))
    await until({ 1: 'none', 2: 'none' })
  })

  test('that has nothing new is not read again: a start leaves no run behind', async () => {
    const id = connect()
    put('1.json', detail(1))
    begin()
    await until({ 1: 'none' })
    await closing.pop()?.()
    const before = runs(id)
    begin({ rescanMs: 30 })
    await new Promise((done) => setTimeout(done, 300))
    expect(runs(id)).toEqual(before)
  })

  test('that goes away is told once, and is read on when it is back', async () => {
    const id = connect()
    put('1.json', detail(1))
    begin({ rescanMs: 40 })
    await until({ 1: 'none' })
    renameSync(folder, `${folder}-away`)
    await vi.waitFor(() => expect(runs(id)[0]).toBe('folder failed'), { timeout: 10_000 })
    expect(listRuns(backend.db, id, 1)[0]?.problem).toMatch(/is not there; is a drive or a share missing\?/)
    await new Promise((done) => setTimeout(done, 200))
    expect(runs(id).filter((run) => run === 'folder failed')).toHaveLength(1)
    renameSync(`${folder}-away`, folder)
    await vi.waitFor(() => expect(runs(id)[0]).toBe('folder done'), { timeout: 10_000 })
    put('2.json', detail(2))
    await until({ 1: 'none', 2: 'none' })
  })

  test('waits for whoever else is at its connection', async () => {
    const id = connect()
    const unlock = lockConnection(backend.paths, { id, name: 'Exports' }, 'The command line')
    put('1.json', detail(1))
    begin()
    await new Promise((done) => setTimeout(done, 150))
    expect(states()).toEqual({})
    unlock()
    await until({ 1: 'none' })
  })

  test('is left alone once its connection is removed', async () => {
    const id = connect()
    put('1.json', detail(1))
    begin()
    await until({ 1: 'none' })
    removeConnection(backend.db, id, Date.now())
    await new Promise((done) => setTimeout(done, 150))
    put('2.json', detail(2))
    await new Promise((done) => setTimeout(done, 300))
    expect(states()).toEqual({ 1: 'none' })
  })
})
