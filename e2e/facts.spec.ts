import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
import { expectAccessible, look } from './look'

/** How people talked, in the real window: heard in stereo recordings, told in a line, gone to, and searched for. */

/** Stereo calls of the sample: one with a silence of four seconds, one with two of more than ten, one without. */
const SILENT = '31101'
const SILENT_TWICE = '31104'
const BRISK = '31008'
const sample = (...path: string[]) => join(ROOT, 'resources', 'sample', ...path)

/** The silences between the turns of a sample call, as it was made: [from, to] in seconds. */
function silencesOf(id: string): [number, number][] {
  const truth = JSON.parse(readFileSync(join(ROOT, 'scripts', 'sample', 'truth.json'), 'utf8'))
  const turns: { startSec: number; endSec: number }[] = truth[id].turns
  return turns.slice(1).map(({ startSec }, i): [number, number] => [turns[i]?.endSec ?? startSec, startSec])
}

/** Connects a folder with the calls and their recordings, and waits until all of them have been listened to. */
async function connectCalls(earmark: Earmark, workspace: string, ids: string[]): Promise<void> {
  const folder = join(workspace, '..', 'exports')
  mkdirSync(folder)
  const lines = readFileSync(sample('prosper-call-log-details.jsonl'), 'utf8').trim().split('\n')
  const wanted = lines.filter((line) => ids.includes(String(JSON.parse(line).call_log_id)))
  for (const id of ids) copyFileSync(sample('recordings', `${id}.mp3`), join(folder, `${id}.mp3`))
  writeFileSync(join(folder, 'calls.jsonl'), wanted.join('\n'))
  await connectExports(earmark, folder)
  const { page } = earmark
  await expect
    .poll(async () => (await ask(page, 'search', 'count', { query: 'talk:>=0% ' })).total, {
      timeout: 30_000,
    })
    .toBe(ids.length)
}

test('silences are told, gone to and searched for', async ({ launch, workspace }) => {
  const earmark = await launch()
  const { page, problems } = earmark
  await connectCalls(earmark, workspace, [SILENT, SILENT_TWICE, BRISK])
  const [silence, ...others] = silencesOf(SILENT).filter(([from, to]) => to - from > 3)
  if (!silence || others.length > 0) throw new Error('The sample call has one silence of over 3 s.')
  expect(silencesOf(BRISK).filter(([from, to]) => to - from > 3)).toEqual([])

  await searchFor(page, 'deadair:>3s ')
  await expect(callRow(page)).toHaveCount(2)
  await searchFor(page, 'deadair:>3s -deadair:>10s ')
  await expect(callRow(page)).toHaveCount(1)
  await callRow(page).first().click()
  const line = page.getByRole('list', { name: 'How they talked' })
  await expect(line.getByText(/^Agent talked \d\d %$/)).toBeVisible()
  await expect(line.getByRole('button', { name: /^longest monologue/ })).toBeVisible()
  await expect(line.getByText(/^answers in \d\.\d s$/)).toBeVisible()
  await look(page, 'facts')

  await expect.poll(() => page.evaluate(() => document.querySelector('audio')?.readyState ?? 0)).toBe(4)
  await line.getByRole('button', { name: '1 silence over 3 s' }).click()
  await expect
    .poll(async () => Math.abs((await audioState(page)).currentTime - silence[0]))
    .toBeLessThan(0.25)
  await line.getByText(/^answers in/).hover()
  await expect(page.getByRole('tooltip')).toContainText('Heard in the two channels')
  await look(page, 'facts-tooltip')
  await expectAccessible(page)
  problems.length = 0
  await page.mouse.move(0, 0)

  await page.setViewportSize({ width: 800, height: 640 })
  await look(page, 'facts-narrow')
  await page.setViewportSize({ width: 1280, height: 800 })

  // Of several, a menu says where they are.
  await searchFor(page, 'deadair:>10s ')
  await callRow(page).first().click()
  await line.getByRole('button', { name: '2 silences over 3 s' }).click()
  const second = silencesOf(SILENT_TWICE).filter(([from, to]) => to - from > 3)[1]
  await expect(page.getByRole('menuitem')).toHaveText([/^0:1\d, for 1\d\.\d s$/, /^0:3\d, for 1\d\.\d s$/])
  await look(page, 'facts-places')
  await page.getByRole('menuitem').last().click()
  await expect
    .poll(async () => Math.abs((await audioState(page)).currentTime - (second?.[0] ?? 0)))
    .toBeLessThan(0.25)
  await page.keyboard.press('Space')
  await expect.poll(async () => (await audioState(page)).paused).toBe(false)
  await page.keyboard.press('Space')

  // The other call is found by what it lacks, and says so.
  await searchFor(page, '-has:deadair ')
  await expect(callRow(page)).toHaveCount(1)
  await callRow(page).first().click()
  await expect(line.getByText('no silence over 3 s')).toBeVisible()

  await page.getByRole('button', { name: /^Filters/ }).click()
  const filters = page.getByRole('dialog', { name: 'Filters' })
  await expect(filters.getByRole('button', { name: /^agent talks > 60 %/ })).toBeVisible()
  await look(page, 'facts-filters')
  await filters.getByRole('button', { name: /^a silence > 5 s/ }).click()
  await expect(page.getByRole('combobox', { name: 'Search calls' })).toHaveValue(/deadair:>5s/)
})
