import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect } from '@playwright/test'
import Papa from 'papaparse'
import {
  answerSaveDialog,
  ask,
  audioState,
  callRow,
  connectVendor,
  launchEarmark,
  openConnectForm,
  ROOT,
  searchFor,
  selectText,
  writeAnnotation,
} from './application'
import { recordingsFrom, startMalakaiSimulator, startProsperSimulator } from './vendors'
import { readSavedCalls } from './vendors/records'

/**
 * The main job from end to end, in the real window, against simulators of both vendors: connect, sync, search, listen,
 * annotate, review, export. Leaves numbered screenshots and the CSV; ends with 1 if any step failed.
 */
async function main(): Promise<void> {
  const folder = resolve(process.argv[2] ?? join(ROOT, 'demo-output'))
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })

  const sample = join(ROOT, 'resources', 'sample')
  const saved = readSavedCalls(sample)
  if (!saved) throw new Error(`${sample} holds no saved answers.`)
  const recordings = recordingsFrom(join(sample, 'recordings'))
  const campaignsOf = (calls: readonly { campaignId: string }[]) => [
    ...new Set(calls.map((one) => one.campaignId)),
  ]
  const prosper = await startProsperSimulator({
    calls: saved.prosper,
    campaigns: campaignsOf(saved.prosper),
    recordings,
    delayMs: 30,
  })
  const malakai = await startMalakaiSimulator({
    calls: saved.malakai,
    campaigns: campaignsOf(saved.malakai),
    recordings,
  })
  const calls = saved.prosper.length + saved.malakai.length
  const { electron, page, problems, close } = await launchEarmark(join(folder, 'workspace'))

  let number = 0
  const picture = async (name: string) => {
    number += 1
    await page.screenshot({ path: join(folder, `${String(number).padStart(2, '0')}-${name}.png`) })
  }
  const step = async (words: string, work: () => Promise<void>) => {
    const startedAt = performance.now()
    try {
      await work()
    } catch (error) {
      await picture('failed')
      process.stdout.write(`FAILED  ${words}\n`)
      throw error
    }
    process.stdout.write(`ok      ${words} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)\n`)
  }

  try {
    await step('the first screen', async () => {
      await expect(page.getByRole('button', { name: 'Open the sample workspace' })).toBeVisible()
      await picture('first-screen')
    })
    await step('Prosper AI is connected and tested', async () => {
      await openConnectForm(page)
      const account = {
        vendor: 'Prosper AI',
        name: 'Care line',
        url: prosper.url,
        campaigns: prosper.campaigns.join(', '),
        apiKey: prosper.apiKey,
      }
      await connectVendor(page, account, { save: false })
      await page.getByRole('dialog').getByRole('button', { name: 'Test connection' }).click()
      await expect(page.getByRole('dialog').getByRole('alert')).toContainText('It works')
      await picture('connect-prosper')
      await connectVendor(page, account)
    })
    await step('Malakai is connected', async () => {
      await page.getByRole('dialog').getByRole('button', { name: 'Connect a vendor' }).click()
      await connectVendor(page, {
        vendor: 'Malakai',
        name: 'Inbound sales',
        url: malakai.url,
        campaigns: malakai.campaigns.join(', '),
        apiKey: malakai.apiKey,
        accessToken: malakai.accessToken,
      })
      await picture('connections')
      await page.keyboard.press('Escape')
      await expect(page.getByRole('dialog')).toHaveCount(0)
    })
    await step('both are synced, with their recordings', async () => {
      await page.getByRole('button', { name: 'Sync now', exact: true }).click()
      await expect(callRow(page).first()).toBeVisible({ timeout: 30_000 })
      await picture('syncing')
      await expect
        .poll(
          async () =>
            (await ask(page, 'connections', 'list', {})).every((one) => one.lastRun?.outcome === 'done'),
          { timeout: 60_000 },
        )
        .toBe(true)
      const info = await ask(page, 'workspace', 'info', {})
      expect(info.callCount).toBe(calls)
      expect(info.recordingCount).toBeGreaterThan(20)
    })
    await step('a call is found by its words', async () => {
      await searchFor(page, '"buy a house"')
      await expect(callRow(page)).toHaveCount(1)
      await picture('found')
    })
    await step('it opens at the turn, with waveform and transcript', async () => {
      await callRow(page).first().click()
      await expect(
        page.getByRole('region', { name: 'Transcript' }).locator('[aria-current="true"]'),
      ).toContainText('buy a house')
      await expect(page.getByRole('region', { name: 'Waveform' })).toBeVisible()
      await expect.poll(async () => (await audioState(page)).duration).toBeGreaterThan(20)
    })
    await step('it plays, and the active turn follows', async () => {
      const before = (await audioState(page)).currentTime
      await page.getByRole('button', { name: 'Play', exact: true }).click()
      await expect
        .poll(async () => (await audioState(page)).currentTime - before, { timeout: 15_000 })
        .toBeGreaterThan(1.5)
      await picture('playing')
      await page.getByRole('button', { name: 'Pause', exact: true }).click()
    })
    await step('a turn and a stretch of text are annotated', async () => {
      await page.keyboard.press('a')
      await writeAnnotation(page, {
        label: 'Missed intent',
        severity: 'Major',
        comment: 'The caller says it twice: the agent had asked again instead of answering.',
      })
      await selectText(page, 'How may I best assist you today?')
      await page.keyboard.press('a')
      await writeAnnotation(page, {
        label: 'Repeated itself',
        severity: 'Minor',
        comment: 'Asks what was just said.',
      })
      await picture('annotated')
    })
    await step('the call is marked reviewed', async () => {
      await page.keyboard.press('m')
      await expect(page.getByText(/reviewed by/i).first()).toBeVisible()
    })
    await step('the annotations leave as CSV, and read back', async () => {
      const file = join(folder, 'annotations.csv')
      await answerSaveDialog(electron, file)
      await page.getByRole('button', { name: 'Export', exact: true }).click()
      await picture('export')
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /Save as CSV/ })
        .click()
      await expect(page.getByText(/2 rows were exported/)).toBeVisible()
      await picture('exported')
      const { data, errors } = Papa.parse<Record<string, string>>(
        readFileSync(file, 'utf8').replace(/^\uFEFF/, ''),
        {
          header: true,
          skipEmptyLines: true,
        },
      )
      expect(errors).toEqual([])
      expect(data.map((row) => row.label).sort()).toEqual(['Missed intent', 'Repeated itself'])
      await page.keyboard.press('Escape')
      await expect(page.getByRole('dialog')).toHaveCount(0)
    })
    await step('the same in the dark, and in a small window', async () => {
      await ask(page, 'reviews', 'changeSettings', { theme: 'dark' })
      await page.reload()
      await searchFor(page, '"buy a house"')
      await callRow(page).first().click()
      await expect(page.getByRole('region', { name: 'Annotations' }).getByRole('article')).toHaveCount(2)
      await picture('dark')
      await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setSize(960, 640))
      await expect.poll(() => page.evaluate(() => innerWidth)).toBeLessThan(1000)
      await picture('small')
    })
    expect(problems).toEqual([])
    process.stdout.write(`\nScreenshots and annotations.csv are in ${folder}\n`)
  } finally {
    await close()
    await Promise.all([prosper.close(), malakai.close()])
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    process.exit(1)
  },
)
