import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { filesWith } from './files-with'
import { ask, connectVendor, type Earmark, expect, openConnectForm, ROOT, test } from './fixtures'
import { startMalakaiSimulator, startProsperSimulator } from './vendors'

/*
 * Canaries: secrets that stand nowhere else in the world. Whatever goes wrong, no file that the application wrote holds
 * one, in any of the ways in which it could be written.
 */

const KEY = 'canary-prosper-7f3a91c4d2e85b60'
const MALAKAI_KEY = 'canary-malakai-1b8e44f09c7d2a35'
const TOKEN = 'canary-token-c05d9be2718f46a3'

/** A text as it could have been written: plain, in two bytes a character, in base64, encoded for an address. */
function spellings(secret: string): string[] {
  const inBase64 = [0, 1, 2].map((shift) => {
    const encoded = Buffer.from('x'.repeat(shift) + secret).toString('base64')
    // What stands at either end depends on its neighbours.
    return encoded.slice(shift === 0 ? 0 : 4, -4)
  })
  return [secret, [...secret].join('\0'), ...inBase64, Buffer.from(secret).toString('hex')]
}

const SPELLINGS = [KEY, MALAKAI_KEY, TOKEN].flatMap(spellings)

/** Which files below the folder hold a secret, after it was shown that planted ones are found in each spelling. */
function leaksIn(folder: string): string[] {
  const planted = SPELLINGS.map((spelling, at) => {
    const file = join(folder, `planted-canary-${at}.bin`)
    writeFileSync(file, Buffer.concat([Buffer.from([0, 1, 2]), Buffer.from(`"${spelling}"`)]))
    return file
  })
  const found = filesHolding(folder)
  for (const file of planted) rmSync(file)
  expect(planted.filter((file) => !found.includes(file))).toEqual([])
  return found.filter((file) => !planted.includes(file))
}

/** A file's bytes; none of one that was renamed since it was listed (see `filesWith`). */
function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.of()
    throw error
  }
}

/** grep takes no NUL in a pattern: two bytes a character are looked for one file after the other. */
function filesHolding(folder: string): string[] {
  const wide = SPELLINGS.filter((text) => text.includes('\0')).map((text) => Buffer.from(text))
  const narrow = SPELLINGS.filter((text) => !text.includes('\0'))
  const all = filesWith(folder, [''])
  const inWide = all.filter((file) => {
    const bytes = bytesOf(file)
    return wide.some((secret) => bytes.includes(secret))
  })
  return [...filesWith(folder, narrow), ...inWide]
}

const outcomes = async ({ page }: Earmark) =>
  (await ask(page, 'connections', 'list', {})).map(({ lastRun }) => lastRun?.outcome ?? null)

const syncAll = async (earmark: Earmark, wanted: readonly (string | null)[]): Promise<void> => {
  for (const { id } of await ask(earmark.page, 'connections', 'list', {}))
    await ask(earmark.page, 'sync', 'start', { connectionId: id })
  await expect
    .poll(async () => (await ask(earmark.page, 'sync', 'status', {})).length, { timeout: 30_000 })
    .toBe(0)
  expect(await outcomes(earmark)).toEqual(wanted)
}

test('no file holds a secret after connecting, syncing, every kind of failure, a crash and a kill', async ({
  launch,
  workspace,
}) => {
  test.setTimeout(180_000)
  const prosper = await startProsperSimulator({ calls: 30, campaigns: ['abc123'], apiKey: KEY })
  const malakai = await startMalakaiSimulator({
    calls: 12,
    campaigns: ['inbound'],
    apiKey: MALAKAI_KEY,
    accessToken: TOKEN,
  })
  const folder = dirname(workspace)
  const setFaults = (faults: Parameters<typeof prosper.setFaults>[0]) => {
    prosper.setFaults(faults)
    malakai.setFaults(faults)
  }
  try {
    let earmark = await launch()
    // Everything that the application writes lies below the test's own folder, dumps and logs included.
    const places = await earmark.electron.evaluate(({ app }) =>
      (['userData', 'sessionData', 'crashDumps', 'logs'] as const).map((name) => app.getPath(name)),
    )
    for (const place of places) expect(place.startsWith(folder), place).toBe(true)
    await openConnectForm(earmark.page)
    await connectVendor(earmark.page, {
      vendor: 'Prosper AI',
      name: 'Renewals',
      url: prosper.url,
      campaigns: 'abc123',
      apiKey: KEY,
    })
    await earmark.page.getByRole('dialog').getByRole('button', { name: 'Connect a vendor' }).click()
    await connectVendor(earmark.page, {
      vendor: 'Malakai',
      name: 'Inbound',
      url: malakai.url,
      campaigns: 'inbound',
      apiKey: MALAKAI_KEY,
      accessToken: TOKEN,
    })
    await earmark.page.keyboard.press('Escape')
    await expect(earmark.page.getByRole('dialog')).toHaveCount(0)
    expect(leaksIn(folder), 'after connecting').toEqual([])

    await syncAll(earmark, ['done', 'done'])
    expect(leaksIn(folder), 'after a sync').toEqual([])

    for (const fault of ['401-always', 'html-always', 'echo-refusal', 'redirect-away'] as const) {
      setFaults([fault])
      await syncAll(earmark, ['failed', 'failed'])
      expect(leaksIn(folder), `after ${fault}`).toEqual([])
    }
    // Answers that repeat what was sent, as calls and as failures in between.
    setFaults(['echo-answer'])
    await syncAll(earmark, ['done', 'done'])
    setFaults([{ name: 'reset-mid-body', times: 2 }])
    await syncAll(earmark, ['done', 'done'])
    expect(leaksIn(folder), 'after answers that repeat the secrets, and resets').toEqual([])

    // A crash of the whole program while a sync waits for its answer: the secret is in its memory.
    const crash = async (end: (running: Earmark) => Promise<void>, what: string) => {
      setFaults(['stalled-body'])
      const [first] = await ask(earmark.page, 'connections', 'list', {})
      const asked = prosper.requestCount + malakai.requestCount
      await ask(earmark.page, 'sync', 'start', { connectionId: first?.id ?? '' })
      await expect.poll(() => prosper.requestCount + malakai.requestCount).toBeGreaterThan(asked)
      const ended = once(earmark.electron.process(), 'exit')
      await end(earmark)
      await ended
      expect(leaksIn(folder), what).toEqual([])
      setFaults([])
      earmark = await launch()
    }
    await crash(async ({ electron }) => {
      await electron.evaluate(() => process.crash()).catch(() => undefined)
    }, 'after a crash')
    await crash(async (running) => running.kill(), 'after kill -9')
    await syncAll(earmark, ['done', 'done'])
    expect(leaksIn(folder), 'in the end').toEqual([])
    // The workspace was looked through, and not something else.
    expect(filesWith(folder, [prosper.url]).length).toBeGreaterThan(0)
  } finally {
    await Promise.allSettled([prosper.close(), malakai.close()])
  }
})

test('no file and no output holds a secret after the command line has connected, synced, failed and died', async () => {
  test.setTimeout(90_000)
  const folder = mkdtempSync(join(tmpdir(), 'earmark-canary-'))
  const simulator = await startProsperSimulator({ calls: 30, apiKey: KEY, campaigns: ['abc123'] })
  let said = ''
  const start = (args: readonly string[]): ChildProcess => {
    const child = spawn(process.execPath, [join(ROOT, 'out', 'main', 'cli.js'), ...args], {
      env: {
        PATH: process.env.PATH ?? '',
        HOME: folder,
        XDG_DATA_HOME: join(folder, 'data'),
        EARMARK_WORKSPACE: join(folder, 'workspace'),
        EARMARK_API_KEY: KEY,
      },
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
    return child
  }
  const earmark = async (...args: string[]): Promise<number | null> => {
    const [code] = await once(start([...args, '--secrets-from-env', '--json']), 'close')
    return typeof code === 'number' ? code : null
  }
  try {
    const account = ['--name', 'A', '--url', simulator.url, '--campaign', 'abc123']
    expect(await earmark('connect', 'prosper', ...account)).toBe(0)
    expect(await earmark('sync', 'A')).toBe(0)
    for (const fault of ['401-always', 'html-always', 'echo-refusal', 'echo-failure'] as const) {
      simulator.setFaults([{ name: fault, times: 20 }])
      expect(await earmark('sync', 'A'), fault).toBe(1)
    }
    simulator.setFaults(['echo-answer', { name: 'reset-mid-body', times: 2 }])
    expect(await earmark('sync', 'A')).toBe(0)
    simulator.setFaults(['stalled-body'])
    const asked = simulator.requestCount
    const child = start(['sync', 'A', '--secrets-from-env', '--json'])
    await expect.poll(() => simulator.requestCount).toBeGreaterThan(asked)
    child.kill('SIGABRT')
    await once(child, 'exit')
    expect(leaksIn(folder)).toEqual([])
    for (const spelling of SPELLINGS) expect(said).not.toContain(spelling)
    expect(said).toContain('[secret]')
    expect(filesWith(folder, [simulator.url]).length).toBeGreaterThan(0)
  } finally {
    await simulator.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
})
