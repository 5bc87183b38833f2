import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { temporaryWorkspace } from '../db/testing'
import { quickRecordings } from '../sync/testing'
import { archiveAudio } from './archive'

let workspace: ReturnType<typeof temporaryWorkspace>
beforeEach(() => {
  workspace = temporaryWorkspace()
})
afterEach(() => workspace.remove())

const callId = 'abcdefghijklmnop'
const { bytes } = quickRecordings()
const left = () => readdirSync(join(workspace.paths.recordings, 'ab'))

test('audio takes its place whole, named by what its bytes are, with its length and hash', async () => {
  const archived = await archiveAudio(workspace.paths, callId, async (sink) => {
    for (let at = 0; at < bytes.length; at += 100) await sink(bytes.subarray(at, at + 100))
  })
  expect(archived).toEqual({
    file: `ab/${callId}.wav`,
    format: 'wav',
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  })
  expect(readFileSync(join(workspace.paths.recordings, archived.file)).equals(bytes)).toBe(true)
  expect(left()).toEqual([`${callId}.wav`])
})

test('a login page is refused before all of it came, and nothing is left', async () => {
  let taken = 0
  const page = Buffer.from(`<!doctype html><title>Log in</title>${' '.repeat(80_000)}`)
  const filling = archiveAudio(workspace.paths, callId, async (sink) => {
    for (let n = 0; n < 100; n++) {
      await sink(page)
      taken += 1
    }
  })
  await expect(filling).rejects.toMatchObject({
    code: 'not_audio',
    message: expect.stringMatching(/HTML page/),
  })
  expect(taken).toBeLessThan(2)
  expect(left()).toEqual([])
})

test.each([
  ['nothing at all', Buffer.alloc(0), 'not_audio'],
  ['more than is taken', Buffer.concat([bytes, Buffer.alloc(2000)]), 'too_large'],
])('%s is refused, and what was there before stays', async (_, content, code) => {
  await archiveAudio(workspace.paths, callId, (sink) => sink(bytes))
  await expect(archiveAudio(workspace.paths, callId, (sink) => sink(content), 2000)).rejects.toMatchObject({
    code,
  })
  expect(left()).toEqual([`${callId}.wav`])
  expect(existsSync(join(workspace.paths.recordings, 'ab', `${callId}.wav`))).toBe(true)
})
