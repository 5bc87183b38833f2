import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import {
  ask,
  callRow,
  connectSimulator,
  expect,
  ROOT,
  searchFor,
  selectText,
  test,
  writeAnnotation,
} from './fixtures'
import { look } from './look'
import { startProsperSimulator } from './vendors'

const run = promisify(execFile)

/** The command line on the same workspace. */
const earmark = async (workspace: string, ...args: string[]): Promise<string> =>
  (await run(process.execPath, [join(ROOT, 'out/main/cli.js'), '--workspace', workspace, ...args])).stdout

const violationsOf = async (page: Page) => {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).disableRules(['region']).analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
}

/** To be looked at: with `EARMARK_SCREENSHOTS=FOLDER`. */
const pictures = async (page: Page, name: string) => {
  const folder = process.env.EARMARK_SCREENSHOTS
  if (!folder) return
  for (const theme of ['light', 'dark'] as const)
    for (const [width, height] of [
      [960, 640],
      [1280, 800],
    ] as const) {
      await page.emulateMedia({ colorScheme: theme })
      await page.setViewportSize({ width, height })
      await page.screenshot({ path: join(folder, `${name}-${theme}-${width}.png`) })
    }
}

const sync = async (page: Page, connectionId: string) => {
  const lastRun = async () => (await ask(page, 'connections', 'list', {}))[0]?.lastRun
  const before = (await lastRun())?.id
  await ask(page, 'sync', 'start', { connectionId })
  await expect.poll(async () => (await lastRun())?.id, { timeout: 30_000 }).not.toBe(before)
  await expect.poll(async () => (await lastRun())?.outcome, { timeout: 30_000 }).toBe('done')
}

test('a vendor’s later changes are told, shown and seen, and annotations find their place or are listed', async ({
  launch,
  workspace,
}) => {
  const prosper = await startProsperSimulator({ calls: 24, campaigns: ['abc123'] })
  try {
    const { page, problems } = await launch()
    // The form has journeys of its own (connect.spec.ts).
    const connectionId = await connectSimulator(page, prosper, 'Renewals')
    await sync(page, connectionId)
    await expect(page.getByText('24 calls', { exact: true })).toBeVisible({ timeout: 30_000 })

    // The newest call is about a refund: a quote and a turn are annotated, and the call is marked reviewed.
    const newest = prosper.calls[0]
    const said =
      newest?.turns.map(({ who, text, atSec }) => ({
        speaker: who === 'agent' ? 'agent' : 'user',
        text,
        timestamp: atSec,
      })) ?? []
    expect(said[1]?.text).toContain('charged me twice in March')
    await searchFor(page, '"charged me twice" date:2026-01')
    await callRow(page).first().click()
    const transcript = page.getByRole('region', { name: 'Transcript' })
    // Once the words looked for are marked, the text stays as it is, and so does a selection in it.
    await expect(transcript.locator('mark').first()).toHaveText('charged me twice')
    await selectText(page, 'charged me twice')
    await page.keyboard.press('a')
    const name = page.getByRole('textbox', { name: 'Your name' })
    await expect(name).toBeVisible()
    await name.fill('Ana Ortiz')
    await writeAnnotation(page, { label: 'Billing', comment: 'Named at once.' })
    await transcript.getByText('So when do I get my money back?').click()
    await page.keyboard.press('Space')
    await page.keyboard.press('a')
    await writeAnnotation(page, { label: 'Impatient', comment: 'Answer sooner.' })
    await page.keyboard.press('m')
    await expect(page.getByRole('button', { name: 'Reviewed', exact: true })).toBeVisible()
    const callId =
      (await ask(page, 'search', 'page', { query: '"charged me twice"', limit: 1 })).hits[0]?.id ?? ''
    expect((await ask(page, 'calls', 'get', { callId })).changedSinceReview).toBe(false)

    // The vendor corrects the transcript and judges again.
    prosper.updateCall(newest?.id ?? 0, {
      transcript: [
        { speaker: 'agent', text: 'This call is recorded for quality.', timestamp: 0 },
        ...said.flatMap((turn, index) => {
          if (index === 2) return [{ ...turn, text: turn.text.replace('forty-eight', 'forty-nine') }]
          return index === 3 ? [] : [turn]
        }),
      ],
      qa_results: {
        overall_score: 12,
        criteria: { greeting: { score: 10, comment: 'The agent said who is calling.' } },
      },
    })
    await sync(page, connectionId)
    const banner = page.getByRole('note').filter({ hasText: 'Changed since you reviewed it on' })
    await expect(banner).toContainText(/\d+ differences/)
    await searchFor(page, 'changed:yes')
    await expect(callRow(page)).toHaveCount(1)
    await expect(callRow(page).first()).toContainText('Changed since you looked at it')

    // The quote has found its place; the turn's words are gone, which is said, and they are kept.
    const panel = page.getByRole('region', { name: 'Annotations' })
    await expect(panel.getByRole('article').filter({ hasText: 'Billing' })).toContainText(
      'Moved from turn 2 to 3',
    )
    const lost = panel.getByRole('region', { name: /^Place not found/ })
    await expect(lost.getByRole('article')).toHaveCount(1)
    await expect(lost).toContainText('So when do I get my money back?')
    await expect(lost).toContainText('It was in turn 4.')
    await look(page, 'changes-lost')
    await expect(transcript.locator('mark.mark-annotated')).toHaveText('charged me twice')

    // The differences, readable.
    await page.keyboard.press('Shift+c')
    const dialog = page.getByRole('dialog', { name: 'What changed' })
    await expect(dialog).toContainText(/differences since you reviewed it on/)
    await look(page, 'changes')
    const difference = (text: string) => dialog.getByRole('listitem').filter({ hasText: text })
    await expect(difference('This call is recorded')).toContainText('Turn 1, Agent')
    await expect(difference('forty-').locator('del')).toHaveText('Removed: eight')
    await expect(difference('forty-').locator('ins')).toHaveText('Added: nine')
    await expect(difference('So when do I get my money back?')).toContainText('removed')
    await expect(difference('QA results › overall score').locator('ins')).toContainText('12')
    await pictures(page, 'dialog')
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme })
      expect(await violationsOf(page)).toEqual([])
    }

    // A jump to the turn closes the dialog; the flag stays until the reviewer says so.
    await difference('forty-').getByRole('button').click()
    await expect(dialog).toHaveCount(0)
    await expect(transcript.locator('[aria-current="true"]')).toContainText('forty-nine')
    await expect(banner).toBeVisible()
    await pictures(page, 'call')
    expect(await violationsOf(page)).toEqual([])

    // The command line tells the same.
    const told = await earmark(workspace, 'show', callId, '--changes')
    expect(told).toContain('since Ana Ortiz reviewed on')
    expect(told).toContain('turn 0, agent (added)')
    expect(told).toContain('- So when do I get my money back?')
    expect(told).toContain('+ 12')
    const { count } = JSON.parse(await earmark(workspace, '--json', 'show', callId, '--changes'))
    expect(count).toBe((await ask(page, 'calls', 'changes', { callId, reviewer: 'Ana Ortiz' })).count)
    expect(await earmark(workspace, 'show', callId, '--revisions')).toMatch(/call in full/)

    // The lost one is placed by hand, which can be taken back.
    await transcript.getByText('The refund will be on your account').click()
    await page.keyboard.press('Space')
    await lost.getByRole('button', { name: 'Place it here' }).click()
    await expect(lost).toHaveCount(0)
    const placed = panel.getByRole('article').filter({ hasText: 'Impatient' })
    await expect(placed).toContainText('The refund will be on your account')
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect(lost).toContainText('So when do I get my money back?')

    // Seen: the flag goes, from the call, the list and the command line.
    await banner.getByRole('button', { name: 'Show' }).click()
    await dialog.getByRole('button', { name: 'Got it' }).click()
    await expect(banner).toHaveCount(0)
    await expect(page.getByText('0 calls', { exact: true })).toBeVisible()
    expect(await earmark(workspace, 'show', callId, '--changes')).toContain(
      'No difference since Ana Ortiz last saw',
    )
    // axe puts a style element of its own into the page, which the policy refuses, as it should.
    problems.length = 0
  } finally {
    await prosper.close()
  }
})
