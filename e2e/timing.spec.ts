import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { CallDetail } from '@contract'
import type { Page } from '@playwright/test'
import {
  ask,
  audioState,
  callRow,
  connectExports,
  type Earmark,
  expect,
  ROOT,
  searchFor,
  test,
} from './fixtures'
import { look } from './look'

/** When turns were said, in the real window: found in the sound of calls without times, and corrected by ear. */

test.setTimeout(120_000)

interface Record {
  call_log_id: number
  transcript: { speaker: string; text: string }[]
}
interface Truth {
  agentChannel: 0 | 1 | null
  turns: { startSec: number; endSec: number }[]
}

/** A stereo call of the sample, ten turns in 45 s, the agent on the second channel; and a mono one, six turns in 23 s. */
const STEREO = '31008'
const MONO = '31004'
/** A call whose recording is not compressed. */
const WAV = '31003'
/** A stereo call whose recording ends in the middle here. */
const CUT = '31103'
const sample = (...path: string[]) => join(ROOT, 'resources', 'sample', ...path)
const truthOf = (id: string): Truth =>
  JSON.parse(readFileSync(join(ROOT, 'scripts', 'sample', 'truth.json'), 'utf8'))[id]

/** The vendor's record of a sample call, without any time. */
function recordOf(id: string): Record {
  const lines = readFileSync(sample('prosper-call-log-details.jsonl'), 'utf8').trim().split('\n')
  const found = lines.map((line) => JSON.parse(line)).find((one) => String(one.call_log_id) === id)
  const transcript = found.transcript.map(({ speaker, text }: Record['transcript'][number]) => ({
    speaker,
    text,
  }))
  return { ...found, transcript }
}

const folderOf = (workspace: string) => join(workspace, '..', 'exports')

function writeRecords(workspace: string, records: readonly Record[]): void {
  const lines = records.map((record) => JSON.stringify(record))
  writeFileSync(join(folderOf(workspace), 'calls.jsonl'), lines.join('\n'))
}

/** Connects a folder with the calls and their recordings. */
async function connectCalls(
  earmark: Earmark,
  workspace: string,
  ids: string[],
  change: (audio: Buffer) => Buffer = (audio) => audio,
): Promise<void> {
  const folder = folderOf(workspace)
  mkdirSync(folder)
  for (const file of readdirSync(sample('recordings')))
    if (file.startsWith(`${CUT}.`) && ids.includes(CUT)) {
      const audio = readFileSync(sample('recordings', file))
      writeFileSync(join(folder, file), audio.subarray(0, Math.round(audio.length * 0.6)))
    } else if (ids.some((id) => file.startsWith(`${id}.`)))
      writeFileSync(join(folder, file), change(readFileSync(sample('recordings', file))))
  writeRecords(workspace, ids.map(recordOf))
  await connectExports(earmark, folder)
  const { page } = earmark
  await expect
    .poll(async () => (await ask(page, 'search', 'count', { query: 'has:recording' })).total, {
      timeout: 60_000,
    })
    .toBe(ids.length)
}

/** The id of the call whose sound is there. */
async function openId(page: Page): Promise<string> {
  await expect.poll(() => page.evaluate(() => document.querySelector('audio')?.readyState ?? 0)).toBe(4)
  const src = await page.evaluate(() => document.querySelector('audio')?.src ?? '')
  return src.slice(src.lastIndexOf('/') + 1)
}

const get = (page: Page, callId: string): Promise<CallDetail> => ask(page, 'calls', 'get', { callId })
const startsOf = (call: CallDetail) => call.turns.map((turn) => turn.startSec ?? Number.NaN)

/** The call as soon as its turns were aligned with its sound. */
async function aligned(page: Page, callId: string): Promise<CallDetail> {
  await expect
    .poll(async () => (await get(page, callId)).alignment.state, { timeout: 20_000, intervals: [100] })
    .toBe('done')
  return get(page, callId)
}

/** Opens the first call of the list. */
async function openAligned(page: Page): Promise<CallDetail> {
  await callRow(page).first().click()
  return aligned(page, await openId(page))
}

/** Puts the playhead to a second, as if it had been heard up to there; nothing plays. */
const cue = (page: Page, sec: number): Promise<void> =>
  page.evaluate(async (to) => {
    const audio = document.querySelector('audio')
    if (!audio) throw new Error('There is no sound.')
    const sought = new Promise((done) => audio.addEventListener('seeked', done, { once: true }))
    audio.currentTime = to
    await sought
  }, sec)

const transcript = (page: Page) => page.getByRole('region', { name: 'Transcript' })
const row = (page: Page, index: number) => transcript(page).locator(`[data-turn="${index}"]`)
const meant = (page: Page) => transcript(page).locator('.is-meant')

/** Goes to a turn by its key. */
async function stepTo(page: Page, index: number): Promise<void> {
  await cue(page, 0)
  const active = transcript(page).locator('[aria-current="true"]')
  for (let n = 0; n <= index; n++) await page.keyboard.press('k')
  await expect(active).toHaveAttribute('data-turn', String(index))
}

async function violations({ page, problems }: Earmark): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).setLegacyMode().analyze()
  // axe puts a style element of its own into the page, which the policy refuses, as it should.
  problems.length = 0
  return found.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`)
}

test('turns without times are found in the sound, and corrected by ear; that can be undone, and stays', async ({
  launch,
  workspace,
}) => {
  const first = await launch()
  const { page } = first
  await connectCalls(first, workspace, [STEREO])
  const call = await openAligned(page)
  const truth = truthOf(STEREO)
  const starts = startsOf(call)
  for (const [index, { startSec }] of truth.turns.entries())
    expect(Math.abs((starts[index] ?? 0) - startSec), `turn ${index}`).toBeLessThan(0.25)
  expect(call.alignment.agentChannel).toBe(truth.agentChannel)
  await expect(page.getByRole('list', { name: 'What the marks mean' })).toContainText(
    'estimated from the sound',
  )
  await expect(row(page, 4).getByRole('button', { name: /^Listen from 0:2\d\. Estimated/ })).toBeVisible()
  // The transcript and the words are in step with them.
  await cue(page, (truth.turns[5]?.startSec ?? 0) + 0.5)
  await expect(row(page, 5)).toHaveAttribute('aria-current', 'true')

  // Turn 4 is said to begin before turn 3 was shown to: turn 3 makes room.
  const sec = (truth.turns[3]?.startSec ?? 0) - 1
  await stepTo(page, 4)
  await cue(page, sec)
  await expect(meant(page)).toHaveAttribute('data-turn', '4')
  await page.keyboard.press('t')
  await expect(page.getByText(/^“Then we will count his teeth.*” starts at 0:16\.6$/)).toBeVisible()
  await expect(row(page, 4).getByRole('button', { name: /^Listen from 0:16\. Set by / })).toBeVisible()
  const set = await get(page, call.id)
  expect(set.turns[4]).toMatchObject({ timing: 'manual', anchor: { reviewer: expect.any(String) } })
  expect(set.turns[4]?.startSec).toBeCloseTo(sec, 2)
  expect(set.turns[3]?.startSec).toBeLessThanOrEqual(sec)
  expect(startsOf(set)).toEqual(startsOf(set).toSorted((a, b) => a - b))
  await page.keyboard.press('Control+z')
  await expect(row(page, 4).getByRole('button', { name: /Estimated/ })).toBeVisible()
  await expect.poll(async () => startsOf(await aligned(page, call.id))).toEqual(starts)

  // A hair off, as an ear would have it; the toast's button takes it back, and it is set once more.
  await cue(page, (starts[6] ?? 0) + 0.2)
  await page.keyboard.press('t')
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(async () => (await get(page, call.id)).alignment.anchorCount).toBe(0)
  await page.keyboard.press('t')
  await expect.poll(async () => (await get(page, call.id)).turns[6]?.timing).toBe('manual')
  // A step of a key.
  await page.keyboard.press('>')
  await expect
    .poll(async () => (await get(page, call.id)).turns[6]?.startSec)
    .toBeCloseTo((starts[6] ?? 0) + 0.3, 2)

  // The channels change names, and back.
  const lanes = page.locator('.waveform-lane')
  const volumes = () => lanes.getByRole('slider').evaluateAll((all) => all.map((one) => one.ariaLabel))
  expect(await volumes()).toEqual(['Volume: Agent', 'Volume: Caller'])
  await page.keyboard.press('x')
  await expect.poll(async () => (await get(page, call.id)).alignment.agentChannel).toBe(0)
  await expect(page.getByText('Agent and caller have swapped channels')).toBeVisible()
  await page.keyboard.press('Control+z')
  await expect.poll(async () => (await get(page, call.id)).alignment.agentChannel).toBe(1)
  await aligned(page, call.id)
  const louder = lanes.getByRole('slider', { name: 'Volume: Caller' })
  await louder.press('End')
  await expect(louder).toHaveAttribute('aria-valuetext', '150 %')
  await first.close()

  const { page: again } = await launch()
  await callRow(again).first().click()
  await expect(row(again, 6).getByRole('button', { name: /Set by / })).toBeVisible()
  await expect(meant(again)).toHaveCount(1)
  // The volume was remembered too, and is what is heard as soon as something is.
  await expect(again.getByRole('slider', { name: 'Volume: Caller' })).toHaveAttribute(
    'aria-valuetext',
    '150 %',
  )
  await again.evaluate(() => {
    const { setTargetAtTime } = AudioParam.prototype
    const targets: number[] = []
    Object.assign(window, { targets })
    AudioParam.prototype.setTargetAtTime = function (this: AudioParam, ...args) {
      targets.push(args[0])
      return setTargetAtTime.apply(this, args)
    }
  })
  await openId(again)
  await again.keyboard.press('Space')
  // The caller is on the first channel.
  await expect
    .poll(() => again.evaluate(() => (window as unknown as { targets: number[] }).targets.slice(0, 2)))
    .toEqual([1.5, 1])
})

test('a key right after a call was chosen is for that call; a start set by hand outlives an edited transcript', async ({
  launch,
  workspace,
}) => {
  const earmark = await launch()
  const { page } = earmark
  await connectCalls(earmark, workspace, [STEREO, MONO, CUT])
  await callRow(page).first().click()
  const before = await openId(page)
  // One task after the other, as a quick hand: nothing of the second call can be there yet.
  await page.evaluate(async () => {
    for (const [key = '', code = ''] of [
      ['.', 'Period'],
      ['k', 'KeyK'],
      [' ', 'Space'],
    ]) {
      const press = { key, code, bubbles: true, cancelable: true }
      document.body.dispatchEvent(new KeyboardEvent('keydown', press))
      await new Promise((done) => setTimeout(done))
    }
  })
  await expect.poll(() => openId(page)).not.toBe(before)
  await expect.poll(async () => (await audioState(page)).paused).toBe(false)
  await page.keyboard.press('Space')

  // Of a recording without its end, that is said, and what there is of it.
  await searchFor(page, 'Osterby')
  await callRow(page).first().click()
  await expect(page.getByText(/^Part of this recording is missing/)).toBeVisible()
  await expect(page.getByText(/^WAV · 0:15 · 2 channels · −\d+ LUFS · 241 KB$/)).toBeVisible()

  await searchFor(page, 'bicycle')
  const call = await openAligned(page)
  const sec = (truthOf(MONO).turns[2]?.startSec ?? 0) + 0.1
  await cue(page, sec)
  await expect(meant(page)).toHaveAttribute('data-turn', '2')
  await page.keyboard.press('t')
  await expect(row(page, 2).getByRole('button', { name: /Set by / })).toBeVisible()

  const record = recordOf(MONO)
  const [hello, ...others] = record.transcript
  if (!hello) throw new Error('The sample call has no turns.')
  const half = hello.text.indexOf('. ') + 1
  const halves = [hello.text.slice(0, half), hello.text.slice(half + 1)].map((text) => ({ ...hello, text }))
  writeRecords(workspace, [
    recordOf(STEREO),
    recordOf(CUT),
    { ...record, transcript: [...halves, ...others] },
  ])
  // A file that is being written is waited for.
  await expect(transcript(page).locator('[data-turn]')).toHaveCount(record.transcript.length + 1, {
    timeout: 60_000,
  })
  await expect(row(page, 3).getByRole('button', { name: /Set by / })).toBeVisible()
  const edited = await aligned(page, call.id)
  expect(edited.turns[3]).toMatchObject({ timing: 'manual', text: record.transcript[2]?.text })
  expect(edited.turns[3]?.startSec).toBeCloseTo(sec, 2)
  expect(edited.turns.filter((turn) => turn.anchor !== null)).toHaveLength(1)

  // Listened to once more, by hand: what a person set stays.
  await page.getByRole('button', { name: 'Options for the times of the turns' }).click()
  await page.getByRole('menuitem', { name: 'Estimate the times again' }).click()
  await expect(page.getByText('The times of the turns were estimated again')).toBeVisible()
  expect((await get(page, call.id)).turns[3]?.startSec).toBe(edited.turns[3]?.startSec)
  await look(page, 'timing-estimated')

  // The turn that it belonged to is gone: that is said, and it is kept for when the turn comes back.
  writeRecords(workspace, [
    recordOf(STEREO),
    recordOf(CUT),
    { ...record, transcript: [...halves, ...others.filter((_, index) => index !== 1)] },
  ])
  await expect(page.getByText('1 start waits for its turn')).toBeVisible({ timeout: 60_000 })
  expect((await aligned(page, call.id)).alignment).toMatchObject({ anchorCount: 0, orphanedAnchorCount: 1 })
  await look(page, 'timing-orphaned')
})

test('turns of a silent recording are shown as guesses from the text, and can be set by hand', async ({
  launch,
  workspace,
}) => {
  const earmark = await launch()
  const { page } = earmark
  await connectCalls(earmark, workspace, [WAV], (audio) => audio.fill(0, 44))
  const call = await openAligned(page)
  expect(call.turns.every((turn) => turn.timing === 'estimated' && turn.confidence === 0)).toBe(true)
  const bar = page.getByRole('region', { name: 'Times of the turns' })
  await expect(bar).toContainText('guessed from the text')
  await look(page, 'timing-guessed')
  expect(await violations(earmark)).toEqual([])
  await stepTo(page, 1)
  await page.keyboard.press('t')
  await expect(row(page, 1).getByRole('button', { name: /Set by / })).toBeVisible()
})

test('tapping along marks turn after turn, by keys that no text field loses', async ({
  launch,
  workspace,
}) => {
  const earmark = await launch()
  const { page } = earmark
  await connectCalls(earmark, workspace, [MONO])
  const call = await openAligned(page)
  const truth = truthOf(MONO).turns
  const anchors = async () =>
    (await get(page, call.id)).turns.flatMap((turn) => (turn.anchor ? [turn.index] : []))
  // Typed, they are letters.
  const box = page.getByRole('combobox', { name: 'Search calls' })
  await box.click()
  await page.keyboard.type('txT')
  await expect(box).toHaveValue('txT')
  await box.fill('')
  await box.blur()
  expect(await anchors()).toEqual([])

  await callRow(page).first().click()
  await page.keyboard.press('0')
  await page.keyboard.press('Shift+T')
  const banner = page.getByRole('region', { name: 'Tap along' })
  await expect(banner).toContainText('Turn 1 of 6')
  await expect.poll(async () => (await audioState(page)).paused).toBe(false)
  for (const index of [0, 1, 2]) {
    await cue(page, truth[index]?.startSec ?? 0)
    await expect(meant(page)).toHaveAttribute('data-turn', String(index))
    await page.keyboard.press(index === 1 ? 'Enter' : 't')
    await expect(banner).toContainText(`Turn ${index + 2} of 6`)
  }
  await expect.poll(anchors).toEqual([0, 1, 2])
  expect(await violations(earmark)).toEqual([])
  // The last was too early: the sound goes back for another try.
  await page.keyboard.press('Backspace')
  await expect(banner).toContainText('Turn 3 of 6')
  await expect.poll(anchors).toEqual([0, 1])
  expect((await audioState(page)).currentTime).toBeLessThan((truth[2]?.startSec ?? 0) - 0.5)
  // Not this one, the one after it.
  await page.keyboard.press('k')
  await expect(meant(page)).toHaveAttribute('data-turn', '3')
  await page.keyboard.press('Escape')
  await expect(banner).toHaveCount(0)
  await expect(page.getByText('2 starts set by hand, from “Good morning')).toBeVisible()
  for (const [index, turn] of (await aligned(page, call.id)).turns.entries())
    expect(Math.abs((turn.startSec ?? 0) - (truth[index]?.startSec ?? 0)), `turn ${index}`).toBeLessThan(1.2)

  // What can be done with a start: at the turn itself.
  await page.keyboard.press('Space')
  await row(page, 1).hover()
  await row(page, 1).getByRole('button', { name: 'When this turn starts' }).click()
  await expect(page.getByRole('menuitem', { name: 'Start 0.1 s earlier' })).toBeVisible()
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await violations(earmark)).toEqual([])
  await page.keyboard.press('Escape')
  await row(page, 1)
    .getByRole('button', { name: /Set by/ })
    .click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Forget the start set by hand' }).click()
  await expect.poll(anchors).toEqual([0])
  // The mouse leaves the keys to the sound.
  await page.keyboard.press('Space')
  await expect.poll(async () => (await audioState(page)).paused).toBe(false)
  await page.keyboard.press('Space')
  await page.keyboard.press('Control+z')
  await expect.poll(anchors).toEqual([0, 1])
  await page.keyboard.press('Control+z')
  await expect.poll(anchors).toEqual([])
  await page.keyboard.press('?')
  const help = page.getByRole('dialog', { name: 'Keys' })
  for (const words of [
    'This turn starts now',
    'Tap along: each press marks the next turn',
    'Swap agent and caller',
  ])
    await expect(help.getByText(words, { exact: true })).toBeVisible()
})
