import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { applicationCommand, ask, callRow, expect, openSample, test, writeAnnotation } from './fixtures'
import { expectAccessible, look } from './look'

/** Every file with its bytes' sum: what must not change. */
const sums = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .sort()
      .map((path) => [path, createHash('sha256').update(readFileSync(path)).digest('hex')]),
  )

/** Overwrites the middle of a file, from its first page on. */
function damage(path: string): void {
  // Readers that close last leave the log beside it.
  const db = new Database(path)
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
  const handle = openSync(path, 'r+')
  try {
    writeSync(handle, Buffer.alloc(Math.floor(statSync(path).size / 3), 0x5a), 0, undefined, 0)
  } finally {
    closeSync(handle)
  }
}

test('a damaged database is met in the window, which says what is safe, repairs it and goes on', async ({
  launch,
  workspace,
}) => {
  const first = await launch()
  await openSample(first.page)
  const before = await ask(first.page, 'workspace', 'info', {})
  await callRow(first.page).first().click()
  await first.page.keyboard.press('Shift+A')
  await writeAnnotation(first.page, { label: 'Missed intent', comment: 'They asked twice.' })
  await first.close()
  damage(join(workspace, 'calls.db'))

  const { page, problems } = await launch()
  await page.setViewportSize({ width: 1280, height: 800 })
  await expect(page.getByRole('heading', { name: 'calls.db is damaged' })).toBeVisible()
  await expect(page.getByText('What people wrote (reviews.db) is whole.')).toBeVisible()
  await look(page, 'trouble-calls')
  await expectAccessible(page)
  await page.setViewportSize({ width: 960, height: 640 })
  await look(page, 'trouble-calls-small')
  await page.getByRole('button', { name: 'Repair', exact: true }).click()
  await expect(page.getByText('The damaged file is calls-damaged-')).toBeVisible({ timeout: 30_000 })
  await look(page, 'trouble-repaired')
  await expect(callRow(page).first()).toBeVisible()
  const after = await ask(page, 'workspace', 'info', {})
  expect(after.annotationCount).toBe(1)
  expect(after.callCount).toBeGreaterThan(before.callCount / 2)
  expect(readdirSync(workspace).filter((name) => name.startsWith('calls-damaged-')).length).toBeGreaterThan(0)
  problems.length = 0
})

test('damage that is found on the way is told over the list, and looked into when somebody asks', async ({
  launch,
}) => {
  const { electron, page } = await launch()
  await openSample(page)
  await page.setViewportSize({ width: 1280, height: 800 })
  // As the worker says it that makes the backups.
  await electron.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.webContents.send('earmark:event', {
      type: 'workspace.damaged',
      message: 'reviews.db is damaged.',
    }),
  )
  await expect(page.getByRole('alert').getByText('A database is damaged.')).toBeVisible()
  await look(page, 'trouble-found')
  await page.getByRole('button', { name: 'Repair…' }).click()
  await expect(page.getByRole('heading', { name: 'Nothing is damaged' })).toBeVisible()
  await page.getByRole('button', { name: 'Back to the calls' }).click()
  await expect(callRow(page).first()).toBeVisible()
  await expect(page.getByText('A database is damaged.')).toHaveCount(0)
})

test('what people wrote comes back from its newest backup when reviews.db is gone', async ({
  launch,
  workspace,
}) => {
  const first = await launch()
  await openSample(first.page)
  await callRow(first.page).first().click()
  await first.page.keyboard.press('Shift+A')
  await writeAnnotation(first.page, { label: 'Missed intent', comment: 'They asked twice.' })
  await first.close()
  const db = new Database(join(workspace, 'reviews.db'))
  db.prepare('VACUUM INTO ?').run(join(workspace, 'backups', 'reviews-2026-05-20.db'))
  db.close()
  rmSync(join(workspace, 'reviews.db'))

  const { page, problems } = await launch()
  await page.setViewportSize({ width: 1280, height: 800 })
  await expect(page.getByRole('heading', { name: 'reviews.db is damaged' })).toBeVisible()
  await expect(page.getByText('with 1 annotation.')).toBeVisible()
  await look(page, 'trouble-reviews')
  await page.getByRole('button', { name: 'Open the newest backup' }).click()
  await expect(callRow(page).first()).toBeVisible({ timeout: 30_000 })
  expect((await ask(page, 'workspace', 'info', {})).annotationCount).toBe(1)
  problems.length = 0
})

test('a workspace of a later Earmark is left as it is to the last byte, and says which Earmark it needs', async ({
  launch,
  workspace,
}) => {
  const first = await launch()
  await openSample(first.page)
  await first.close()
  const db = new Database(join(workspace, 'reviews.db'))
  db.pragma('journal_mode = DELETE')
  db.pragma('user_version = 99')
  db.close()
  writeFileSync(join(workspace, 'earmark.json'), '{"earmark":"9.1.0","calls":6,"reviews":99}\n')
  const before = sums(workspace)

  const { page, problems } = await launch()
  await page.setViewportSize({ width: 1280, height: 800 })
  await expect(page.getByRole('heading', { name: 'This workspace needs a newer Earmark' })).toBeVisible()
  await expect(page.getByText('Earmark 9.1.0')).toBeVisible()
  await look(page, 'trouble-newer')
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('button', { name: 'Choose another workspace' })).toBeVisible()
  expect(sums(workspace)).toEqual(before)
  problems.length = 0
})

test('of two starts on one workspace the second hands its link over, brings the first to the front, and leaves', async ({
  launch,
  workspace,
}) => {
  const { electron, page } = await launch()
  await openSample(page)
  await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide())
  const { executable, first } = applicationCommand()
  const second = spawnSync(executable, [...first, '--workspace', workspace, 'earmark://search?q=house'], {
    env: { ...process.env, XDG_DATA_HOME: `${workspace}-data` },
    timeout: 30_000,
  })
  expect(second.status).toBe(0)
  await expect(page.getByRole('combobox', { name: 'Search calls' })).toHaveValue('house ')
  await expect
    .poll(() => electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible()))
    .toBe(true)
  expect(await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1)
})
