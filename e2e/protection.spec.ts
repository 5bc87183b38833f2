import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { filesWith } from './files-with'
import {
  answerSaveDialog,
  ask,
  audioState,
  callRow,
  type Earmark,
  expect,
  openSample,
  searchFor,
  test,
  writeAnnotation,
} from './fixtures'
import { startOwnKeychain } from './keychain'
import { expectAccessible, look } from './look'

const CANARY = 'quetzalcoatl-at-dawn'
/** Said, written, drafted, and whom it was with: of the sample's calls, and of this test. */
const CANARIES = [CANARY, 'want to buy a house', 'Marrowby check-up']

/** null: the page is being loaded anew, as it is when a workspace was changed over. */
const statusOf = (page: Page) => ask(page, 'protection', 'status', {}).catch(() => null)
const stateOf = async (page: Page) => (await statusOf(page))?.state ?? null

/** The examiner's own styles are refused where a call is open: that is none of ours. */
async function accessible({ page, problems }: Earmark): Promise<void> {
  const before = problems.length
  await expectAccessible(page)
  expect(problems.slice(before).filter((one) => !one.includes('Content Security Policy'))).toEqual([])
  problems.length = before
}

async function openSettings(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'More', exact: true }).click()
  await page.getByRole('menuitem', { name: /Settings/ }).click()
}

/** Through the dialog, from wherever it is opened; gives the phrase. `meanwhile`: while the phrase is shown. */
async function protect(
  earmark: Earmark,
  meanwhile: (dialog: Locator) => Promise<void> = async () => undefined,
): Promise<string> {
  const { page } = earmark
  const dialog = page.getByRole('dialog')
  await look(page, 'protect-what')
  await accessible(earmark)
  await dialog.getByRole('button', { name: 'Show the recovery phrase' }).click()
  const words = dialog.getByRole('list', { name: 'Recovery phrase' }).getByRole('listitem')
  await expect(words).toHaveCount(24)
  const phrase = (await words.allTextContents()).join(' ')
  await meanwhile(dialog)
  await look(page, 'protect-phrase')
  await accessible(earmark)
  await expect(dialog.getByRole('button', { name: 'Protect now' })).toBeDisabled()
  await dialog.getByText('I have written the recovery phrase down').click()
  await dialog.getByRole('button', { name: 'Protect now' }).click()
  await expect.poll(() => stateOf(page), { timeout: 30_000 }).toBe('protected')
  return phrase
}

async function playAndSeek(page: Page): Promise<void> {
  await searchFor(page, 'Ava Marrowby check-up')
  await callRow(page).first().click()
  await page.getByRole('button', { name: 'Play', exact: true }).click()
  await expect
    .poll(async () => (await audioState(page)).currentTime, { timeout: 15_000 })
    .toBeGreaterThan(0.5)
  await page.getByRole('button', { name: 'Pause', exact: true }).click()
  const { duration } = await audioState(page)
  await page.evaluate((to) => {
    const audio = document.querySelector('audio')
    if (audio) audio.currentTime = to
  }, duration * 0.8)
  await expect.poll(async () => (await audioState(page)).currentTime).toBeGreaterThan(duration * 0.7)
  await expect(page.getByRole('region', { name: 'Waveform' })).toBeVisible()
}

test('a workspace is protected, used, moved to another computer, unlocked there, and made plain again', async ({
  launch,
  workspace,
}) => {
  test.setTimeout(180_000)
  const keychain = await startOwnKeychain()
  const another = await startOwnKeychain()
  const folder = dirname(workspace)
  try {
    let earmark = await launch({ env: keychain.env })
    let { page } = earmark
    await openSample(page)
    expect(filesWith(folder, CANARIES).length).toBeGreaterThan(0)
    await openSettings(page)
    await look(page, 'settings-plain')
    await page.getByRole('button', { name: 'Protect this workspace…' }).click()
    const phrase = await protect(earmark)
    await expect(callRow(page).first()).toBeVisible()

    await playAndSeek(page)
    await page.keyboard.press('Shift+A')
    await writeAnnotation(page, { label: 'Missed intent', comment: CANARY })
    // Written and not saved: it is kept as a draft, and not in the clear either.
    await page.keyboard.press('Shift+A')
    const comment = page
      .getByRole('region', { name: 'Annotations' })
      .getByRole('textbox', { name: 'Comment' })
    await comment.fill(`${CANARY}, a draft`)
    await expect.poll(async () => (await ask(page, 'drafts', 'all', {})).drafts.length).toBe(1)
    expect(filesWith(folder, CANARIES), 'while it is open').toEqual([])
    await earmark.kill()
    expect(filesWith(folder, [...CANARIES, phrase]), 'after kill -9').toEqual([])

    // The keychain holds the key: nothing is asked.
    earmark = await launch({ env: keychain.env })
    page = earmark.page
    await expect(callRow(page).first()).toBeVisible()
    await searchFor(page, 'Ava Marrowby check-up')
    await callRow(page).first().click()
    await expect(
      page.getByRole('region', { name: 'Annotations' }).getByText(`${CANARY}, a draft`).first(),
    ).toBeVisible()
    await earmark.close()
    expect(filesWith(folder, CANARIES), 'after it was closed').toEqual([])

    // Another computer: its keychain knows nothing.
    earmark = await launch({ env: another.env })
    page = earmark.page
    await expect(page.getByRole('heading', { name: 'This workspace is locked' })).toBeVisible()
    await look(page, 'locked')
    await accessible(earmark)
    const field = page.getByRole('textbox', { name: 'Recovery phrase' })
    await field.fill(phrase.replace(/^\S+/, 'hoouse'))
    await page.getByRole('button', { name: 'Unlock' }).click()
    await expect(page.getByText('Word 1 is not a word of a recovery phrase')).toBeVisible()
    await look(page, 'locked-wrong')
    await field.fill(phrase.toUpperCase())
    await page.getByRole('button', { name: 'Unlock' }).click()
    await expect(callRow(page).first()).toBeVisible({ timeout: 15_000 })
    await playAndSeek(page)
    await expect(page.getByText(CANARY, { exact: true })).toBeVisible()

    await openSettings(page)
    await look(page, 'settings-protected')
    await page.getByRole('button', { name: 'Remove the protection' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove the protection' }).click()
    await expect.poll(() => stateOf(page), { timeout: 30_000 }).toBe('plain')
    await expect(callRow(page).first()).toBeVisible()
    await searchFor(page, 'has:annotation')
    await expect(callRow(page)).toHaveCount(1)
    expect(filesWith(workspace, [CANARY]).length).toBeGreaterThan(0)
  } finally {
    keychain.stop()
    another.stop()
  }
})

test('a workspace can be protected before the first call is in it, and its phrase saved elsewhere', async ({
  launch,
  workspace,
}) => {
  const keychain = await startOwnKeychain()
  try {
    const earmark = await launch({ env: keychain.env })
    const { page, electron } = earmark
    await look(page, 'welcome-protect')
    await page.getByRole('button', { name: 'Protect this workspace' }).click()
    const file = test.info().outputPath('phrase.txt')
    const phrase = await protect(earmark, async (dialog) => {
      const save = dialog.getByRole('button', { name: 'Save as a file…' })
      await answerSaveDialog(electron, join(workspace, 'phrase.txt'))
      await save.click()
      await expect(dialog.getByText('it would lie in the workspace that it opens')).toBeVisible()
      await answerSaveDialog(electron, file)
      await save.click()
      await expect(dialog.getByRole('status')).toHaveText('Saved. Take it off this computer.')
    })
    const saved = [...readFileSync(file, 'utf8').matchAll(/^\d+\. (\w+)$/gm)].map(([, word]) => word)
    expect(saved.join(' ')).toBe(phrase)
    await openSample(page)
    await playAndSeek(page)
    expect(filesWith(dirname(workspace), CANARIES)).toEqual([])
    await earmark.close()
    expect(filesWith(dirname(workspace), CANARIES)).toEqual([])
  } finally {
    keychain.stop()
  }
})

test('changing over that was killed goes on at the next start, or is undone', async ({
  launch,
  workspace,
}) => {
  test.setTimeout(180_000)
  const keychain = await startOwnKeychain()
  /** Kills Earmark in the middle of what was begun. */
  const killHalfway = async ({ page, kill }: Earmark) => {
    await expect
      .poll(
        async () => {
          const { state, done = 0, total = null } = (await statusOf(page)) ?? { state: null }
          return state === 'working' && total !== null && done > 0 && done < total
        },
        { intervals: [5], timeout: 30_000 },
      )
      .toBe(true)
    await look(page, 'working')
    await kill()
    expect(JSON.parse(readFileSync(join(workspace, 'protection.json'), 'utf8')).state).not.toBe('protected')
  }
  try {
    let earmark = await launch({ env: keychain.env })
    let { page } = earmark
    await openSample(page)
    // So much that it takes a while.
    for (const name of ['one', 'two', 'three'])
      writeFileSync(join(workspace, 'recordings', `${name}.bin`), randomBytes(60_000_000))
    await openSettings(page)
    await page.getByRole('button', { name: 'Protect this workspace…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Show the recovery phrase' }).click()
    await dialog.getByText('I have written the recovery phrase down').click()
    await dialog.getByRole('button', { name: 'Protect now' }).click()
    await killHalfway(earmark)

    earmark = await launch({ env: keychain.env })
    page = earmark.page
    await expect(
      page.getByRole('heading', { name: 'Protecting this workspace was broken off' }),
    ).toBeVisible()
    await look(page, 'halfway')
    await accessible(earmark)
    await page.getByRole('button', { name: 'Go on' }).click()
    await expect.poll(() => stateOf(page), { timeout: 60_000 }).toBe('protected')
    await expect(callRow(page).first()).toBeVisible()
    expect(filesWith(dirname(workspace), CANARIES)).toEqual([])
    await playAndSeek(page)

    await openSettings(page)
    await page.getByRole('button', { name: 'Remove the protection' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove the protection' }).click()
    await killHalfway(earmark)
    earmark = await launch({ env: keychain.env })
    page = earmark.page
    await expect(page.getByRole('heading', { name: 'Removing the protection was broken off' })).toBeVisible()
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(() => stateOf(page), { timeout: 60_000 }).toBe('protected')
    await expect(callRow(page).first()).toBeVisible()
    expect(filesWith(dirname(workspace), CANARIES)).toEqual([])
    await playAndSeek(page)
  } finally {
    keychain.stop()
  }
})
