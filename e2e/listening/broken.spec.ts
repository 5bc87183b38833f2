import { ask, audioState, callRow, expect, test } from '../fixtures'
import { at, connectFolder, opened, sound, TURN_SEC } from './calls'

/** Recordings that can't be heard, or not to their end: the call says so, and the rest of it works. */

/** A WAV file of a coding that nothing here plays (Windows Media). */
function unplayable(): Buffer {
  const file = sound(2)
  file.writeUInt16LE(0x0161, 20)
  return file
}

/** The first five turns, of a file whose header promises all twelve. */
const halved = (): Buffer => sound().subarray(0, 44 + 5 * TURN_SEC * 8000 * 4)

test('a recording that nothing plays says so; its turns are read and annotated, and the next call is heard', async ({
  launch,
  workspace,
}) => {
  const earmark = await launch()
  const { page } = earmark
  // The newest stands first in the list.
  await connectFolder(earmark, workspace, { count: 2, soundOf: (id) => (id === 2 ? unplayable() : null) })
  await callRow(page).first().click()
  const wave = page.getByRole('region', { name: 'Waveform' })
  await expect(wave).toContainText("This recording can't be played; everything else still works.")
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toHaveCount(0)
  const turn = page.locator('[data-turn][aria-current="true"]')
  await page.keyboard.press('k')
  const first = Number(await turn.getAttribute('data-turn'))
  await page.keyboard.press('k')
  await expect(turn).toHaveAttribute('data-turn', `${first + 1}`)
  // The call comes anew, as it does when its times are found: the mark stays where it was put.
  const { hits } = await ask(page, 'search', 'page', { query: '', cursor: null, limit: 1, sort: 'date' })
  const later = { callId: hits[0]?.id ?? '', turnIndex: 11, startSec: 45 }
  await ask(page, 'timing', 'setAnchor', { id: crypto.randomUUID(), ...later, reviewer: 'Ana' })
  await expect(page.locator('[data-turn="11"]').getByRole('button', { name: /Set by / })).toBeVisible()
  await expect(turn).toHaveAttribute('data-turn', `${first + 1}`)
  await page.keyboard.press('a')
  await expect(page.getByRole('combobox', { name: 'Label' })).toBeVisible()
  await page.keyboard.press('Escape')

  await page.getByRole('button', { name: 'Next call' }).click()
  await opened(page)
  await page.keyboard.press('Space')
  await expect.poll(() => at(page)).toBeGreaterThan(0.2)
})

test('a recording without its end plays as far as it goes, and its turns stay where they were', async ({
  launch,
  workspace,
}) => {
  const earmark = await launch()
  const { page } = earmark
  await connectFolder(earmark, workspace, { count: 1, soundOf: halved })
  await callRow(page).first().click()
  const { id } = await opened(page)
  const { durationSec, facts } = await ask(page, 'recordings', 'peaks', { callId: id })
  expect({ durationSec, isTruncated: facts?.isTruncated }).toEqual({
    durationSec: 5 * TURN_SEC,
    isTruncated: true,
  })
  // The third turn is heard at its own second, whatever the header says of the length.
  for (let n = 0; n < 2; n++) await page.keyboard.press('k')
  await expect(page.locator('[data-turn][aria-current="true"]')).toHaveAttribute('data-turn', '2')
  expect(await at(page)).toBeCloseTo(2 * TURN_SEC, 1)
  await page.keyboard.press('Space')
  await expect.poll(async () => (await audioState(page)).paused).toBe(false)
  await expect.poll(() => at(page)).toBeGreaterThan(2 * TURN_SEC + 0.2)
})
