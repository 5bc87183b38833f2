import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CallId } from '@contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { callIdOf } from '../calls/identity'
import { searchWorkspace, type TestWorkspace } from '../search/testing'
import { audioHandlers } from './handlers'

const FIXTURES = join(import.meta.dirname, 'fixtures')

let workspace: TestWorkspace
let call: CallId

beforeEach(async () => {
  workspace = await searchWorkspace()
  call = workspace.add({ externalId: '1', recordingUrls: ['https://127.0.0.1/one.mp3'] })[0] ?? ''
  workspace.calls.exec(
    "UPDATE calls SET recording_state = 'ready'; UPDATE recordings SET file = 'aa/one.mp3'",
  )
  mkdirSync(join(workspace.paths.recordings, 'aa'))
})

afterEach(() => workspace.close())

const put = (fixture: string) =>
  copyFileSync(join(FIXTURES, fixture), join(workspace.paths.recordings, 'aa', 'one.mp3'))
const stored = () =>
  readdirSync(workspace.paths.peaks, { recursive: true }).filter((f) => String(f).endsWith('.peaks'))

describe('peaks of a recording', () => {
  it('are computed once, kept in a file, and the same when read again', async () => {
    put('cbr-stereo.mp3')
    const { peaks } = audioHandlers(workspace.db, workspace.paths)
    const [first, same] = await Promise.all([peaks({ callId: call }), peaks({ callId: call })])
    expect(same).toBe(first)
    expect(first.channels).toBe(2)
    expect(stored()).toHaveLength(1)
    const again = await audioHandlers(workspace.db, workspace.paths).peaks({ callId: call })
    expect(again).toEqual(first)
  })

  it('are computed anew after the recording was replaced', async () => {
    put('cbr-stereo.mp3')
    const { peaks } = audioHandlers(workspace.db, workspace.paths)
    const before = await peaks({ callId: call })
    put('vbr-mono-8k.mp3')
    const after = await peaks({ callId: call })
    expect(before.channels).toBe(2)
    expect(after.channels).toBe(1)
  })

  it('fail with a sentence when the recording is not there or is no sound', async () => {
    const { peaks } = audioHandlers(workspace.db, workspace.paths)
    await expect(peaks({ callId: callIdOf('prosper', 'aaaaaaaaaaaa', '2') })).rejects.toMatchObject({
      code: 'recording_missing',
    })
    await expect(peaks({ callId: call })).rejects.toMatchObject({ code: 'recording_missing' })
    writeFileSync(join(workspace.paths.recordings, 'aa', 'one.mp3'), '<html>log in</html>')
    await expect(peaks({ callId: call })).rejects.toMatchObject({ code: 'not_audio' })
    expect(stored()).toEqual([])
  })
})
