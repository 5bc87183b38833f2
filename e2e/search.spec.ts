import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import {
  answerOpenDialog,
  applicationCommand,
  ask,
  audioState,
  callRow,
  expect,
  openSample,
  searchFor,
  test,
} from './fixtures'
import { expectAccessible, look } from './look'

/** Finding calls in the real window, by the keyboard alone where that is the point. */

const box = (page: Page) => page.getByRole('combobox', { name: 'Search calls' })
const options = (page: Page) => page.getByRole('option')
const transcript = (page: Page) => page.getByRole('region', { name: 'Transcript' })

/** Prosper's detail answers with these texts, as a file to import. */
function callsFile(folder: string, name: string, texts: readonly string[], firstId = 1): string {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, name)
  const lines = texts.map((text, i) =>
    JSON.stringify({
      call_log_id: firstId + i,
      status: i % 2 === 0 ? 'completed' : 'No answer',
      created_at: new Date(Date.UTC(2026, 2, 1, 0, firstId + i)).toISOString(),
      duration: 60 + i,
      transcript: text
        .split('|')
        .map((said, k) => ({ speaker: k % 2 ? 'user' : 'agent', text: said, timestamp: k })),
    }),
  )
  writeFileSync(file, lines.join('\n'))
  return file
}

async function importCalls(page: Page, electron: Parameters<typeof answerOpenDialog>[0], file: string) {
  await answerOpenDialog(electron, [file])
  await ask(page, 'workspace', 'importFiles', {})
  await expect(callRow(page).first()).toBeVisible()
}

test('fields and values are completed by keys, and a plain search keeps its Enter', async ({ launch }) => {
  const { page, problems } = await launch()
  await openSample(page)
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.keyboard.press('/')
  await box(page).pressSequentially('sta')
  await expect(options(page)).toHaveText([/^status:/])
  await look(page, 'complete-field')
  await page.keyboard.press('Tab')
  await expect(box(page)).toHaveValue('status:')
  await expect(box(page)).toBeFocused()
  // Faster than the offers of the last letter come.
  await box(page).fill('st')
  await expect(options(page)).toHaveText([/^status:/])
  for (const key of ['a', 't', 'Tab']) void page.keyboard.press(key)
  await expect(box(page)).toHaveValue('status:')
  await expect(box(page)).toBeFocused()
  await expect(options(page).filter({ hasText: 'completed' })).toBeVisible()
  const counts = await options(page).allTextContents()
  await look(page, 'complete-value')
  await expectAccessible(page)
  problems.length = 0
  await page.keyboard.press('ArrowDown')
  await expect(options(page).first()).toHaveAttribute('aria-selected', 'true')
  await page.keyboard.press('Enter')
  const taken = await box(page).inputValue()
  expect(taken).toMatch(/^status:\S+ $/)
  // As many as the list said.
  const { total } = await ask(page, 'search', 'count', { query: taken })
  expect(counts[0]).toContain(String(total))
  await expect(page.getByText(`${total} calls`, { exact: true })).toBeVisible()
  await expect(page.getByRole('list', { name: 'Active filters' }).getByRole('listitem')).toHaveCount(1)

  // Nothing is chosen in the list: Enter is for the search.
  await box(page).fill('')
  await box(page).pressSequentially('da')
  await expect(options(page).first()).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(options(page)).toHaveCount(0)
  await expect(box(page)).toHaveValue('da')
  await page.keyboard.press('Enter')
  await expect(transcript(page)).toBeVisible()
})

test('the whole language finds in the window, and a problem is marked and said', async ({ launch }) => {
  const { page, problems } = await launch()
  await openSample(page)
  for (const query of [
    'house OR flat ',
    'NEAR(buy house, 5) ',
    'speaker:caller house ',
    '(house OR appointment) -voicemail ',
  ])
    await searchFor(page, query)
  await box(page).fill('house score:abc nosuch:1 NEAR(buy house, 3) "a house" OR status:completed ')
  const said = page.getByRole('status', { name: 'What the search could not understand' })
  await expect(said).toContainText('Expected a number')
  await expect(said).toContainText('There is no filter "nosuch:"')
  await expect(box(page)).toHaveAttribute('aria-invalid', 'true')
  await expect(page.locator('.search-part-problem')).toHaveText(['score:abc', 'nosuch:1'])
  await page.setViewportSize({ width: 960, height: 640 })
  await look(page, 'problems')
  await page.waitForFunction(() => document.getAnimations().every((one) => one.playState === 'finished'))
  await expectAccessible(page)
  problems.length = 0
  await box(page).fill('zzzzzz ')
  await expect(page.getByText('No calls found')).toBeVisible()
  await look(page, 'nothing')
})

test('n and Shift+N walk through the matches of a call, also while it plays', async ({ launch }) => {
  const { page, problems } = await launch()
  await openSample(page)
  await page.setViewportSize({ width: 1280, height: 800 })
  await searchFor(page, 'house ')
  await callRow(page).first().click()
  const current = transcript(page).locator('.mark-current')
  await expect(current).toHaveCount(1)
  const count = page.getByText(/^\d+ of \d+$/)
  const total = Number((await count.textContent())?.split(' of ')[1])
  expect(total).toBeGreaterThan(1)
  await page.keyboard.press('n')
  await expect(count).toHaveText(new RegExp(`^2 of ${total}$`))
  await expect(current).toBeInViewport()
  await look(page, 'walk')
  await expectAccessible(page)
  problems.length = 0
  await page.keyboard.press('Shift+N')
  await page.keyboard.press('Shift+N')
  await expect(count).toHaveText(`${total} of ${total}`)
  await page.keyboard.press('n')
  await expect(count).toHaveText(`1 of ${total}`)

  await page.getByRole('button', { name: 'Play', exact: true }).click()
  await expect.poll(async () => (await audioState(page)).currentTime).toBeGreaterThan(0.1)
  const before = (await audioState(page)).currentTime
  await page.keyboard.press('n')
  await expect(count).toHaveText(`2 of ${total}`)
  const state = await audioState(page)
  expect(state.paused).toBe(false)
  expect(state.currentTime).toBeGreaterThanOrEqual(before)
  // Letters that are typed are letters.
  await page.keyboard.press('/')
  await page.keyboard.type('n')
  await expect(box(page)).toHaveValue('n')
})

test('the order is chosen by key and remembered', async ({ launch }) => {
  const { page } = await launch()
  await openSample(page)
  await page.keyboard.press('o')
  await page.keyboard.press('o')
  await expect(page.getByRole('button', { name: /Longest first/ })).toBeVisible()
  const { hits } = await ask(page, 'search', 'page', { query: '', sort: 'duration' })
  await expect(callRow(page).first()).toHaveAttribute('id', `row-${hits[0]?.id}`)
  await page.reload()
  await expect(page.getByRole('button', { name: /Longest first/ })).toBeVisible()
  await expect(callRow(page).first()).toHaveAttribute('id', `row-${hits[0]?.id}`)
})

test('a search is saved, pinned with a live count, renamed, removed and brought back', async ({
  launch,
  workspace,
}) => {
  const { page, electron, problems } = await launch()
  const folder = join(workspace, '..', 'files')
  await importCalls(page, electron, callsFile(folder, 'a.jsonl', ['We refund it', 'Nothing', 'refund again']))
  await page.setViewportSize({ width: 1280, height: 800 })
  await box(page).fill('refund ')
  await page.keyboard.press('Control+s')
  const dialog = page.getByRole('dialog')
  await dialog
    .getByRole('textbox', { name: 'Name' })
    .fill('Refunds that were promised on the phone by somebody in a hurry')
  await look(page, 'save')
  await page.keyboard.press('Enter')
  await expect(dialog).toHaveCount(0)
  const pinned = page.getByRole('list', { name: 'Pinned searches' }).getByRole('button')
  await expect(pinned).toHaveText(/Refunds that were promised.*2/)
  await expect(pinned).toHaveAttribute('aria-pressed', 'true')
  await box(page).fill('')
  await importCalls(page, electron, callsFile(folder, 'b.jsonl', ['one more refund'], 50))
  await expect(pinned).toHaveText(/3/)
  await expect(pinned).toHaveAttribute('aria-pressed', 'false')
  await box(page).blur()
  // The screen without a call has no main heading.
  await callRow(page).first().click()
  await expect(transcript(page)).toBeVisible()
  await look(page, 'pinned')
  await expectAccessible(page)
  await pinned.click()
  await expect(box(page)).toHaveValue('refund')
  await expect(page.getByRole('navigation', { name: 'Find' }).getByRole('status')).toHaveText('3 calls')

  await page.getByRole('button', { name: 'Saved searches' }).click()
  await page.getByRole('menuitem', { name: 'Saved searches' }).click()
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Refunds')
  await page.keyboard.press('Enter')
  await expect(dialog.getByRole('button', { name: 'Remove Refunds' })).toBeVisible()
  await look(page, 'saved')
  await expectAccessible(page)
  problems.length = 0
  await dialog.getByRole('button', { name: 'Remove Refunds' }).click()
  await expect(dialog.getByText('No saved searches')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(pinned).toHaveCount(0)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(pinned).toHaveText(/Refunds.*3/)
})

test('searches that were used are offered in the empty box, and can be forgotten', async ({ launch }) => {
  const { page } = await launch()
  await openSample(page)
  await searchFor(page, 'appointment ')
  await callRow(page).first().click()
  await expect.poll(async () => (await ask(page, 'searches', 'list', {})).recent.length).toBe(1)
  await page.keyboard.press('/')
  await page.keyboard.press('Delete')
  await expect(options(page)).toHaveText(['appointment'])
  await look(page, 'recent')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(box(page)).toHaveValue('appointment')
  await expect(options(page)).toHaveCount(0)
  await box(page).fill('')
  await page.getByRole('button', { name: 'Forget them' }).click()
  await expect(options(page)).toHaveCount(0)
  expect((await ask(page, 'searches', 'list', {})).recent).toEqual([])
})

/** Starts a second Earmark with a link, as the system does; it hands the link over and ends. */
const followLink = (workspace: string, link: string) =>
  new Promise<void>((resolve, reject) => {
    const { executable, first } = applicationCommand()
    const second = spawn(executable, [...first, '--workspace', workspace, link], {
      env: { ...process.env, XDG_DATA_HOME: `${workspace}-data` },
      stdio: 'ignore',
    })
    second.once('exit', () => resolve())
    second.once('error', reject)
  })

test('links lead into the application, from its start and later, and nowhere else', async ({
  launch,
  workspace,
}) => {
  const first = await launch()
  await openSample(first.page)
  const { hits } = await ask(first.page, 'search', 'page', { query: '"want to buy a house" has:recording' })
  const id = hits[0]?.id ?? ''
  await first.close()

  const { page } = await launch({ args: [`earmark://call/${id}?t=12.5`] })
  await expect(transcript(page)).toBeVisible()
  await expect.poll(async () => (await audioState(page)).currentTime).toBeCloseTo(12.5, 1)
  await page.keyboard.press('y')
  await expect(page.getByText(`earmark://call/${id}?t=12.5`)).toBeVisible()

  await followLink(workspace, 'earmark://search?q=house%20-voicemail')
  await expect(box(page)).toHaveValue('house -voicemail ')
  await box(page).blur()
  await page.keyboard.press('Shift+Y')
  await expect(page.getByText('earmark://search?q=house%20-voicemail')).toBeVisible()

  await followLink(workspace, 'earmark://call/aaaaaaaaaaaaaaaa')
  await expect(page.getByText('This call is not in this workspace')).toBeVisible()
  await look(page, 'unknown-link')
  await followLink(workspace, 'earmark://open?file=/etc/passwd')
  await expect(page.getByText('This link leads nowhere')).toBeVisible()
  expect(page.url()).toMatch(/^app:/)
  await expect(transcript(page)).toBeVisible()
})

test('calls that are worded alike are one key away', async ({ launch, workspace }) => {
  const { page, electron, problems } = await launch()
  const story = 'The plumber flooded our basement and ruined the carpet'
  await importCalls(
    page,
    electron,
    callsFile(join(workspace, '..', 'files'), 'a.jsonl', [
      `Hello|${story}`,
      ...Array.from({ length: 40 }, (_, i) => `Hello|I call about my bill number ${i}`),
      `Good morning|Well ${story.toLowerCase()}, madam`,
    ]),
  )
  await page.setViewportSize({ width: 1280, height: 800 })
  await searchFor(page, 'plumber madam ')
  await callRow(page).first().click()
  await expect(transcript(page)).toContainText('Good morning')
  await page.keyboard.press('w')
  const found = page.getByRole('dialog').getByRole('list', { name: 'Similar calls' }).getByRole('button')
  await expect(found).toHaveCount(1)
  await expect(found).toContainText('basement')
  await look(page, 'similar')
  await expectAccessible(page)
  problems.length = 0
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(transcript(page).getByText(story)).toBeVisible()
})

test('End leads to the last of a long list, and Home back to the first', async ({ launch, workspace }) => {
  const { page, electron } = await launch()
  const texts = Array.from({ length: 1500 }, (_, i) => `call number ${i}`)
  await importCalls(page, electron, callsFile(join(workspace, '..', 'files'), 'a.jsonl', texts, 1001))
  await expect(page.getByText('1,500 calls', { exact: true }).first()).toBeVisible()
  await callRow(page).first().click()
  await page.keyboard.press('End')
  await expect(page.locator('[aria-posinset="1500"] button')).toBeFocused()
  await expect(transcript(page)).toContainText('call number 0')
  await look(page, 'end')
  await page.keyboard.press('PageUp')
  await expect(page.locator('[aria-current="true"].call-row')).toBeInViewport()
  await page.keyboard.press('Home')
  await expect(page.locator('[aria-posinset="1"] button')).toBeFocused()
  await expect(transcript(page)).toContainText('call number 1499')
  // A query's list grows to its true end.
  await box(page).fill('call ')
  await expect(callRow(page).first()).toContainText('call number')
  await callRow(page).first().focus()
  await expect(async () => {
    await page.keyboard.press('End')
    await expect(page.locator('[aria-posinset="1500"] button')).toBeFocused({ timeout: 500 })
  }).toPass()
})
