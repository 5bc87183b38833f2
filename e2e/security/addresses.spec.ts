import { renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ask, expect, openSample, test } from '../fixtures'
import { archivedFile } from './archived'
import { hostileAddresses } from './hostile-addresses'
import { oneWindow } from './window'

const CANARY = 'canary-outside-3f9b1c'
/** What stands in files outside that an address could lead to, and in none of the page's own. */
const OUTSIDE = [CANARY, 'SQLite format 3', 'root:x:0:0', '"productName"', 'startApplication', 'PATH=/']

let canary = ''
let callId = ''
const opened = oneWindow(async ({ page }, workspace) => {
  canary = join(dirname(workspace), 'outside.txt')
  writeFileSync(canary, CANARY)
  await openSample(page)
  const { hits } = await ask(page, 'search', 'page', {
    query: 'has:recording',
    cursor: null,
    limit: 1,
    sort: 'date',
  })
  callId = hits[0]?.id ?? ''
  expect(callId).toMatch(/^[a-z2-7]{16}$/)
})

test('no spelling of an address reads a file outside: asked by the session', async () => {
  const { electron } = opened().earmark
  const addresses = hostileAddresses(canary, callId)
  expect(addresses.length).toBeGreaterThanOrEqual(200)
  const answers = await electron.evaluate(
    async ({ session }, { asked, outside }) => {
      const index = await (await session.defaultSession.fetch('app://earmark/index.html')).text()
      const withoutNonce = (text: string) => text.replace(/nonce[^>]*/g, '')
      const all: { address: string; status: number; leaks: string[]; isIndex: boolean; type: string }[] = []
      for (const address of asked) {
        try {
          const answer = await session.defaultSession.fetch(address)
          const text = Buffer.from(await answer.arrayBuffer()).toString('latin1')
          all.push({
            address,
            status: answer.status,
            leaks: outside.filter((one) => text.includes(one)),
            isIndex: withoutNonce(text) === withoutNonce(Buffer.from(index).toString('latin1')),
            type: answer.headers.get('content-type') ?? '',
          })
        } catch {
          all.push({ address, status: 0, leaks: [], isIndex: false, type: '' })
        }
      }
      return all
    },
    { asked: addresses, outside: OUTSIDE },
  )
  expect(answers.length).toBe(addresses.length)
  expect(answers.filter(({ leaks }) => leaks.length > 0)).toEqual([])
  // What is answered is the page itself or that call's recording: the address meant them after all.
  const others = answers.filter(
    ({ status, isIndex, type }) =>
      status !== 0 && status !== 404 && !isIndex && !(status === 200 && type.startsWith('audio/')),
  )
  expect(others).toEqual([])
  console.log(
    `${addresses.length} addresses: ${answers.filter(({ status }) => status === 404).length} not found, ` +
      `${answers.filter(({ status }) => status === 0).length} no address, ` +
      `${answers.filter(({ isIndex }) => isIndex).length} the page, ` +
      `${answers.filter(({ type }) => type.startsWith('audio/')).length} that recording; 0 read outside`,
  )
})

test('no spelling of an address reads a file outside: asked by the page, as picture and as sound', async () => {
  test.setTimeout(120_000)
  const { page } = opened().earmark
  const addresses = hostileAddresses(canary, callId)
  const loaded = await page.evaluate(async (asked) => {
    const loaded: string[] = []
    const ask = (name: 'img' | 'audio', src: string) =>
      new Promise<void>((done) => {
        const element = document.createElement(name)
        const end = (isLoaded: boolean) => {
          if (isLoaded) loaded.push(`${name} ${src}`)
          element.removeAttribute('src')
          if (element instanceof HTMLAudioElement) element.load()
          done()
        }
        element.addEventListener(name === 'img' ? 'load' : 'loadedmetadata', () => end(true), { once: true })
        element.addEventListener('error', () => end(false), { once: true })
        element.src = src
      })
    for (const src of asked) {
      await Promise.all([
        ask('img', src),
        ask('audio', src),
        fetch(src).then(
          () => loaded.push(`fetch ${src}`),
          () => undefined,
        ),
      ])
    }
    return loaded
  }, addresses)
  // A recording is played under its own address alone; a page is no picture.
  for (const one of loaded)
    expect(one).toMatch(new RegExp(`^audio app://earmark/(?:.*/)?recordings/{1,2}${callId}(?:[?#].*)?$`))
})

test('a recording that is a link to a file outside is not there', async () => {
  const { earmark, workspace } = opened()
  const { page, electron } = earmark
  const status = async () =>
    electron.evaluate(async ({ session }, address) => {
      const answer = await session.defaultSession.fetch(address)
      await answer.arrayBuffer()
      return answer.status
    }, `app://earmark/recordings/${callId}`)
  expect(await status()).toBe(200)
  const file = archivedFile(workspace, callId)
  renameSync(file, `${file}.aside`)
  symlinkSync(canary, file)
  expect(await status()).toBe(404)
  const peaks = await page.evaluate(
    (id) =>
      (globalThis as unknown as { earmark: { invoke(...args: unknown[]): unknown } }).earmark.invoke(
        'recordings',
        'peaks',
        { callId: id },
      ),
    callId,
  )
  expect(peaks).toMatchObject({ ok: false, code: 'recording_missing' })
})
