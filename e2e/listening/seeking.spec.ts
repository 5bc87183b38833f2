import { audioState, callRow, expect } from '../fixtures'
import { at, chooseSpeed, isLong, opened, TURN_SEC, TURNS, VOICE_TURN } from './calls'
import { test, VARIABLE_ROW } from './player'
import { firstHeard } from './probe'

/** Where the sound is, and that the screen is there too; measured by the audio's own clock. */

test("the active turn is the one under the audio's clock within 100 ms, at 0.5x, 1x and 2x", async ({
  player,
}) => {
  test.setTimeout(isLong ? 240_000 : 60_000)
  const { page } = player
  const seeks = isLong ? 200 : 60
  for (const speed of [0.5, 1, 2]) {
    await chooseSpeed(page, speed)
    const wrong = await page.evaluate(
      async ({ count, turnSec, turns }) => {
        const audio = document.querySelector('audio')
        if (!audio) throw new Error('There is no sound.')
        await audio.play()
        const frame = () => new Promise((done) => requestAnimationFrame(done))
        let state = 7
        const random = () => {
          state = (state * 1103515245 + 12345) % 2 ** 31
          return state / 2 ** 31
        }
        const wrong: string[] = []
        for (let n = 0; n < count; n++) {
          const sought = new Promise((done) => audio.addEventListener('seeked', done, { once: true }))
          audio.currentTime = random() * (turnSec * turns - 2)
          await sought
          for (let k = 0; k < 4; k++) {
            await frame()
            const sec = audio.currentTime
            const active = Number(
              document.querySelector('[data-turn][aria-current="true"]')?.getAttribute('data-turn'),
            )
            const slack = 0.1 * audio.playbackRate
            const allowed = [sec - slack, sec, sec + 0.02].map((one) => Math.floor(one / turnSec))
            if (!allowed.includes(active)) wrong.push(`${sec.toFixed(3)} s: turn ${active}`)
          }
        }
        audio.pause()
        return wrong
      },
      { count: seeks / 3 + 1, turnSec: TURN_SEC, turns: TURNS },
    )
    expect(wrong).toEqual([])
  }
})

test('an MP3 of variable bit rate, without a header that says so, is heard where the clock is', async ({
  player: { page, call },
}) => {
  await callRow(page).nth(VARIABLE_ROW).click()
  await expect.poll(async () => (await opened(page)).id).not.toBe(call.id)
  const voiceSec = VOICE_TURN * TURN_SEC
  const heard = await page.evaluate(firstHeard, { fromSec: voiceSec - 0.5, untilSec: voiceSec + 1 })
  expect((await audioState(page)).duration).toBeCloseTo(TURN_SEC * TURNS, 1)
  // The voice is silent for its first 60 ms.
  expect(heard).toBeGreaterThan(voiceSec)
  expect(heard).toBeLessThan(voiceSec + 0.15)
  const active = page.locator('[data-turn][aria-current="true"]')
  await expect(active).toHaveAttribute('data-turn', String(VOICE_TURN))
})

test('silence is jumped over, but not in a loop, and the waveform shows what is', async ({ player }) => {
  const { page } = player
  const gaps = page.locator('.waveform-gap')
  await expect(gaps).toHaveCount(0)
  await page.keyboard.press('s')
  await expect(page.getByRole('button', { name: 'Skip silence' })).toHaveAttribute('aria-pressed', 'true')
  // Silent from 21 to 24 s.
  await expect(gaps).toHaveCount(1)
  const visited = await page.evaluate(async () => {
    const audio = document.querySelector('audio')
    if (!audio) throw new Error('There is no sound.')
    audio.currentTime = 20.5
    await audio.play()
    const seen: number[] = []
    while (audio.currentTime < 24.5) {
      await new Promise((done) => requestAnimationFrame(done))
      seen.push(audio.currentTime)
    }
    audio.pause()
    return seen
  })
  expect(visited.filter((sec) => sec > 21.35 && sec < 23.75)).toEqual([])

  // Whoever loops the turn wants to hear all of it.
  await page.keyboard.press('j')
  await page.keyboard.press('r')
  await expect.poll(() => at(page), { intervals: [50] }).toBeGreaterThan(22)
  expect(await at(page)).toBeLessThan(23.5)
})

test('a word is heard where it is clicked, and is marked while it is', async ({ player }) => {
  const { page } = player
  const where = await page.evaluate(() => {
    const text = document.querySelector('[data-turn-text="2"]')?.firstChild
    if (!text) throw new Error('There is no turn.')
    const range = document.createRange()
    const from = text.textContent?.indexOf('number') ?? 0
    range.setStart(text, from)
    range.setEnd(text, from + 6)
    const { left, top, width, height } = range.getBoundingClientRect()
    return { x: left + width / 2, y: top + height / 2 }
  })
  await page.mouse.click(where.x, where.y)
  await expect.poll(async () => (await audioState(page)).paused).toBe(false)
  expect(await at(page)).toBeGreaterThan(TURN_SEC * 2 + 1)
  expect(await at(page)).toBeLessThan(TURN_SEC * 3)
  await expect
    .poll(() => page.evaluate(() => [...(CSS.highlights.get('spoken-word') ?? [])].map(String)), {
      intervals: [30],
    })
    .toEqual(['number'])
})
