import { CallDetail, EarmarkError } from '@contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { locateRecording } from '../recordings/queries'
import { searchWorkspace, type TestWorkspace } from '../search/testing'
import { getCall, rawOfCall } from './queries'

let workspace: TestWorkspace

beforeEach(async () => {
  workspace = await searchWorkspace()
})
afterEach(() => workspace.close())

test('a call comes with its turns, its recording and everything else that the vendor said', () => {
  const [id = ''] = workspace.add({
    externalId: '12345',
    durationMs: 12_500,
    startedAtMs: Date.UTC(2026, 0, 15, 10, 30),
    endedAtMs: Date.UTC(2026, 0, 15, 10, 31),
    turns: [
      { speaker: 'caller', rawRole: 'user', rawText: '---', text: '---' },
      {
        speaker: 'agent',
        rawRole: 'assistant',
        rawText: ' Bye. REDIRECT_Sales',
        text: 'Bye.',
        redirect: 'Sales',
      },
    ],
    recordingUrls: ['https://recordings.example/a.mp3'],
    fields: { extracted_data: { appointment_scheduled: true }, note: null },
  })
  const call = getCall(workspace.db, id)
  expect(CallDetail.parse(call)).toEqual(call)
  expect(call).toMatchObject({
    externalId: '12345',
    connectionName: 'Front desk',
    startedAt: '2026-01-15T10:30:00.000Z',
    endedAt: '2026-01-15T10:31:00.000Z',
    durationSec: 12.5,
    turnCount: 2,
    revisions: 1,
    annotationCount: 0,
    reviewedBy: null,
    recording: { state: 'waiting', format: null, durationSec: null },
    fields: { extracted_data: { appointment_scheduled: true }, note: null },
  })
  expect(call.turns).toEqual([
    {
      index: 0,
      speaker: 'caller',
      rawRole: 'user',
      text: '---',
      rawText: '---',
      redirect: null,
      startSec: 0,
      endSec: 0,
      timing: 'estimated',
      confidence: 0,
      anchor: null,
    },
    {
      index: 1,
      speaker: 'agent',
      rawRole: 'assistant',
      text: 'Bye.',
      rawText: ' Bye. REDIRECT_Sales',
      redirect: 'Sales',
      startSec: 0,
      endSec: 12.5,
      timing: 'estimated',
      confidence: 0,
      anchor: null,
    },
  ])
})

test('the audio’s own length wins over the vendor’s', () => {
  const [id = ''] = workspace.add({
    externalId: 'a',
    durationMs: 10_000,
    turns: ['one two three'],
    recordingUrls: ['https://recordings.example/a.mp3'],
  })
  expect(getCall(workspace.db, id).turns[0]?.endSec).toBe(10)
  workspace.calls.prepare('UPDATE recordings SET duration_ms = 14000').run()
  expect(getCall(workspace.db, id).turns[0]?.endSec).toBe(14)
})

test('the raw record is the latest detail as it came', () => {
  const [id = ''] = workspace.add({ externalId: 'a', summary: 'first' })
  workspace.add({ externalId: 'a', summary: 'second' })
  workspace.add({ externalId: 'a', completeness: 'summary', summary: 'of the list' })
  expect(JSON.parse(rawOfCall(workspace.db, id).json)).toMatchObject({ summary: 'second' })
  expect(getCall(workspace.db, id).revisions).toBe(3)
})

test('a call that is not there is said so', () => {
  for (const ask of [getCall, rawOfCall]) {
    expect(() => ask(workspace.db, 'aaaaaaaaaaaaaaaa')).toThrow(EarmarkError)
    expect(() => ask(workspace.db, 'aaaaaaaaaaaaaaaa')).toThrow('no call aaaaaaaaaaaaaaaa')
  }
})

test('a recording is located when it is ready, and never outside of the recordings folder', () => {
  const [id = ''] = workspace.add({ externalId: 'a', recordingUrls: ['https://recordings.example/a.mp3'] })
  const locate = () => locateRecording(workspace.db, workspace.paths, id)
  const setFile = workspace.calls.prepare('UPDATE recordings SET file = ?')
  setFile.run('ab/abcdefghijklmnop.mp3')
  expect(locate()).toBeNull()
  workspace.calls.prepare("UPDATE calls SET recording_state = 'ready'").run()
  expect(locate()).toEqual({
    path: `${workspace.paths.recordings}/ab/abcdefghijklmnop.mp3`,
    mime: 'audio/mpeg',
  })
  for (const file of ['../calls.mp3', '/etc/passwd', 'a/../../x.mp3', 'ab/call.txt', 'x\0.mp3', ''])
    expect([setFile.run(file).changes, locate()], file).toEqual([1, null])
  expect(locateRecording(workspace.db, workspace.paths, 'aaaaaaaaaaaaaaaa')).toBeNull()
})
