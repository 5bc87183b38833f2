import { readdirSync } from 'node:fs'
import { join, relative, sep, win32 } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SampleBackend, sampleBackend } from './backend/testing'
import { backUpDaily } from './db/backups'
import { openReviewsForWriting } from './db/workspace'
import { isPortableName } from './paths'
import { archivedPath } from './recordings/archived-path'

/** `C:\Users\<longest name>\AppData\Local\Earmark\workspace\`, where Windows takes 260 characters with the end of the text. */
const ROOM_ON_WINDOWS =
  259 - win32.join('C:\\Users', 'n'.repeat(20), 'AppData\\Local\\Earmark\\workspace\\').length

let sample: SampleBackend
let files: string[]

beforeAll(async () => {
  sample = await sampleBackend()
  const callId = await sample.idOf('31001')
  await sample.backend.ask('recordings', 'peaks', { callId })
  await sample.backend.ask('annotations', 'create', {
    id: crypto.randomUUID(),
    callId,
    place: { kind: 'call' },
    label: 'CON',
    severity: null,
    comment: 'a:b/c\\d',
    reviewer: 'NUL.',
  })
  const reviews = openReviewsForWriting(sample.paths)
  backUpDaily(reviews, sample.paths.backups, Date.now())
  reviews.close()
  files = readdirSync(sample.paths.root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(sample.paths.root, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
}, 120_000)
afterAll(() => sample.close())

describe('a workspace with everything in it, on Windows and macOS', () => {
  it('holds recordings, waveforms, a backup, locks: what is looked at here', () => {
    for (const folder of ['recordings', 'peaks', 'backups'])
      expect(files.filter((file) => file.startsWith(folder)).length, folder).toBeGreaterThan(0)
  })

  it('has no name that Windows keeps for a device, none with its signs, none with capitals', () => {
    for (const file of files)
      for (const name of file.split('/')) expect(isPortableName(name), file).toBe(true)
  })

  it('has no two names that are one where case does not count', () => {
    expect(new Set(files.map((file) => file.toLowerCase())).size).toBe(files.length)
  })

  it('fits into 260 characters below the folder that Windows gives it, with what SQLite puts behind a name', () => {
    for (const file of files) expect(`${file}-journal`.length, file).toBeLessThan(ROOM_ON_WINDOWS)
  })

  it('finds its recordings by Windows’ separators, and by no name that means something there', () => {
    const folder = 'C:\\Users\\a\\AppData\\Local\\Earmark\\workspace\\recordings'
    for (const file of files.filter((one) => one.startsWith('recordings/'))) {
      const name = file.slice('recordings/'.length)
      expect(archivedPath(folder, name, win32)).toBe(win32.join(folder, ...name.split('/')))
    }
    for (const name of [
      'ab\\abcdefghijklmnop.mp3',
      'ab/abcdefghijklmnop.mp3:stream',
      'ab/abcdefghijklmnop.mp3.',
      'ab/ABCDEFGHIJKLMNOP.mp3',
      'AB/abcdefghijklmnop.mp3',
      'C:/abcdefghijklmnop.mp3',
      '//server/share.mp3',
      '../abcdefghijklmnop.mp3',
      'con/abcdefghijklmnop.mp3',
      'ab/nul.mp3',
    ])
      expect(archivedPath(folder, name, win32), name).toBeNull()
  })
})
