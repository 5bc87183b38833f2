import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { temporaryWorkspace } from './testing'
import { watchOtherWriters } from './watch'
import { openReviewsForWriting } from './workspace'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('what another program writes is noticed once; what this one writes is not', () => {
  const { paths, remove } = temporaryWorkspace()
  const own = openReviewsForWriting(paths)
  const other = openReviewsForWriting(paths)
  let noticed = 0
  const end = watchOtherWriters(own, () => {
    noticed += 1
  })
  own.exec("INSERT INTO settings VALUES ('a', '1')")
  vi.advanceTimersByTime(5000)
  expect(noticed).toBe(0)
  other.exec("INSERT INTO settings VALUES ('b', '1')")
  vi.advanceTimersByTime(5000)
  expect(noticed).toBe(1)
  end()
  other.exec("INSERT INTO settings VALUES ('c', '1')")
  vi.advanceTimersByTime(5000)
  expect(noticed).toBe(1)
  own.close()
  other.close()
  remove()
})

it('a disk that can’t be read for a moment ends nothing, and what came meanwhile is noticed', () => {
  const { paths, remove } = temporaryWorkspace()
  const own = openReviewsForWriting(paths)
  const other = openReviewsForWriting(paths)
  let noticed = 0
  const end = watchOtherWriters(own, () => {
    noticed += 1
  })
  const broken = vi.spyOn(own, 'pragma').mockImplementation(() => {
    throw new Database.SqliteError('disk I/O error', 'SQLITE_IOERR_READ')
  })
  other.exec("INSERT INTO settings VALUES ('b', '1')")
  vi.advanceTimersByTime(5000)
  expect(noticed).toBe(0)
  broken.mockRestore()
  vi.advanceTimersByTime(1000)
  expect(noticed).toBe(1)
  end()
  own.close()
  other.close()
  remove()
})
