import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Page } from '@playwright/test'
import {
  answerOpenDialog,
  answerSaveDialog,
  ask,
  callRow,
  connectSimulator,
  type Earmark,
  expect,
  launchEarmark,
  test,
} from '../fixtures'
import { look } from '../look'
import { BUILT_IN_DIALOGUES, makeCalls, startProsperSimulator } from '../vendors'
import { startListener } from './listener'
import { hostileLinks, payloads } from './payloads'

/*
 * Whatever a vendor, a file, a link or a reviewer writes is text. Each of 100 texts that want to be programs goes through
 * sync and import, transcript, fields, search, annotations, names and links in the real window; none runs, none
 * leads anywhere, none makes a request.
 */

const TURNS_A_CALL = 5
/** As names may have them. */
const short = (text: string, length = 190) => text.replaceAll('\0', '').slice(0, length).trim() || 'x'
/** What is left of a text wherever it is shown: without white space and characters that steer. */
const bare = (text: string) => text.replace(/[\s\p{Cc}\p{Cf}\u2028\u2029]/gu, '')

interface Watch {
  navigations: string[]
  pages: string[]
  opened: string[]
  requests: string[]
}

/** Notes in the main process what no payload may cause. */
const watch = ({ electron }: Earmark) =>
  electron.evaluate(({ app, session, shell, BrowserWindow }) => {
    const seen: Watch = { navigations: [], pages: [], opened: [], requests: [] }
    Object.assign(globalThis, { watched: seen })
    const contents = BrowserWindow.getAllWindows()[0]?.webContents
    contents?.on('will-navigate', (event) => seen.navigations.push(event.url))
    contents?.on('will-frame-navigate', (event) => seen.navigations.push(event.url))
    contents?.on('did-navigate', (_event, url) => seen.navigations.push(url))
    app.on('web-contents-created', (_event, made) => seen.pages.push(made.getType()))
    shell.openExternal = async (url) => {
      seen.opened.push(url)
    }
    const follow = (one: Electron.Session) => {
      const note = ({ url }: { url: string }) => {
        if (!/^(app|devtools|blob):/.test(url)) seen.requests.push(url)
      }
      one.webRequest.onErrorOccurred(note)
      one.webRequest.onCompleted(note)
    }
    follow(session.defaultSession)
    app.on('session-created', follow)
  })

const watched = ({ electron }: Earmark): Promise<Watch> =>
  electron.evaluate(() => (globalThis as unknown as { watched: Watch }).watched)

const transcriptOf = (page: Page) => page.getByRole('region', { name: 'Transcript' })

test('no text of a vendor, a file, a link or a reviewer runs, leads away or makes a request', async () => {
  test.setTimeout(300_000)
  const listener = await startListener()
  const texts = payloads(listener.url)
  expect(texts.length).toBeGreaterThanOrEqual(100)
  expect(new Set(texts).size).toBe(texts.length)
  const calls = makeCalls({
    dialogues: BUILT_IN_DIALOGUES,
    count: Math.ceil(texts.length / TURNS_A_CALL),
    campaigns: ['abc123', short(texts[19] ?? '')],
  }).map((call, at) => {
    const own = texts.slice(at * TURNS_A_CALL, (at + 1) * TURNS_A_CALL)
    const [first = 'x', second = 'x'] = own
    return {
      ...call,
      person: first,
      turns: own.map((text, turn) => ({
        who: turn % 2 === 0 ? ('agent' as const) : ('caller' as const),
        text,
        atSec: turn * 2,
      })),
      changes: {
        outcome: first,
        status: short(second),
        next_steps: own,
        extracted_data: Object.fromEntries(own.map((text) => [text, text])),
        qa_results: {
          overall_score: 50,
          criteria: Object.fromEntries(own.map((text) => [text, { score: 1, comment: text }])),
        },
        [first]: second,
        ...(at % 4 === 0
          ? {
              recording_urls: [
                'javascript:globalThis.__executed=1',
                'file:///etc/passwd',
                'data:audio/mpeg;base64,SUQz',
              ],
            }
          : {}),
      },
    }
  })
  const simulator = await startProsperSimulator({
    calls,
    campaigns: ['abc123', short(texts[19] ?? '')],
    apiKey: 'key',
  })
  const { workspace, remove } = await temporaryPlace()
  const earmark = await launchEarmark(workspace)
  const { page, electron, problems } = earmark
  const dialogs: string[] = []
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  try {
    await watch(earmark)

    // By the vendor.
    const name = short(texts[20] ?? '', 95)
    const connectionId = await connectSimulator(page, simulator, name)
    await ask(page, 'sync', 'start', { connectionId })
    await expect.poll(async () => (await ask(page, 'sync', 'status', {})).length, { timeout: 60_000 }).toBe(0)

    // By files with such names, and such ids.
    const folder = join(dirname(workspace), '<img src=x onerror=globalThis.__executed=1>')
    mkdirSync(folder)
    const id = '"><img src=x onerror=globalThis.__executed=1>'
    const file = join(folder, `${id}.json`)
    writeFileSync(
      file,
      JSON.stringify([
        {
          call_log_id: id,
          status: id,
          created_at: '2026-03-01T10:00:00Z',
          duration: 4,
          transcript: texts.map((text) => ({ speaker: text, text })),
        },
        { call_log_id: { [id]: id }, status: 7 },
        id,
      ]),
    )
    writeFileSync(join(folder, `${id}.mp3`), `<script>globalThis.__executed=1</script>`)
    await answerOpenDialog(electron, [file])
    await ask(page, 'workspace', 'importFiles', {})
    const { total } = await ask(page, 'search', 'count', { query: '' })
    expect(total).toBe(calls.length + 1)

    // By a reviewer: on each call, each of its texts as label, comment, name, quote and search.
    const { hits } = await ask(page, 'search', 'page', { query: '', cursor: null, limit: 200, sort: 'date' })
    let written = 0
    for (const { id: callId } of hits) {
      const { turns } = await ask(page, 'calls', 'get', { callId })
      for (const [turnIndex, turn] of turns.entries()) {
        if (turn.text === '') continue
        const text = texts[written % texts.length] ?? 'x'
        await ask(page, 'annotations', 'create', {
          id: randomUUID(),
          callId,
          place: { kind: 'quote', turnIndex, quote: turn.text, quoteStart: 0, quoteEnd: turn.text.length },
          label: short(text),
          severity: 'major',
          comment: text,
          reviewer: short(text),
        })
        written += 1
      }
    }
    expect(written).toBeGreaterThanOrEqual(texts.length * 2)
    await ask(page, 'reviews', 'changeSettings', { reviewer: short(texts[19] ?? '') })
    for (const [at, text] of texts.entries()) {
      await ask(page, 'searches', 'noteRecent', { query: text.replaceAll('\0', '') })
      if (at % 10 === 0)
        await ask(page, 'searches', 'save', {
          id: randomUUID(),
          name: short(text, 90),
          query: text.replaceAll('\0', ''),
          sort: 'date',
          isPinned: true,
        })
    }

    // Every call is opened, with everything that is shown of it.
    await page.reload()
    await expect(callRow(page).first()).toBeVisible()
    await watchAgain(earmark)
    let shown = 0
    for (const hit of hits) {
      await followLink(earmark, `earmark://call/${hit.id}`)
      const call = await ask(page, 'calls', 'get', { callId: hit.id })
      const transcript = transcriptOf(page)
      const [firstTurn] = call.turns
      if (firstTurn)
        await expect
          .poll(async () => bare((await transcript.textContent()) ?? ''))
          .toContain(bare(firstTurn.text))
      if (call.turns.length <= TURNS_A_CALL) {
        const text = bare((await transcript.textContent()) ?? '')
        for (const turn of call.turns) expect(text, 'is shown as it was said').toContain(bare(turn.text))
        shown += call.turns.length
      }
      await expect(
        page.getByRole('region', { name: 'Annotations' }).getByRole('article').first(),
      ).toBeVisible()
      await page
        .getByRole('button', { name: 'Raw record' })
        .click({ timeout: 2000 })
        .catch(() => undefined)
      await page.keyboard.press('Escape')
    }
    expect(shown).toBeGreaterThanOrEqual(100)
    await look(page, 'payloads-call')

    // In the search box, with what it offers, and in every dialog that shows names.
    const box = page.getByRole('combobox', { name: 'Search calls' })
    for (const text of texts) {
      await box.fill(text.replaceAll('\0', ''))
      await ask(page, 'search', 'count', { query: text.replaceAll('\0', '') })
    }
    await box.fill('<script>')
    await look(page, 'payloads-search')
    await box.fill('"><img src=x onerror=globalThis.__executed=1> $t(app.name)')
    await page.keyboard.press('Control+e')
    await expect(page.getByRole('dialog')).toBeVisible()
    await look(page, 'payloads-export')
    await answerSaveDialog(electron, join(folder, 'out.csv'))
    await page.keyboard.press('Escape')
    for (const what of ['annotations', 'calls'] as const)
      await ask(page, 'exports', 'save', { what, query: null, bom: true, raw: true })
    await box.fill('')
    await page.keyboard.press('Escape')
    for (const [key, picture] of [
      ['Control+Shift+c', 'connections'],
      ['Control+k', 'palette'],
      ['Control+,', 'settings'],
    ] as const) {
      await page.keyboard.press(key)
      await expect(page.getByRole('dialog').first()).toBeVisible()
      if (picture === 'palette') await page.keyboard.type('<img src=x onerror=alert(1)>')
      await look(page, `payloads-${picture}`)
      await page.keyboard.press('Escape')
      await page.keyboard.press('Escape')
      await expect(page.getByRole('dialog')).toHaveCount(0)
    }
    await electron.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.send('earmark:event', {
        type: 'command',
        id: 'workspace.quarantine',
      }),
    )
    await expect(page.getByRole('dialog')).toBeVisible()
    await look(page, 'payloads-quarantine')
    await page.keyboard.press('Escape')

    // By links, as the system hands them over.
    const links = hostileLinks(listener.url)
    for (const link of links) await followLink(earmark, link)
    expect(links.length).toBeGreaterThanOrEqual(100)
    await look(page, 'payloads-links')

    const seen = await watched(earmark)
    expect(seen).toEqual({ navigations: [], pages: [], opened: [], requests: [] })
    expect(dialogs).toEqual([])
    expect(await page.evaluate(() => '__executed' in globalThis || '__executed' in Object.prototype)).toBe(
      false,
    )
    expect(page.frames().length).toBe(1)
    expect(
      await page
        .locator('script:not([src^="./"]):not([src^="/"]), iframe, object, embed, webview, base, portal')
        .count(),
    ).toBe(0)
    expect(listener.requests).toEqual([])
    expect(listener.connections()).toBe(0)
    // Nothing was reported either: no policy had to hold anything back.
    expect(problems).toEqual([])
    console.log(
      `${texts.length} texts: ${shown} turns and ${written} annotations shown, ${links.length} links followed; ` +
        '0 executions, 0 navigations, 0 windows, 0 requests',
    )
  } finally {
    await earmark.close()
    await Promise.allSettled([simulator.close(), listener.close()])
    remove()
  }
})

async function temporaryPlace(): Promise<{ workspace: string; remove: () => void }> {
  const { mkdtempSync, rmSync } = await import('node:fs')
  const { tmpdir } = await import('node:os')
  const folder = mkdtempSync(join(tmpdir(), 'earmark-e2e-'))
  return {
    workspace: join(folder, 'workspace'),
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}

/** As a second start of the program hands it over; answered when the page has taken it in. */
async function followLink({ electron, page }: Earmark, link: string): Promise<void> {
  await electron.evaluate(({ app }, given) => {
    app.emit('second-instance', {}, ['earmark', '--flag', given], '/')
  }, link)
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
}

/** The reload itself was a navigation, and ours. */
const watchAgain = ({ electron }: Earmark) =>
  electron.evaluate(() => {
    const { watched } = globalThis as unknown as { watched: Watch }
    if (watched.requests.length + watched.pages.length + watched.opened.length === 0)
      watched.navigations.length = 0
  })
