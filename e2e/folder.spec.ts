import { execFile } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { answerOpenDialog, ask, callRow, expect, ROOT, test } from './fixtures'
import { toneRecording } from './vendors/audio'
import { makeCalls } from './vendors/calls'
import { BUILT_IN_DIALOGUES } from './vendors/dialogues'

/** A folder that somebody else fills, read by the real application while it runs. */

const detail = (id: number, text: string) => ({
  call_log_id: id,
  status: 'completed',
  created_at: `2026-03-01T10:00:0${id}Z`,
  duration: 4,
  transcript: [{ speaker: 'agent', text, timestamp: 0 }],
})
const audio = () => {
  const [call] = makeCalls({ dialogues: BUILT_IN_DIALOGUES, campaigns: ['c'], seed: 'folder', count: 1 })
  if (!call) throw new Error('No call was made.')
  return toneRecording(call, 4)
}
const write = (folder: string, name: string, content: unknown) => {
  mkdirSync(join(folder, name, '..'), { recursive: true })
  writeFileSync(join(folder, name), Buffer.isBuffer(content) ? content : JSON.stringify(content))
}
const onlyConnection = async (page: Page) => {
  const [connection] = await ask(page, 'connections', 'list', {})
  if (!connection) throw new Error('There is no connection.')
  return connection
}
/** States of the recordings, by the vendor's id. */
const states = async (page: Page) => {
  const { hits } = await ask(page, 'search', 'page', { query: '' })
  const calls = await Promise.all(hits.map(({ id }) => ask(page, 'calls', 'get', { callId: id })))
  return Object.fromEntries(calls.map((call) => [call.externalId, call.recording?.state ?? 'none']))
}

test('calls and audio that come into a folder appear by themselves, across a restart and a folder that was away', async ({
  launch,
  workspace,
}) => {
  const folder = join(workspace, '..', 'exports')
  mkdirSync(folder)
  write(folder, 'first.json', detail(1, 'The first call'))
  let earmark = await launch()
  let { page } = earmark

  // The page can't name a folder that nobody chose.
  const draft = { vendor: 'prosper', name: 'Exports', folder } as const
  await expect(ask(page, 'connections', 'createFolder', { draft })).rejects.toThrow(/Choose the folder/)
  await answerOpenDialog(earmark.electron, [folder])
  expect(await ask(page, 'connections', 'chooseFolder', {})).toEqual({
    folder,
    vendor: 'prosper',
    jsonFiles: 1,
    audioFiles: 0,
  })
  const { id } = await ask(page, 'connections', 'createFolder', { draft })
  await expect(callRow(page)).toHaveCount(1, { timeout: 20_000 })

  // One written in place, one the way that downloads are: under another name first. Audio before its call.
  write(folder, '2026/march/2.wav', audio())
  write(folder, '2026/second.json', detail(2, 'The second call'))
  writeFileSync(join(folder, 'third.json.part'), '{"call_log_id": 3')
  write(folder, 'third.json.part', detail(3, 'The third call'))
  renameSync(join(folder, 'third.json.part'), join(folder, 'third.json'))
  await expect(callRow(page)).toHaveCount(3, { timeout: 20_000 })
  await expect.poll(() => states(page), { timeout: 20_000 }).toEqual({ 1: 'none', 2: 'ready', 3: 'none' })
  const { lastRun } = await onlyConnection(page)
  expect(lastRun).toMatchObject({ trigger: 'folder', outcome: 'done', problem: null })

  // What comes while Earmark is closed is found at the next start.
  await earmark.close()
  write(folder, 'fourth.json', detail(4, 'The fourth call'))
  write(folder, '3.wav', audio())
  earmark = await launch()
  page = earmark.page
  await expect(callRow(page)).toHaveCount(4, { timeout: 20_000 })
  await expect
    .poll(() => states(page), { timeout: 20_000 })
    .toEqual({ 1: 'none', 2: 'ready', 3: 'ready', 4: 'none' })

  // A drive that is pulled out, and put in again.
  renameSync(folder, `${folder}-away`)
  await expect
    .poll(async () => (await onlyConnection(page)).lastRun?.problem, { timeout: 20_000 })
    .toMatch(/is not there; is a drive or a share missing\? Its calls stay/)
  await expect(callRow(page)).toHaveCount(4)
  renameSync(`${folder}-away`, folder)
  await expect.poll(async () => (await onlyConnection(page)).lastRun?.problem, { timeout: 20_000 }).toBeNull()
  write(folder, 'fifth.json', detail(5, 'The fifth call'))
  await expect(callRow(page)).toHaveCount(5, { timeout: 20_000 })

  // Half a file is told, and read once it is whole. A file that goes takes no call with it.
  writeFileSync(join(folder, 'sixth.json'), '{"call_log_id": 6, "transcript": [')
  await expect
    .poll(() => ask(page, 'connections', 'folderFiles', { id, onlyProblems: true }), { timeout: 20_000 })
    .toMatchObject([{ path: 'sixth.json', problem: expect.stringContaining('broke off before its end') }])
  write(folder, 'sixth.json', detail(6, 'The sixth call'))
  rmSync(join(folder, 'first.json'))
  await expect(callRow(page)).toHaveCount(6, { timeout: 20_000 })
  await expect
    .poll(() => ask(page, 'connections', 'folderFiles', { id, onlyProblems: true }), { timeout: 20_000 })
    .toEqual([])
})

test('the command line connects a folder, reads what is new in it, and tries again what it set aside', async ({
  workspace,
}) => {
  const folder = join(workspace, '..', 'exports')
  mkdirSync(folder)
  write(folder, 'a.json', [detail(1, 'One'), detail(2, 'Two'), { call_log_id: '', status: 'no id' }])
  write(folder, '1.wav', audio())
  const earmark = (...args: string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
      const cli = join(ROOT, 'out', 'main', 'cli.js')
      execFile(process.execPath, [cli, '--workspace', workspace, ...args], (error, stdout, stderr) =>
        done({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
      )
    })

  expect(await earmark('connect', '--folder', folder, '--name', 'Exports')).toMatchObject({ code: 2 })
  const connected = await earmark('connect', '--folder', folder, '--vendor', 'prosper', '--name', 'Exports')
  expect(connected).toMatchObject({ code: 0, stdout: expect.stringContaining(`to ${folder}`) })
  expect(await earmark('sync')).toMatchObject({
    code: 3,
    stdout: expect.stringContaining(
      '2 added, 0 updated, 0 unchanged, 1 quarantined; recordings: 1 downloaded',
    ),
  })
  expect(await earmark('sync', 'Exports')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('0 listed, 0 added'),
  })
  expect(await earmark('quarantine')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Exports\t-\tThe record has no usable id'),
  })
  expect(await earmark('quarantine', '--retry')).toMatchObject({
    code: 3,
    stdout: '0 readable now, 1 still not\n',
  })
  renameSync(folder, `${folder}-away`)
  expect(await earmark('sync')).toMatchObject({ code: 1, stderr: expect.stringContaining('is not there') })
})
