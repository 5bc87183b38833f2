import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { keepBackups } from './keep-backups'
import { temporaryWorkspace } from './testing'

const HOUR_MS = 3_600_000
const NOON = Date.UTC(2026, 4, 20, 12)

let workspace: ReturnType<typeof temporaryWorkspace>
const files = () => readdirSync(workspace.paths.backups).sort()

beforeEach(() => {
  workspace = temporaryWorkspace()
  vi.useFakeTimers({ now: NOON })
})
afterEach(() => {
  vi.useRealTimers()
  workspace.remove()
})

it('copies are made soon after the start, and of reviews.db on every day that begins', () => {
  const end = keepBackups(workspace.paths)
  expect(files()).toEqual([])
  vi.advanceTimersByTime(30_000)
  expect(files()).toEqual(['calls-2026-05-20.db', 'reviews-2026-05-20.db'])
  vi.advanceTimersByTime(24 * HOUR_MS)
  expect(files()).toEqual(['calls-2026-05-20.db', 'reviews-2026-05-20.db', 'reviews-2026-05-21.db'])
  end()
  vi.advanceTimersByTime(48 * HOUR_MS)
  expect(files()).toHaveLength(3)
})

it('a copy that can’t be made is tried again within the hour and disturbs nothing', () => {
  rmdirSync(workspace.paths.backups)
  const end = keepBackups(workspace.paths)
  vi.advanceTimersByTime(30_000)
  mkdirSync(workspace.paths.backups)
  vi.advanceTimersByTime(HOUR_MS)
  expect(files()).toEqual(['calls-2026-05-20.db', 'reviews-2026-05-20.db'])
  end()
})

it('damage that copying meets, and nobody else has, is told', () => {
  const bytes = readFileSync(workspace.paths.reviewsDb)
  bytes.fill(0x5a, 4096)
  writeFileSync(workspace.paths.reviewsDb, bytes)
  const told: string[] = []
  const end = keepBackups(workspace.paths, (message) => told.push(message))
  vi.advanceTimersByTime(30_000)
  expect(told).toEqual([expect.stringMatching(/^reviews\.db is damaged/)])
  end()
})
