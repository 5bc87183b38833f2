import { audioState, expect } from '../fixtures'
import { annotate, chooseSpeed, isLong } from './calls'
import { test } from './player'
import { installProbe, probed, resetProbe } from './probe'

/** A stretch that is played again and again, as it is heard. */

test('a loop is not heard for more than 30 ms beyond its end, at 1x and at 2x', async ({ player }) => {
  const rounds = isLong ? 50 : 15
  test.setTimeout(isLong ? 150_000 : 60_000)
  const { page, call } = player
  // Silence up to 12.000 s, where the caller's voice begins: whatever is heard of it was too late.
  const END = 12
  await annotate(page, call.id, 'Loop me', 11.6, END)
  await page.evaluate(installProbe, END)
  // The sound goes through the page's graph, and the ear with it, from here on.
  await page.keyboard.press('1')
  await page.getByRole('button', { name: /^Loop me, / }).click()
  for (const speed of [1, 2]) {
    await chooseSpeed(page, speed)
    await resetProbe(page)
    await page.keyboard.press('r')
    await expect(page.getByRole('button', { name: 'Loop', exact: true })).toHaveAttribute(
      'aria-pressed',
      'true',
    )
    await expect
      .poll(async () => (await probed(page)).overshootMs.length, { timeout: 60_000, intervals: [500] })
      .toBeGreaterThanOrEqual(rounds)
    // Paused first: without the loop the sound would go on beyond the end.
    await page.keyboard.press('Space')
    await expect.poll(async () => (await audioState(page)).paused).toBe(true)
    await page.keyboard.press('r')
    const { overshootMs, audibleMs } = await probed(page)
    const turns = overshootMs.slice(0, rounds).sort((a, b) => a - b)
    const heard = audibleMs.sort((a, b) => a - b)
    const say = (values: number[], share: number) =>
      (values[Math.floor(share * (values.length - 1))] ?? 0).toFixed(1)
    console.log(
      `loop at ${speed}x: clock p50 ${say(turns, 0.5)} p95 ${say(turns, 0.95)} max ${say(turns, 1)} ms; heard beyond the end ${heard.length} times, max ${say(heard, 1)} ms`,
    )
    // The page's own clock turns late when the machine is busy; the gate behind the sound does not.
    expect(turns[Math.floor(rounds / 2)]).toBeLessThan(30)
    expect(heard.at(-1) ?? 0).toBeLessThan(30)
    // Never so early that a word is cut off.
    expect(turns[0]).toBeGreaterThan(-30)
    await page.getByRole('button', { name: /^Loop me, / }).click()
  }
})
