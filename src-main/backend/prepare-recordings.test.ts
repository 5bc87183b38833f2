import { type CallDetail, type EarmarkEvent, type Result, toFailure } from '@contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { InProcessBackend } from './in-process'
import { type Preparing, prepareRecordings } from './prepare-recordings'
import { type SampleBackend, sampleBackend } from './testing'

const STEREO = ['b9d2e7f4-05c6-4f1a-8e3d-71c4a6f82b09', 'c57a90be-2f13-4e6d-b8a2-94e1d7630c85'] as const

let sample: SampleBackend
let backend: InProcessBackend
let preparing: Preparing
/** Hears the backend's events once there is something to hear: the sample's own are none of these tests. */
let hear: (event: EarmarkEvent) => void
/** What was asked, and of which call. */
let asked: { name: string; callId: string | null }[]
let told: EarmarkEvent[]
let onTold: () => void
/** Calls that are asked for in a worker that dies of it. */
let deadly: (callId: string | null) => boolean
beforeEach(async () => {
  asked = []
  told = []
  hear = () => undefined
  onTold = () => undefined
  deadly = () => false
  sample = await sampleBackend((event) => hear(event))
  backend = sample.backend
  // All workers' tables in this thread; the application's own answer in threads of theirs.
  const invoke = async (feature: string, call: string, input: unknown): Promise<Result<unknown>> => {
    const callId =
      typeof input === 'object' && input !== null && 'callId' in input ? String(input.callId) : null
    const name = `${feature}.${call}`
    asked.push({ name, callId })
    if (name === 'timing.listen' && deadly(callId))
      return { ok: false, code: 'internal', message: 'The worker has stopped.', details: {} }
    try {
      return { ok: true, value: await backend.ask(feature as never, call as never, input as never) }
    } catch (error) {
      return toFailure(error)
    }
  }
  preparing = prepareRecordings(invoke, (event) => {
    told.push(event)
    onTold()
  })
  hear = preparing.onEvent
})
afterEach(async () => {
  preparing.close()
  await sample.close()
})

const idOf = (externalId: string): Promise<string> => sample.idOf(externalId)
const stateOf = async (callId: string): Promise<CallDetail['alignment']['state']> => {
  const result = await preparing.get({ callId })
  if (!result.ok) throw new Error(result.message)
  return (result.value as CallDetail).alignment.state
}
/** Resolves when a call's alignment is so; looked at whenever something is told. */
async function becomes(callId: string, state: CallDetail['alignment']['state']): Promise<void> {
  while ((await stateOf(callId)) !== state)
    await new Promise<void>((resolve) => {
      onTold = resolve
    })
}

const dueCalls = async (): Promise<string[]> => {
  const { callIds } = await backend.ask('timing', 'due', { before: null })
  return callIds
}

describe('listening in the background', { timeout: 60_000 }, () => {
  it('aligns a call behind the waveform that its reviewer waits for, and says when it has', async () => {
    const callId = await idOf(STEREO[0])
    expect(await preparing.peaks({ callId })).toMatchObject({ ok: true, value: { channels: 2 } })
    await becomes(callId, 'done')
    expect(told).toContainEqual({ type: 'timing.changed', callId })
    // Opened again, there is nothing to be done or told.
    const before = told.length
    await preparing.peaks({ callId })
    await preparing.align({ callId: 'aaaaaaaaaaaaaaaa' })
    expect(told.slice(before).filter((event) => 'callId' in event && event.callId === callId)).toEqual([])
  })

  it('makes room for a call that is opened, and goes on with the other behind it', async () => {
    const [first, second] = [await idOf(STEREO[0]), await idOf(STEREO[1])]
    preparing.onEvent({ type: 'recordings.changed', callId: first, state: 'ready' })
    const opened = preparing.align({ callId: second })
    expect(await opened).toEqual({ ok: true, value: {} })
    await becomes(first, 'done')
    const listened = asked.filter(({ name }) => name === 'timing.listen').map(({ callId }) => callId)
    expect(listened.slice(0, 3)).toEqual([first, second, first])
  })

  it('aligns again when a person has set anchors and pauses', async () => {
    const callId = await idOf(STEREO[0])
    await preparing.align({ callId })
    const set = (turnIndex: number, startSec: number) =>
      backend.ask('timing', 'setAnchor', {
        id: `11111111-1111-4111-8111-11111111111${turnIndex}`,
        callId,
        turnIndex,
        startSec,
        reviewer: 'Ada',
      })
    asked = []
    await set(2, 11)
    await set(3, 15)
    expect(await stateOf(callId)).toBe('waiting')
    await becomes(callId, 'done')
    expect(asked.filter(({ name }) => name === 'timing.listen')).toHaveLength(1)
  })

  it('says that it is under way while it is, and why it can’t when somebody asked for it', async () => {
    const callId = await idOf(STEREO[0])
    const align = preparing.align({ callId })
    expect(await stateOf(callId)).toBe('running')
    await align
    expect(await stateOf(callId)).toBe('done')
    expect(await preparing.align({ callId: 'aaaaaaaaaaaaaaaa' })).toMatchObject({
      ok: false,
      code: 'not_found',
    })
  })

  it('finds by itself, after a start or a sync, what is to be listened to', async () => {
    preparing.sweep()
    preparing.sweep()
    await becomes(await idOf(STEREO[1]), 'done')
    expect(asked.filter(({ name }) => name === 'timing.due').length).toBeGreaterThan(0)
  })

  it('goes on behind a call that its worker dies of', async () => {
    const [due] = await dueCalls()
    deadly = (callId) => callId === due
    preparing.sweep()
    for (const callId of (await dueCalls()).slice(1, 3)) await becomes(callId, 'done')
  })

  it('gives up while its worker is broken, and begins again when something changes', async () => {
    const calls = await dueCalls()
    let refused = 0
    const broken = new Promise<void>((resolve) => {
      deadly = () => {
        refused += 1
        if (refused === 3) resolve()
        return true
      }
    })
    preparing.sweep()
    await broken
    await backend.ask('timing', 'due', { before: null })
    expect(refused).toBe(3)
    deadly = () => false
    preparing.sweep()
    await becomes(calls[0] ?? '', 'done')
  })
})
