import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CallId, EarmarkEvent } from '@contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { callIdOf } from '../calls/identity'
import { searchWorkspace, type TestWorkspace } from '../search/testing'
import { audioHandlers } from './handlers'
import { wavFile } from './testing'

const FIXTURES = join(import.meta.dirname, 'fixtures')

let workspace: TestWorkspace
let call: CallId

beforeEach(async () => {
  workspace = await searchWorkspace()
  call = workspace.add({ externalId: '1', recordingUrls: ['https://127.0.0.1/one.mp3'] })[0] ?? ''
  workspace.calls.exec(
    "UPDATE calls SET recording_state = 'ready'; UPDATE recordings SET file = 'aa/aaaaaaaaaaaaaaaa.mp3'",
  )
  mkdirSync(join(workspace.paths.recordings, 'aa'))
})

afterEach(() => workspace.close())

const handlers = (emit: (event: EarmarkEvent) => void = () => undefined) =>
  audioHandlers(workspace.db, workspace.paths, { emit, packetDecoder: null })
const put = (fixture: string) =>
  copyFileSync(join(FIXTURES, fixture), join(workspace.paths.recordings, 'aa', 'aaaaaaaaaaaaaaaa.mp3'))
const stored = () =>
  readdirSync(workspace.paths.peaks, { recursive: true }).filter((f) => String(f).endsWith('.peaks'))

describe('peaks of a recording', () => {
  it('are computed once, kept in a file, and the same when read again', async () => {
    put('cbr-stereo.mp3')
    const { peaks } = handlers()
    const [first, same] = await Promise.all([peaks({ callId: call }), peaks({ callId: call })])
    expect(same).toBe(first)
    expect(first.channels).toBe(2)
    expect(stored()).toHaveLength(1)
    const again = await handlers().peaks({ callId: call })
    expect(again).toEqual(first)
  })

  it('are told as they come, at most five times a second, and without facts until all is heard', {
    timeout: 60_000,
  }, async () => {
    const minutes = 20
    const rate = 48_000
    const data = Buffer.alloc(minutes * 60 * rate * 2, 0x11)
    writeFileSync(
      join(workspace.paths.recordings, 'aa', 'aaaaaaaaaaaaaaaa.mp3'),
      wavFile({ tag: 1, bits: 16, channels: 1, sampleRate: rate, data }),
    )
    const told: EarmarkEvent[] = []
    const startMs = performance.now()
    const { peaks } = handlers((event) => told.push(event))
    const whole = await peaks({ callId: call })
    const tookMs = performance.now() - startMs
    expect(told.length).toBeGreaterThan(0)
    expect(told.length).toBeLessThanOrEqual(tookMs / 200)
    for (const event of told) {
      if (event.type !== 'recordings.peaks') throw new Error('Nothing else is told.')
      expect(event.callId).toBe(call)
      expect(event.peaks.facts).toBeUndefined()
      expect(event.peaks.durationSec).toBeLessThan(whole.durationSec)
    }
    expect(whole).toMatchObject({ durationSec: minutes * 60, facts: { fileChannels: 1, isTruncated: false } })
  })

  it('are computed anew after the recording was replaced', async () => {
    put('cbr-stereo.mp3')
    const { peaks } = handlers()
    const before = await peaks({ callId: call })
    put('vbr-mono-8k.mp3')
    const after = await peaks({ callId: call })
    expect(before.channels).toBe(2)
    expect(after.channels).toBe(1)
  })

  it('fail with a sentence when the recording is not there or is no sound', async () => {
    const { peaks } = handlers()
    await expect(peaks({ callId: callIdOf('prosper', 'aaaaaaaaaaaa', '2') })).rejects.toMatchObject({
      code: 'recording_missing',
    })
    await expect(peaks({ callId: call })).rejects.toMatchObject({ code: 'recording_missing' })
    writeFileSync(join(workspace.paths.recordings, 'aa', 'aaaaaaaaaaaaaaaa.mp3'), '<html>log in</html>')
    await expect(peaks({ callId: call })).rejects.toMatchObject({ code: 'not_audio' })
    expect(stored()).toEqual([])
  })
})
