import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CallDetail } from '@contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { InProcessBackend } from '../backend/in-process'
import { type SampleBackend, sampleBackend } from '../backend/testing'
import { openCallsForWriting } from '../db/workspace'

const ROOT = join(import.meta.dirname, '../..')
/** Calls of the sample without times of the vendor: 56 s in two channels, 50 s in one. */
const STEREO = 'b9d2e7f4-05c6-4f1a-8e3d-71c4a6f82b09'
const MONO = '48f6b21d-c0e9-4a87-9d35-e62f1b7a4c90'
const Times = z.object({ startSec: z.number().nullable(), endSec: z.number().nullable() })
const TRUTH = z
  .record(z.string(), z.object({ agentChannel: z.number().nullable(), turns: z.array(Times) }))
  .parse(JSON.parse(readFileSync(join(ROOT, 'scripts/sample/truth.json'), 'utf8')))

let sample: SampleBackend
let backend: InProcessBackend
beforeEach(async () => {
  sample = await sampleBackend()
  backend = sample.backend
})
afterEach(async () => {
  await sample.close()
})

const idOf = (externalId: string): Promise<string> => sample.idOf(externalId)
const get = (callId: string): Promise<CallDetail> => backend.ask('calls', 'get', { callId })

/** As the window and the command line do. */
async function listen(callId: string, again = false) {
  const listened = await backend.ask('timing', 'listen', { callId, again })
  if (listened.facts) await backend.ask('recordings', 'noteFacts', { callId, ...listened.facts })
  const { heard, talk } = listened
  await backend.ask('timing', 'note', { callId, heard, talk })
  return listened
}

/** How far the starts are from the truth, s, in order of size. */
const errors = ({ externalId, turns }: CallDetail): number[] =>
  (TRUTH[externalId]?.turns ?? [])
    .flatMap(({ startSec }, i) =>
      startSec === null ? [] : [Math.abs((turns[i]?.startSec ?? 1000) - startSec)],
    )
    .sort((a, b) => a - b)

// Listening takes a second or two, more beside other tests.
describe('listening to a call of the sample', { timeout: 60_000 }, () => {
  it.each([STEREO, MONO])(
    'tells when its turns were said, in one decoding with its waveform (%s)',
    async (externalId) => {
      const callId = await idOf(externalId)
      const before = await get(callId)
      expect(before.alignment).toMatchObject({ state: 'waiting', agentChannel: null })
      expect(before.speech).toEqual([])
      const { facts } = await listen(callId)
      expect(facts?.durationSec).toBeGreaterThan(45)
      const after = await get(callId)
      const agentChannel = TRUTH[externalId]?.agentChannel ?? null
      expect(after.alignment).toMatchObject({
        state: 'done',
        problem: null,
        agentChannel,
        isAgentChannelChosen: false,
      })
      expect(after.speech).toHaveLength(agentChannel === null ? 1 : 2)
      const off = errors(after)
      expect(off[off.length >> 1]).toBeLessThan(0.1)
      expect(off.at(-1)).toBeLessThan(1)
      expect(errors(before)[off.length >> 1]).toBeGreaterThan(0.5)
      expect(after.turns.every(({ timing }) => timing === 'estimated')).toBe(true)
      // What is known is not found out again, and the waveform is there.
      expect(await listen(callId)).toEqual({ facts: null, heard: null, talk: null })
      expect((await backend.ask('recordings', 'peaks', { callId })).channels).toBe(after.speech.length)
    },
  )

  it('again with an anchor keeps that and finds the others beside it', async () => {
    const callId = await idOf(STEREO)
    await listen(callId)
    const { turns } = await get(callId)
    const wrong = (turns[4]?.startSec ?? 0) + 1
    const id = '11111111-1111-4111-8111-111111111111'
    await backend.ask('timing', 'setAnchor', { id, callId, turnIndex: 4, startSec: wrong, reviewer: 'Ada' })
    const fitted = await get(callId)
    expect(fitted.alignment.state).toBe('waiting')
    expect(fitted.turns[4]).toMatchObject({ startSec: wrong, timing: 'manual' })
    expect((await listen(callId)).heard?.turns).toHaveLength(turns.length)
    const aligned = await get(callId)
    expect(aligned.alignment.state).toBe('done')
    expect(aligned.turns[4]).toMatchObject({ startSec: wrong, timing: 'manual' })
    const starts = aligned.turns.map(({ startSec }) => startSec ?? -1)
    expect(starts).toEqual([...starts].sort((a, b) => a - b))
  })

  it('takes a person’s word for the agent’s channel, and the sound’s again when that is taken back', async () => {
    const callId = await idOf(STEREO)
    await listen(callId)
    const truth = TRUTH[STEREO]?.agentChannel === 0 ? 0 : 1
    const choose = (agentChannel: 0 | 1 | null) =>
      backend.ask('timing', 'setAgentChannel', { callId, agentChannel, reviewer: 'Ada' })
    await choose(truth === 0 ? 1 : 0)
    const chosen = (await get(callId)).alignment
    expect(chosen).toMatchObject({ state: 'waiting', agentChannel: 1 - truth, isAgentChannelChosen: true })
    await listen(callId)
    const swapped = await get(callId)
    expect(swapped.alignment).toMatchObject({ state: 'done', agentChannel: 1 - truth })
    expect(errors(swapped).at(-1)).toBeGreaterThan(1)
    await choose(null)
    await listen(callId)
    expect((await get(callId)).alignment).toMatchObject({ agentChannel: truth, isAgentChannelChosen: false })
    expect(errors(await get(callId)).at(-1)).toBeLessThan(1)
  })

  it('is due once, then when the transcript, the recording or the method is another', async () => {
    const callId = await idOf(STEREO)
    const isDue = async () => (await backend.ask('timing', 'due', { before: null })).callIds.includes(callId)
    const change = (sql: string) => {
      const db = openCallsForWriting(sample.paths)
      db.prepare(sql).run(callId)
      db.close()
    }
    expect(await isDue()).toBe(true)
    await listen(callId)
    expect(await isDue()).toBe(false)

    // Something else of the call changed: a look is enough.
    change("UPDATE calls SET content_hash = 'other' WHERE id = ?")
    expect(await isDue()).toBe(true)
    expect((await listen(callId)).heard).toBeNull()
    expect(await isDue()).toBe(false)

    change(
      `UPDATE transcripts SET turns = json_insert(turns, '$[#]', json('["agent","One more thing."]'))
       WHERE call_pk = (SELECT pk FROM calls WHERE id = ?)`,
    )
    const changed = await get(callId)
    expect(changed.alignment.state).toBe('waiting')
    expect(changed.turns.every(({ confidence }) => confidence === 0)).toBe(true)
    expect((await listen(callId)).heard?.turns).toHaveLength(changed.turns.length)
    expect((await get(callId)).alignment.state).toBe('done')

    change("UPDATE recordings SET sha256 = 'another' WHERE call_pk = (SELECT pk FROM calls WHERE id = ?)")
    expect(await get(callId)).toMatchObject({ alignment: { state: 'waiting' }, speech: [] })
    expect(await isDue()).toBe(true)
    await listen(callId)
    change('UPDATE alignments SET method = 0 WHERE call_pk = (SELECT pk FROM calls WHERE id = ?)')
    expect((await get(callId)).alignment.state).toBe('waiting')
    expect(await isDue()).toBe(true)
  })

  it('without a transcript tells how much of it is silent, once', async () => {
    const callId = await idOf(STEREO)
    const db = openCallsForWriting(sample.paths)
    db.prepare("UPDATE transcripts SET turns = '[]' WHERE call_pk = (SELECT pk FROM calls WHERE id = ?)").run(
      callId,
    )
    db.prepare('UPDATE calls SET turn_count = 0 WHERE id = ?').run(callId)
    db.close()
    const isDue = async () => (await backend.ask('timing', 'due', { before: null })).callIds.includes(callId)
    expect(await isDue()).toBe(true)
    expect((await listen(callId)).heard).toMatchObject({ turns: null, problem: null })
    const { talk, turns, alignment } = await get(callId)
    expect({ turns, state: alignment.state }).toEqual({ turns: [], state: 'none' })
    expect(talk).toMatchObject({ basis: 'sound', agentShare: null })
    expect(talk?.silenceShare).toBeGreaterThan(0.05)
    expect(await isDue()).toBe(false)
  })

  it('which is no sound, says so and is not tried for ever; asked by hand it is tried again', async () => {
    const callId = await idOf(STEREO)
    const located = await backend.ask('recordings', 'locate', { callId })
    writeFileSync(located?.path ?? '', '<html>log in</html>')
    await listen(callId)
    expect((await get(callId)).alignment).toMatchObject({
      state: 'failed',
      problem: expect.stringMatching(/HTML page/),
    })
    expect((await backend.ask('timing', 'due', { before: null })).callIds).not.toContain(callId)
    await expect(listen(callId, true)).rejects.toMatchObject({ code: 'not_audio' })
  })

  it('ends at once when something else is wanted sooner, and leaves nothing behind', async () => {
    const callId = await idOf(STEREO)
    const listening = backend.ask('timing', 'listen', { callId, again: false })
    // A listening asks the disk first, so it has begun and can't be through.
    await new Promise(setImmediate)
    await backend.ask('timing', 'interrupt', {})
    await expect(listening).rejects.toMatchObject({ code: 'cancelled' })
    expect((await get(callId)).alignment.state).toBe('waiting')
    await listen(callId)
    expect((await get(callId)).alignment.state).toBe('done')
  })
})
