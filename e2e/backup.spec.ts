import { readdirSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import {
  answerOpenDialog,
  answerSaveDialog,
  ask,
  callRow,
  type Earmark,
  expect,
  launchEarmark,
  openSample,
  searchFor,
  test,
  writeAnnotation,
} from './fixtures'
import { expectAccessible, look } from './look'

/** A workspace into one file, and back: in another folder, and in its own place. */

const dialogOf = ({ page }: Earmark) => page.getByRole('dialog', { name: 'Backups' })

async function openBackups(earmark: Earmark) {
  await earmark.page.getByRole('button', { name: 'More' }).click()
  await earmark.page.getByRole('menuitem', { name: 'Back up and restore' }).click()
  await expect(dialogOf(earmark)).toBeVisible()
  return dialogOf(earmark)
}

async function annotateFirst({ page }: Earmark, comment: string, label = 'Misheard') {
  await searchFor(page, '"want to buy a house"')
  await callRow(page).first().click()
  await expect(
    page.getByRole('region', { name: 'Transcript' }).locator('[aria-current="true"]'),
  ).toBeVisible()
  await page.keyboard.press('a')
  await writeAnnotation(page, { label, comment })
}

/** The main processes of this application that run on a workspace. */
const processesOn = (workspace: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        // Chromium writes its own title there, with spaces, once it runs.
        const args = `${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')} `
        return args.includes(` ${workspace} `) && args.includes('electron') && !args.includes('--type=')
      } catch {
        return false
      }
    })

test('a workspace is backed up, restored in another folder, opened there, and all is there', async ({
  launch,
  workspace,
}) => {
  const first = await launch()
  await openSample(first.page)
  await annotateFirst(first, 'goes to the other laptop')
  const file = join(dirname(workspace), 'backup.zip')
  let dialog = await openBackups(first)
  await expect(dialog.getByText('None yet.', { exact: false })).toBeVisible()
  await look(first.page, 'backup-choosing')
  await expectAccessible(first.page)
  await answerSaveDialog(first.electron, file)
  await dialog.getByRole('button', { name: 'Back up…' }).click()
  await expect(dialog.getByText('The backup is complete')).toBeVisible({ timeout: 30_000 })
  await expect(dialog.getByText(/1 annotation · 32 calls · 28 recordings/)).toBeVisible()
  await expect(dialog.getByText(file, { exact: false })).toBeVisible()
  await look(first.page, 'backup-done')
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click()

  dialog = await openBackups(first)
  const elsewhere = join(dirname(workspace), 'elsewhere')
  await mkdir(elsewhere)
  await answerOpenDialog(first.electron, [file])
  await dialog.getByRole('button', { name: 'Choose a file…' }).click()
  await expect(dialog.getByText(/1 annotation · 32 calls · 28 recordings/)).toBeVisible()
  await look(first.page, 'backup-chosen')
  await answerOpenDialog(first.electron, [elsewhere])
  await dialog.getByRole('button', { name: 'Restore as a copy…' }).click()
  await expect(dialog.getByText('The backup is restored')).toBeVisible({ timeout: 30_000 })
  await look(first.page, 'backup-restored')
  // "Open it" opens another Earmark.
  await dialog.getByRole('button', { name: 'Open it' }).click()
  await expect.poll(() => processesOn(elsewhere)).toHaveLength(1)
  await expect
    .poll(() => readdirSync(join(elsewhere, 'locks')).length + readdirSync(elsewhere).length)
    .toBeGreaterThan(0)
  const [other = 0] = processesOn(elsewhere)
  process.kill(other, 'SIGTERM')
  await expect.poll(() => processesOn(elsewhere), { timeout: 15_000 }).toEqual([])
  await first.close()
  expect(first.problems.filter((one) => !one.includes('Content Security Policy'))).toEqual([])
  first.problems.length = 0

  const second = await launchEarmark(elsewhere)
  try {
    await searchFor(second.page, '"want to buy a house"')
    await callRow(second.page).first().click()
    const card = second.page.getByRole('region', { name: 'Annotations' }).getByRole('article')
    await expect(card).toContainText('goes to the other laptop')
    await expect(second.page.getByRole('region', { name: 'Waveform' })).toHaveAttribute('aria-busy', 'false')
  } finally {
    await second.close()
  }
  expect(second.problems).toEqual([])
})

test('a backup takes the place of the workspace, which is set aside', async ({ launch, workspace }) => {
  const first = await launch()
  await openSample(first.page)
  await annotateFirst(first, 'in the backup')
  const file = join(dirname(workspace), 'backup.zip')
  await answerSaveDialog(first.electron, file)
  await ask(first.page, 'backup', 'save', { withRecordings: false })
  await annotateFirst(first, 'written later', 'Missed intent')
  const dialog = await openBackups(first)
  await answerOpenDialog(first.electron, [file])
  await dialog.getByRole('button', { name: 'Choose a file…' }).click()
  await dialog.getByRole('button', { name: 'Restore here' }).click()
  const question = first.page.getByRole('alertdialog', { name: 'Restore in the place of this workspace?' })
  await expect(question).toContainText('stays on this disk')
  await look(first.page, 'backup-replace')
  const ended = new Promise((done) => first.electron.process().once('exit', done))
  await question.getByRole('button', { name: 'Restore here' }).click()
  await ended
  // It starts itself again, without whoever drives it here.
  await expect.poll(() => processesOn(workspace)).toHaveLength(1)
  for (const pid of processesOn(workspace)) process.kill(pid, 'SIGKILL')
  await expect.poll(() => processesOn(workspace), { timeout: 15_000 }).toEqual([])

  const aside = readdirSync(dirname(workspace)).filter((name) => name.includes('set aside'))
  expect(aside).toHaveLength(1)
  for (const [root, comments] of [
    [workspace, ['in the backup']],
    [join(dirname(workspace), aside[0] ?? ''), ['in the backup', 'written later']],
  ] as const) {
    const earmark = await launchEarmark(root)
    try {
      await searchFor(earmark.page, '"want to buy a house"')
      await callRow(earmark.page).first().click()
      const cards = earmark.page.getByRole('region', { name: 'Annotations' }).getByRole('article')
      await expect(cards).toHaveCount(comments.length)
      for (const comment of comments) await expect(cards.filter({ hasText: comment }).first()).toBeVisible()
    } finally {
      await earmark.close()
    }
  }
})

test('a copy that Earmark made by itself is listed, and restored as a workspace', async ({
  launch,
  workspace,
}) => {
  const first = await launch()
  await expect(first.page.getByRole('button', { name: 'Restore a backup' })).toBeVisible()
  await first.page.setViewportSize({ width: 960, height: 640 })
  await look(first.page, 'backup-welcome')
  await openSample(first.page)
  await annotateFirst(first, 'of that day')
  await first.close()
  const db = new Database(join(workspace, 'reviews.db'))
  db.prepare('VACUUM INTO ?').run(join(workspace, 'backups', 'reviews-2026-05-20.db'))
  db.close()
  const second = await launch()
  await annotateFirst(second, 'later', 'Missed intent')
  const dialog = await openBackups(second)
  await expect(dialog.getByText('May 20, 2026')).toBeVisible()
  await second.page.setViewportSize({ width: 960, height: 640 })
  await look(second.page, 'backup-automatic')
  await dialog.getByRole('button', { name: 'Restore the copy of May 20, 2026' }).click()
  await expect(dialog.getByText('Annotations of May 20, 2026', { exact: false })).toBeVisible()
  const elsewhere = join(dirname(workspace), 'elsewhere')
  await mkdir(elsewhere)
  await answerOpenDialog(second.electron, [elsewhere])
  await dialog.getByRole('button', { name: 'Restore as a copy…' }).click()
  await expect(dialog.getByText('The backup is restored')).toBeVisible({ timeout: 30_000 })
  await second.close()
  const third = await launchEarmark(elsewhere)
  try {
    await searchFor(third.page, '"want to buy a house"')
    await callRow(third.page).first().click()
    const cards = third.page.getByRole('region', { name: 'Annotations' }).getByRole('article')
    await expect(cards).toHaveCount(1)
    await expect(cards).toContainText('of that day')
    await expect(third.page.getByRole('region', { name: 'Waveform' })).toHaveAttribute('aria-busy', 'false')
  } finally {
    await third.close()
  }
})
