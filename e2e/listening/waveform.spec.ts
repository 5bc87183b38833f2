import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { ask, expect } from '../fixtures'
import { annotate, TURN_SEC, TURNS } from './calls'
import { test } from './player'

/** What is on the waveform, and how it is moved. */

test('the waveform is zoomed to words, followed, and moved by its overview', async ({ player }) => {
  const { page } = player
  const ruler = page.locator('.waveform-ruler > span')
  const whole = await ruler.allInnerTexts()
  expect(whole[0]).toBe('0:00')
  const box = await page.locator('.waveform-sound').boundingBox()
  if (!box) throw new Error('There is no waveform.')
  await page.mouse.move(box.x + box.width / 2, box.y + 30)
  await page.keyboard.down('Control')
  for (let n = 0; n < 12; n++) await page.mouse.wheel(0, -120)
  await page.keyboard.up('Control')
  const view = page.locator('.overview-window')
  await expect(view).toBeVisible()
  await expect.poll(async () => (await ruler.allInnerTexts())[0]).toMatch(/^0:2[23]/)
  // Drawn along, then found again by the sound.
  const before = await view.boundingBox()
  if (!before) throw new Error('There is no window.')
  await page.mouse.move(before.x + before.width / 2, before.y + 8)
  await page.mouse.down()
  await page.mouse.move(before.x + before.width / 2 - 120, before.y + 8, { steps: 5 })
  await page.mouse.up()
  const after = await view.boundingBox()
  expect((after?.x ?? 0) - before.x).toBeCloseTo(-120, -1)
  await page.keyboard.press('k')
  await expect.poll(async () => (await ruler.allInnerTexts())[0]).toMatch(/^0:0[0-4]/)
  // By key: out again.
  await page.keyboard.press('z')
  await expect(view).toHaveCount(0)
  expect(await ruler.allInnerTexts()).toEqual(whole)
  await page.keyboard.press('+')
  await expect(view).toHaveCount(1)
  await page.keyboard.press('-')
  await expect(view).toHaveCount(0)
})

test('the waveform is redrawn with the frame in which the window gets another width', async ({ player }) => {
  const { page } = player
  const widths = await page.evaluateHandle(() => {
    const frame = () => new Promise((done) => requestAnimationFrame(done))
    const seen = new Promise<[number, number]>((done) =>
      addEventListener(
        'resize',
        async () => {
          // Observers of sizes come behind the first frame's callbacks.
          await frame()
          await frame()
          const host = document.querySelector('.waveform-peaks > div')
          const drawn = host?.shadowRoot?.querySelector('canvas')?.getBoundingClientRect().width ?? 0
          done([drawn, host?.clientWidth ?? 0])
        },
        { once: true },
      ),
    )
    return { seen }
  })
  await page.setViewportSize({ width: 1000, height: 700 })
  const [drawn, place] = await widths.evaluate(({ seen }) => seen)
  expect(place).toBeGreaterThan(100)
  expect(drawn).toBeCloseTo(place, 0)
})

test('a stretch is moved and resized by pointer and by key, and taken back', async ({ player }) => {
  const { page, call } = player
  const { id: noteId } = await annotate(page, call.id, 'Stretch', 12, 20)
  const flag = page.getByRole('button', { name: /^Stretch, / })
  await expect(flag).toBeVisible()
  const place = async () => {
    const note = (await ask(page, 'annotations', 'list', { callId: call.id })).find(
      (one) => one.id === noteId,
    )
    return note?.place.kind === 'time' ? [note.place.startSec, note.place.endSec] : []
  }
  const area = await page.locator('.waveform-sound').boundingBox()
  if (!area) throw new Error('There is no waveform.')
  const x = (sec: number) => area.x + (sec / (TURNS * TURN_SEC)) * area.width
  const drag = async (from: number, to: number, y: number) => {
    await page.mouse.move(from, y)
    await page.mouse.down()
    await page.mouse.move((from + to) / 2, y)
    await page.mouse.move(to, y)
    await page.mouse.up()
  }
  // Its end to 24 s.
  await drag(x(20), x(24), area.y + 50)
  await expect.poll(async () => (await place())[1] ?? 0).toBeCloseTo(24, 0)
  expect((await place())[0]).toBe(12)
  // All of it, by the line below.
  await drag(x(18), x(22), area.y + area.height - 4)
  await expect.poll(async () => (await place())[0] ?? 0).toBeCloseTo(16, 0)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(async () => (await place())[0]).toBe(12)

  // By key: the end three steps on, the start one step on.
  await flag.click()
  const [, end = 0] = await place()
  for (let n = 0; n < 3; n++) await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('Alt+Shift+ArrowRight')
  await expect.poll(place).toEqual([12.1, Math.round((end + 0.3) * 100) / 100])
  await page.keyboard.press('Escape')
  // With nothing chosen, a stretch begins at the playhead; A annotates it.
  await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('a')
  await expect(page.getByRole('combobox', { name: 'Label' })).toBeVisible()
})

for (const theme of ['light', 'dark'] as const)
  test(`the waveform with all that is on it has no accessibility violations (${theme})`, async ({
    player,
  }) => {
    const { page, problems, call } = player
    const size = await page.evaluate(() => ({ width: innerWidth, height: innerHeight }))
    await page.emulateMedia({ colorScheme: theme })
    for (let n = 0; n < 14; n++) await annotate(page, call.id, `Note ${n}`, n * 3 + 0.5, n * 3 + 2 + (n % 3))
    await page.keyboard.press('s')
    await page.getByRole('button', { name: /^Note 4, / }).click()
    await page.keyboard.press('1')
    await page.keyboard.press('r')
    await page.keyboard.press('Space')
    const shots = process.env.EARMARK_SHOTS
    const shoot = async (name: string) => {
      if (shots) await page.screenshot({ path: join(shots, `${theme}-${name}.png`) })
    }
    await shoot('wide')
    // The card that was called flashes.
    await expect(page.locator('.is-called')).toHaveCount(0)
    const { violations } = await new AxeBuilder({ page })
      .setLegacyMode(true)
      .disableRules(['region'])
      .exclude('[data-live-announcer]')
      .analyze()
    expect(
      violations.map(
        ({ id: rule, nodes }) => `${rule}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`,
      ),
    ).toEqual([])
    for (let n = 0; n < 4; n++) await page.keyboard.press('+')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Shift+ArrowRight')
    await shoot('zoomed')
    await page.setViewportSize({ width: 960, height: 640 })
    await shoot('small-zoomed')
    await page.keyboard.press('z')
    await shoot('small')
    await page.setViewportSize(size)
    await page.emulateMedia({ colorScheme: null })
    // axe puts a style element of its own into the page, which the policy refuses, as it should.
    problems.length = 0
  })
