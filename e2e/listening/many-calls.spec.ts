import { join } from 'node:path'
import { ask, audioState, expect, test } from '../fixtures'
import { at, connectFolder, isLong, opened, openFirst } from './calls'
import { installCounters, settled, stepThrough } from './counts'

/** From call to call: where each was left, the next by itself, and nothing left behind. */

test('a call goes on where it was left, two seconds back, also after a restart', async ({
  launch,
  workspace,
}) => {
  const first = await launch()
  await connectFolder(first, workspace, { count: 2 })
  const call = await openFirst(first.page)
  await first.page.keyboard.press('l')
  await first.page.keyboard.press('l')
  await first.page.keyboard.press('l')
  await expect.poll(() => at(first.page)).toBeGreaterThan(14.9)
  // Another call, and back.
  await first.page.getByRole('button', { name: 'Next call' }).click()
  await expect.poll(async () => (await opened(first.page)).id).not.toBe(call.id)
  expect(await at(first.page)).toBe(0)
  await first.page.getByRole('button', { name: 'Previous call' }).click()
  await expect.poll(async () => (await opened(first.page)).id).toBe(call.id)
  await expect.poll(() => at(first.page)).toBeCloseTo(15, 1)
  await first.close()

  const { page } = await launch()
  await openFirst(page)
  await expect.poll(() => at(page)).toBeCloseTo(15, 1)
  await expect(page.locator('[data-turn][aria-current="true"]')).toHaveAttribute('data-turn', '3')
  await page.keyboard.press('Space')
  await expect.poll(async () => (await audioState(page)).paused).toBe(false)
  expect(await at(page)).toBeLessThan(14.5)
  await page.keyboard.press('Space')
  await expect.poll(async () => (await audioState(page)).paused).toBe(true)
  const paused = await at(page)
  expect(paused).toBeGreaterThan(12.9)
  // Not where the reviewer wants it otherwise.
  await page.keyboard.press('Control+,')
  const rewind = page.getByRole('switch', { name: /Go back 2 seconds/ })
  await rewind.press('Space')
  await expect(rewind).not.toBeChecked()
  if (process.env.EARMARK_SHOTS)
    await page.screenshot({ path: join(process.env.EARMARK_SHOTS, 'settings.png') })
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await page.keyboard.press('Space')
  await expect.poll(async () => (await audioState(page)).paused).toBe(false)
  expect(await at(page)).toBeGreaterThanOrEqual(paused - 0.05)
})

test('when a call ends, the next begins, where that is wished', async ({ launch, workspace }) => {
  const earmark = await launch()
  const { page } = earmark
  await connectFolder(earmark, workspace, { count: 3 })
  const first = await openFirst(page)
  const toTheEnd = () =>
    page.evaluate(async () => {
      const audio = document.querySelector('audio')
      if (!audio) throw new Error('There is no sound.')
      const ended = new Promise((done) => audio.addEventListener('ended', done, { once: true }))
      audio.currentTime = audio.duration - 0.4
      await audio.play()
      await ended
    })
  await toTheEnd()
  expect((await opened(page)).id).toBe(first.id)
  await page.keyboard.press('Control+,')
  await page.getByRole('switch', { name: /next call/ }).press('Space')
  await page.keyboard.press('Escape')
  await expect.poll(async () => (await ask(page, 'reviews', 'settings', {})).playNext).toBe(true)
  await toTheEnd()
  await expect.poll(async () => (await opened(page)).id).not.toBe(first.id)
  await expect.poll(() => at(page)).toBeGreaterThan(0.2)
  // The system's keys say what they can do.
  await page.keyboard.press('Space')
  expect(await page.evaluate(() => navigator.mediaSession.metadata?.title)).toBe('A call')
})

test('opening calls in a row leaves nothing behind', async ({ launch, workspace }) => {
  const count = isLong ? 602 : 50
  test.setTimeout(isLong ? 1_200_000 : 180_000)
  const earmark = await launch()
  const { page } = earmark
  await page.evaluate(installCounters)
  await connectFolder(earmark, workspace, { count, turns: 2 })
  await openFirst(page)
  const session = await page.context().newCDPSession(page)
  // The first calls fill caches of a fixed size, and have what is called often compiled.
  const first = isLong ? 100 : 10
  await stepThrough(page, first, 'Next call')
  const before = await settled(session, earmark, 5)
  const steps = isLong ? 500 : count - first - 2
  await stepThrough(page, steps, 'Next call')
  await stepThrough(page, 1, 'Previous call')
  const after = await settled(session, earmark, before.audios + 1)
  console.log(`after ${steps} calls: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`)
  expect(after.audios).toBeLessThanOrEqual(before.audios + 1)
  expect(after.contexts).toBeLessThanOrEqual(1)
  expect(after.urls).toBe(before.urls)
  expect(after.workers).toBe(before.workers)
  expect(after.mainThings).toBeLessThanOrEqual(before.mainThings)
  // Less than one for every second call: what each leaves behind adds up to more.
  expect(after.listeners - before.listeners).toBeLessThan(steps / 2)
  expect(after.nodes - before.nodes).toBeLessThan(before.nodes * 0.1 + steps)
  expect(after.heapMb).toBeLessThan(before.heapMb * 1.1)
})
