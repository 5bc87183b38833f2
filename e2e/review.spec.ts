import { readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Papa from 'papaparse'
import {
  answerSaveDialog,
  ask,
  audioState,
  callRow,
  expect,
  openSample,
  searchFor,
  selectText,
  test,
  writeAnnotation,
} from './fixtures'

const HOUSE = 'DUMMY_SESSION_ID_2'

test('the first start offers the sample, and its calls can be listened to and read', async ({ launch }) => {
  const { page } = await launch()
  await expect(page.getByRole('button', { name: 'Connect a vendor' })).toBeVisible()
  await openSample(page)
  await expect(page.getByText('32 calls', { exact: true })).toBeVisible()
  await searchFor(page, 'appointment')
  await callRow(page).first().click()
  await expect(page.getByRole('region', { name: 'Transcript' }).getByRole('listitem').first()).toBeVisible()
  await expect(page.getByRole('region', { name: 'Waveform' })).toBeVisible()
})

test('a search for words lands on their turn, with the sound cued there', async ({ launch }) => {
  const { page } = await launch()
  await openSample(page)
  await searchFor(page, '"want to buy a house"')
  await expect(callRow(page)).toHaveCount(1)
  await expect(callRow(page).first().locator('mark')).toContainText(['want to buy a house'])
  await callRow(page).first().click()
  const turn = page.getByRole('region', { name: 'Transcript' }).locator('[aria-current="true"]')
  await expect(turn).toContainText('I want to buy a house.')
  await expect(turn).toBeInViewport()
  await expect(turn.locator('mark').first()).toHaveText('want to buy a house')
  // The turn has no time of the vendor: it says that it is estimated.
  await expect(turn).toContainText('≈')
  const detail = await callDetail(page, HOUSE)
  const startSec = detail.turns[6]?.startSec ?? -1
  await expect.poll(async () => Math.abs((await audioState(page)).currentTime - startSec)).toBeLessThan(0.2)
  expect((await audioState(page)).paused).toBe(true)
})

test('playing moves the active turn, and keys move the sound', async ({ launch }) => {
  const { page } = await launch()
  await openSample(page)
  await searchFor(page, 'Ava Marrowby check-up')
  await callRow(page).first().click()
  const transcript = page.getByRole('region', { name: 'Transcript' })
  await expect(transcript.getByRole('listitem').first()).toBeVisible()
  const active = () => transcript.locator('[aria-current="true"]')

  await page.getByRole('button', { name: 'Play', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Pause', exact: true })).toBeVisible()
  await expect.poll(async () => (await audioState(page)).currentTime, { timeout: 15_000 }).toBeGreaterThan(1)
  await page.keyboard.press('k')
  await page.keyboard.press('k')
  const turnText = await active().innerText()
  await page.keyboard.press('j')
  await expect(active()).not.toHaveText(turnText)
  await page.keyboard.press('Space')
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible()

  const before = (await audioState(page)).currentTime
  await page.keyboard.press('l')
  await expect.poll(async () => (await audioState(page)).currentTime - before).toBeGreaterThan(2.8)
  await page.keyboard.press('h')
  await expect.poll(async () => Math.abs((await audioState(page)).currentTime - before)).toBeLessThan(0.2)

  await page.keyboard.press(']')
  const faster = await audioState(page)
  expect(faster.playbackRate).toBeGreaterThan(1)
  expect(faster.preservesPitch).toBe(true)

  // A click on a turn plays it.
  await transcript.getByRole('listitem').nth(4).getByRole('button').first().click()
  await expect.poll(async () => (await audioState(page)).paused).toBe(false)
  await expect(transcript.getByRole('listitem').nth(4)).toHaveAttribute('aria-current', 'true')
})

test('the active turn is the one under the sound, at every place and speed', async ({ launch }) => {
  const { page } = await launch()
  await openSample(page)
  await searchFor(page, 'Ava Marrowby check-up')
  await callRow(page).first().click()
  await expect(page.getByRole('region', { name: 'Transcript' }).getByRole('listitem').first()).toBeVisible()
  const hit = (await ask(page, 'search', 'page', { query: 'Ava Marrowby check-up' })).hits[0]
  const { turns, durationSec } = await ask(page, 'calls', 'get', { callId: hit?.id ?? '' })
  await expect.poll(async () => (await audioState(page)).duration).toBeGreaterThan(10)
  for (const share of [0.02, 0.1, 0.33, 0.5, 0.71, 0.9, 0.25]) {
    const at = share * (durationSec ?? 0)
    await page.evaluate((time) => {
      const audio = document.querySelector('audio')
      if (audio) audio.currentTime = time
    }, at)
    const expected = turns.findLastIndex((turn) => (turn.startSec ?? 0) <= at + 0.05)
    await expect(
      page.getByRole('region', { name: 'Transcript' }).getByRole('listitem').nth(Math.max(0, expected)),
    ).toHaveAttribute('aria-current', 'true')
  }
})

test('recordings answer ranges as HTTP asks, so that every place can be sought', async ({ launch }) => {
  const { electron, page } = await launch()
  await openSample(page)
  const { hits } = await ask(page, 'search', 'page', { query: 'has:recording', limit: 1 })
  const url = `app://earmark/recordings/${hits[0]?.id}`
  const answers = await electron.evaluate(
    async ({ net }, { url, ranges }) => {
      const whole = new Uint8Array(await (await net.fetch(url)).arrayBuffer())
      const parts = []
      for (const range of ranges) {
        const response = await net.fetch(url, { headers: { Range: range } })
        const body = new Uint8Array(await response.arrayBuffer())
        parts.push({
          status: response.status,
          contentRange: response.headers.get('content-range'),
          length: body.length,
          first: body[0],
        })
      }
      return { size: whole.length, at100: whole[100], last: whole.at(-1), parts }
    },
    {
      url,
      ranges: [
        'bytes=0-99',
        'bytes=100-',
        'bytes=-1',
        'bytes=999999999-',
        'lines=1-2',
        'bytes=0-99,100-149',
        'bytes=0-9,500-509',
      ],
    },
  )
  const { size, parts } = answers
  expect(parts[0]).toMatchObject({ status: 206, length: 100, contentRange: `bytes 0-99/${size}` })
  expect(parts[1]).toMatchObject({ status: 206, length: size - 100, first: answers.at100 })
  expect(parts[2]).toMatchObject({ status: 206, length: 1, first: answers.last })
  expect(parts[3]).toMatchObject({ status: 416, contentRange: `bytes */${size}` })
  expect(parts[4]).toMatchObject({ status: 200, length: size })
  // Several at once: one where they touch, all of it where they do not.
  expect(parts[5]).toMatchObject({ status: 206, length: 150, contentRange: `bytes 0-149/${size}` })
  expect(parts[6]).toMatchObject({ status: 200, length: size })
})

test('annotations of all four kinds are saved, exported, and there after a restart', async ({
  launch,
  workspace,
}) => {
  const first = await launch()
  let page = first.page
  await openSample(page)
  await searchFor(page, '"want to buy a house"')
  await callRow(page).first().click()
  const transcript = page.getByRole('region', { name: 'Transcript' })
  const panel = page.getByRole('region', { name: 'Annotations' })
  await expect(transcript.locator('[aria-current="true"]')).toContainText('buy a house')

  // On the active turn, by key.
  await page.keyboard.press('a')
  await writeAnnotation(page, {
    label: 'Missed intent',
    severity: 'Major',
    comment: 'Asks, "again";\nsays, twice',
  })
  // On a stretch of text.
  await selectText(page, 'How may I best assist you today?')
  await page.keyboard.press('a')
  await writeAnnotation(page, { label: 'Repeated itself', comment: '=HYPERLINK("x")' })
  // On the whole call.
  await page.keyboard.press('Shift+A')
  await writeAnnotation(page, { label: 'Good handling', severity: 'Minor', comment: '' })
  // On a stretch of time, drawn on the waveform.
  const wave = await page.getByRole('region', { name: 'Waveform' }).boundingBox()
  if (!wave) throw new Error('There is no waveform.')
  const y = wave.y + wave.height / 3
  await page.mouse.move(wave.x + wave.width * 0.3, y)
  await page.mouse.down()
  await page.mouse.move(wave.x + wave.width * 0.4, y, { steps: 6 })
  await page.mouse.up()
  await page.keyboard.press('a')
  await writeAnnotation(page, { label: 'Long silence', severity: 'Critical', comment: 'drawn' })
  await expect(panel.getByRole('article')).toHaveCount(4)

  // Edited, deleted, and back again.
  const good = panel.getByRole('article').filter({ hasText: 'Good handling' })
  await good.getByRole('button', { name: 'Delete' }).click()
  await expect(panel.getByRole('article')).toHaveCount(3)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(panel.getByRole('article')).toHaveCount(4)

  // Marked reviewed, by key.
  await page.keyboard.press('m')
  await expect(page.getByText(/reviewed by/i).first()).toBeVisible()

  await first.close()
  rmSync(join(workspace, 'nothing'), { force: true })
  const second = await launch()
  page = second.page
  await searchFor(page, '"want to buy a house"')
  await callRow(page).first().click()
  await expect(page.getByRole('region', { name: 'Annotations' }).getByRole('article')).toHaveCount(4)
  await expect(page.getByText(/reviewed by/i).first()).toBeVisible()

  const file = join(dirname(workspace), 'annotations.csv')
  await answerSaveDialog(second.electron, file)
  await page.getByRole('button', { name: 'Export', exact: true }).click()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /Save as CSV/ })
    .click()
  await expect(page.getByText(/4 rows were exported/)).toBeVisible()
  const text = readFileSync(file, 'utf8')
  expect(text.startsWith('\uFEFF')).toBe(true)
  const { data, errors } = Papa.parse<Record<string, string>>(text.slice(1), {
    header: true,
    skipEmptyLines: true,
  })
  expect(errors).toEqual([])
  const byLabel = new Map(data.map((row) => [row.label, row]))
  expect(byLabel.get('Missed intent')).toMatchObject({
    call_id: HOUSE,
    vendor: 'malakai',
    turn_index: '6',
    turn_speaker: 'caller',
    turn_text: 'I want to buy a house. I want to buy a house.',
    quote: '',
    severity: 'major',
    timing_source: 'estimated',
    comment: 'Asks, "again";\nsays, twice',
    status: 'anchored',
  })
  const quoted = byLabel.get('Repeated itself')
  expect(quoted?.comment).toBe('\'=HYPERLINK("x")')
  expect(quoted?.quote).toBe('How may I best assist you today?')
  expect(quoted?.turn_text?.slice(Number(quoted.quote_start), Number(quoted.quote_end))).toBe(quoted?.quote)
  expect(byLabel.get('Good handling')).toMatchObject({ turn_index: '', start_s: '', turn_text: '' })
  const drawn = byLabel.get('Long silence')
  expect(drawn).toMatchObject({ timing_source: 'manual', severity: 'critical' })
  const length = 86.25
  expect(Number(drawn?.start_s) / length).toBeGreaterThan(0.2)
  expect(Number(drawn?.end_s) / length).toBeLessThan(0.5)
})

test('what was said to be saved survives kill -9, and so does a draft', async ({ launch }) => {
  const first = await launch()
  await openSample(first.page)
  await searchFor(first.page, '"want to buy a house"')
  await callRow(first.page).first().click()
  await expect(
    first.page.getByRole('region', { name: 'Transcript' }).locator('[aria-current="true"]'),
  ).toBeVisible()
  await first.page.keyboard.press('a')
  await writeAnnotation(first.page, { label: 'Misheard', comment: 'kept' })
  await first.page.keyboard.press('Shift+A')
  const comment = first.page
    .getByRole('region', { name: 'Annotations' })
    .getByRole('textbox', { name: 'Comment' })
  await comment.pressSequentially('half a thought')
  await expect.poll(() => first.page.evaluate(storedComments)).toContain('half a thought')
  await first.kill()

  const second = await launch()
  await searchFor(second.page, '"want to buy a house"')
  await callRow(second.page).first().click()
  const panel = second.page.getByRole('region', { name: 'Annotations' })
  await expect(panel.getByRole('article', { name: 'Annotation: Misheard' })).toContainText('kept')
  const draft = panel.getByRole('article', { name: 'Draft of an annotation' })
  await expect(draft).toHaveCount(1)
  await draft.getByRole('button', { name: 'Continue' }).click()
  await expect(panel.getByRole('textbox', { name: 'Comment' })).toHaveValue('half a thought')
})

test('everything works with the network off', async ({ launch }) => {
  const { electron, page } = await launch()
  await openSample(page)
  await electron.evaluate(({ session }) => session.defaultSession.enableNetworkEmulation({ offline: true }))
  await searchFor(page, '"want to buy a house"')
  await callRow(page).first().click()
  await page.getByRole('button', { name: 'Play', exact: true }).click()
  await expect.poll(async () => (await audioState(page)).paused).toBe(false)
  await page.keyboard.press('a')
  await writeAnnotation(page, { label: 'Misheard', comment: 'offline' })
  await expect(page.getByRole('region', { name: 'Annotations' }).getByRole('article')).toHaveCount(1)
})

async function callDetail(page: Parameters<typeof ask>[0], words: string) {
  const { hits } = await ask(page, 'search', 'page', { query: words })
  return ask(page, 'calls', 'get', { callId: hits[0]?.id ?? '' })
}

/** Runs in the page: the comments of the drafts that are kept there. */
function storedComments(): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('earmark')
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => {
      const reading = opening.result.transaction('drafts').objectStore('drafts').getAll()
      reading.onerror = () => reject(reading.error)
      reading.onsuccess = () => {
        opening.result.close()
        resolve((reading.result as { comment: string }[]).map((draft) => draft.comment))
      }
    }
  })
}
