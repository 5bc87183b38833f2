import { audioState, expect } from '../fixtures'
import { at } from './calls'
import { test } from './player'
import { installProbe, probed, resetProbe } from './probe'

/** Agent and caller heard apart, as what comes out of the page says. */

test('each channel can be silenced or heard alone', async ({ player }) => {
  const { page } = player
  await page.evaluate(installProbe, 1_000)
  // So long that the two seconds which are heard again after a pause lie in the same voice.
  const loudest = async (sec: number) => {
    await page.evaluate((to) => {
      const audio = document.querySelector('audio')
      if (audio) audio.currentTime = to
    }, sec)
    await page.keyboard.press('Space')
    await expect.poll(() => at(page), { intervals: [50] }).toBeGreaterThan(sec + 1)
    await page.keyboard.press('Space')
    await expect.poll(async () => (await audioState(page)).paused).toBe(true)
    // Whatever sounded has ended by now: the probe counts what has.
    await page.waitForFunction(() => document.querySelector('audio')?.paused)
  }
  // The agent's voice (0 to 3.4 s) is off: nothing comes out.
  await page.getByRole('button', { name: 'Mute: Agent' }).click()
  await expect(page.getByRole('button', { name: 'Mute: Agent' })).toHaveAttribute('aria-pressed', 'true')
  await expect
    .poll(async () => (await probed(page)).gains.map((gain) => Math.round(gain * 1000)))
    .toEqual([0, 1000])
  await loudest(0.5)
  expect((await probed(page)).audibleMs).toEqual([])
  // The caller's (from 4 s) is not.
  await loudest(4.5)
  await expect.poll(async () => Math.max(0, ...(await probed(page)).audibleMs)).toBeGreaterThan(300)
  // By key: only the agent.
  await page.keyboard.press('Shift+1')
  await expect
    .poll(async () => (await probed(page)).gains.map((gain) => Math.round(gain * 1000)))
    .toEqual([1000, 0])
  await resetProbe(page)
  await loudest(4.5)
  expect((await probed(page)).audibleMs).toEqual([])
  expect((await audioState(page)).preservesPitch).toBe(true)
})
