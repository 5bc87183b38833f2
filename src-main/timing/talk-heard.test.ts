import type { CallDetail } from '@contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { InProcessBackend } from '../backend/in-process'
import { type SampleBackend, sampleBackend } from '../backend/testing'

/** Calls of the sample: two channels, with an interruption each way; one channel whose times the vendor does not tell. */
const STEREO = 'f7b30d94-a5c8-4e21-97f6-1c8e4b52a0d9'
const MONO = '48f6b21d-c0e9-4a87-9d35-e62f1b7a4c90'
/** One channel, and the vendor tells when each turn began. */
const TIMED = '31007'

let sample: SampleBackend
let backend: InProcessBackend
beforeEach(async () => {
  sample = await sampleBackend()
  backend = sample.backend
})
afterEach(async () => {
  await sample.close()
})

async function found(query: string): Promise<string[]> {
  const { hits } = await backend.ask('search', 'page', { query, cursor: null, limit: 200, sort: 'date' })
  return hits.map((call) => call.externalId)
}
const idOf = (externalId: string): Promise<string> => sample.idOf(externalId)
async function listenTo(callId: string): Promise<CallDetail> {
  const { facts, heard, talk } = await backend.ask('timing', 'listen', { callId, again: false })
  if (facts) await backend.ask('recordings', 'noteFacts', { callId, ...facts })
  await backend.ask('timing', 'note', { callId, heard, talk })
  return backend.ask('calls', 'get', { callId })
}

describe('how two people talk', { timeout: 60_000 }, () => {
  it('is known from listening on, and found by the same numbers that the call shows', async () => {
    const callId = await idOf(STEREO)
    expect((await backend.ask('calls', 'get', { callId })).talk).toBeNull()
    expect(await found('talk:>=0% ')).toEqual([])
    const { talk } = await listenTo(callId)
    expect(talk).toMatchObject({ basis: 'channels', interruptionCount: 2, deadAirCount: 0 })
    const share = Math.round((talk?.agentShare ?? 0) * 100)
    const latencyMs = Math.round((talk?.agentLatency?.medianSec ?? 0) * 1000)
    for (const query of [
      `talk:${share - 1}%..${share + 1}% `,
      `latency:${latencyMs}ms..${latencyMs}ms `,
      'interruptions:2 ',
      '-has:deadair interruptions:>1 ',
      `deadair:${talk?.longestSilenceSec}s `,
    ])
      expect(await found(query), query).toEqual([STEREO])
    expect(await found('has:deadair ')).toEqual([])

    const swapped = talk && 1 - (talk.agentShare ?? 0)
    const { alignment } = await backend.ask('calls', 'get', { callId })
    const agentChannel = alignment.agentChannel === 0 ? 1 : 0
    await backend.ask('timing', 'setAgentChannel', { callId, agentChannel, reviewer: 'Ada' })
    expect((await listenTo(callId)).talk?.agentShare).toBeCloseTo(swapped ?? 0)
    expect(await found('interruptions:2 ')).toEqual([])
  })

  it('is told of one channel as far as it can be: no interruptions, and latency only where times were given', async () => {
    const aligned = (await listenTo(await idOf(MONO))).talk
    expect(aligned).toMatchObject({ basis: 'aligned', interruptions: null, agentLatency: null })
    expect(aligned?.agentShare).toBeGreaterThan(0)
    expect(await found('latency:>=0s ')).toEqual([])

    const timed = await listenTo(await idOf(TIMED))
    expect(timed.alignment.state).toBe('none')
    expect(timed.turns.every(({ timing }) => timing === 'vendor')).toBe(true)
    expect(timed.talk).toMatchObject({ basis: 'times', interruptions: null })
    expect(timed.talk?.agentLatency?.answers).toBeGreaterThan(0)
    expect(await found('latency:>=0s ')).toEqual([TIMED])
    expect((await found('talk:>=0% ')).sort()).toEqual([TIMED, MONO].sort())
  })
})
