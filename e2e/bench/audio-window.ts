/** What a reviewer waits for with long recordings, in the real window; and wavesurfer without stored peaks beside it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { answerOpenDialog, ask, type Earmark, launchEarmark, ROOT } from '../application'
import { quantile } from './workspaces'

const say = (label: string, value: string) => console.log(`${label.padEnd(60)}  ${value}`)
const stem = (file: string): string => file.replace(/\.\w+$/, '')

interface Options {
  readonly folder: string
  /** Names in `folder`. */
  readonly files: readonly string[]
  readonly seconds: number
  readonly seeks: number
}

/** Opens a workspace with one call a recording and measures it. */
export async function benchAudioWindow({ folder, files, seconds, seeks }: Options): Promise<void> {
  const earmark = await launchEarmark(join(folder, 'workspace'))
  try {
    console.log(`\nIn the window, ${seconds / 60} minutes each`)
    const { page } = earmark
    const calls = await importFiles(earmark, folder, files, seconds)
    for (const file of files) {
      const call = calls.get(file) ?? ''
      const { firstSoundMs } = await openAndPlay(page, call)
      say(`${file}: time to first sound, no peaks stored`, `${firstSoundMs.toFixed(0)} ms`)
      const startMs = performance.now()
      const { durationSec } = await ask(page, 'recordings', 'peaks', { callId: call })
      const sec = (performance.now() - startMs) / 1000
      say(
        `${file}: peaks of ${durationSec.toFixed(1)} s there after (others may be before it)`,
        `${sec.toFixed(1)} s`,
      )
    }
    say('memory, largest so far', await memory(earmark))
    for (const file of files) {
      const opened: number[] = []
      const sounded: number[] = []
      for (let n = 0; n < 5; n++) {
        const other = files[(files.indexOf(file) + 1) % files.length] ?? ''
        await openAndPlay(page, calls.get(other) ?? '')
        const { waveformMs, firstSoundMs } = await openAndPlay(page, calls.get(file) ?? '')
        opened.push(waveformMs)
        sounded.push(firstSoundMs)
      }
      say(`${file}: waveform from stored peaks, p50 / worst of 5`, pair(opened))
      say(`${file}: time to first sound, p50 / worst of 5`, pair(sounded))
      const times = await seekAround(page, seeks)
      say(
        `${file}: seek, p50 / p95 of ${times.length}`,
        `${quantile(times, 0.5).toFixed(0)} / ${quantile(times, 0.95).toFixed(0)} ms`,
      )
    }
    say('memory, largest so far', await memory(earmark))
    const [first = ''] = files
    await wavesurferAlone(earmark, join(folder, first))
  } finally {
    await earmark.close()
  }
}

const pair = (times: readonly number[]): string =>
  `${quantile([...times], 0.5).toFixed(0)} / ${Math.max(...times).toFixed(0)} ms`

async function importFiles(earmark: Earmark, folder: string, files: readonly string[], seconds: number) {
  const logs = files.map((file, n) => ({
    session_id: stem(file),
    call_sid: `CA${n}`,
    from: '+15555550100',
    number: '+15555550101',
    status: 'completed',
    call_duration: seconds,
    transcript: {
      conversation: Array.from({ length: 200 }, (_, turn) => ({
        role: turn % 2 ? 'user' : 'assistant',
        content: `Turn ${turn} of ${stem(file)} says a few words that a reviewer may want to read.`,
      })),
    },
  }))
  const file = join(folder, 'calls.json')
  writeFileSync(file, JSON.stringify({ responseCode: 2000, message: 'ok', data: { analytics: {}, logs } }))
  await answerOpenDialog(earmark.electron, [file])
  await ask(earmark.page, 'workspace', 'importFiles', {})
  const { hits } = await ask(earmark.page, 'search', 'page', { query: '', lane: 'bench' })
  const calls = new Map<string, string>()
  for (const { id } of hits) {
    const { externalId } = await ask(earmark.page, 'calls', 'get', { callId: id })
    const name = files.find((one) => stem(one) === externalId)
    if (name) calls.set(name, id)
  }
  return calls
}

/** Clicks the call in the list and plays; milliseconds from the click, within the page. */
async function openAndPlay(
  page: Page,
  callId: string,
): Promise<{ waveformMs: number; firstSoundMs: number }> {
  const position = await page.evaluate(async (id) => {
    const bridge = (window as unknown as { earmark: { invoke: (...args: unknown[]) => Promise<unknown> } })
      .earmark
    const answer = (await bridge.invoke('search', 'page', { query: '', lane: 'bench' })) as {
      value: { hits: { id: string }[] }
    }
    return answer.value.hits.findIndex((hit) => hit.id === id)
  }, callId)
  // The list is read again after each recording that has become ready.
  await page.waitForFunction(
    (n) => document.querySelectorAll('[aria-label="Calls"] li button').length > n,
    Math.max(0, position),
  )
  return page.evaluate(
    ([n, id]) =>
      new Promise<{ waveformMs: number; firstSoundMs: number }>((resolve, reject) => {
        const row = document.querySelectorAll<HTMLElement>('[aria-label="Calls"] li button')[n as number]
        if (!row) throw new Error('The call is not in the list.')
        const startMs = performance.now()
        let waveformMs = Number.NaN
        let asked = false
        row.click()
        const look = () => {
          const audio = document.querySelector('audio')
          const isOpen = audio?.currentSrc.endsWith(String(id)) ?? false
          const canvas = document.querySelector('.waveform-peaks > div')?.shadowRoot?.querySelector('canvas')
          if (Number.isNaN(waveformMs) && isOpen && canvas && canvas.width > 0)
            waveformMs = performance.now() - startMs
          if (audio && isOpen && !asked) {
            asked = true
            void audio.play()
          }
          if (audio && isOpen && audio.currentTime > 0.01 && performance.now() - startMs > 0) {
            const firstSoundMs = performance.now() - startMs
            audio.pause()
            const wait = () => {
              const drawn = document
                .querySelector('.waveform-peaks > div')
                ?.shadowRoot?.querySelector('canvas')
              if (drawn && drawn.width > 0 && Number.isNaN(waveformMs))
                waveformMs = performance.now() - startMs
              if (Number.isNaN(waveformMs) && performance.now() - startMs < 3000) requestAnimationFrame(wait)
              else {
                audio.currentTime = 0
                resolve({ waveformMs, firstSoundMs })
              }
            }
            wait()
          } else if (performance.now() - startMs > 20_000) reject(new Error('No sound within 20 s.'))
          else requestAnimationFrame(look)
        }
        look()
      }),
    [position, callId] as const,
  )
}

/** Milliseconds of each jump to a random place of the open recording. */
const seekAround = (page: Page, count: number): Promise<number[]> =>
  page.evaluate(async (times) => {
    const audio = document.querySelector('audio')
    if (!audio) throw new Error('There is no audio element.')
    let seed = 7
    const random = () => {
      seed = (seed * 48271) % 2147483647
      return seed / 2147483647
    }
    const took: number[] = []
    for (let n = 0; n < times; n++) {
      const startMs = performance.now()
      const there = new Promise((done) => audio.addEventListener('seeked', done, { once: true }))
      audio.currentTime = random() * audio.duration
      await there
      took.push(performance.now() - startMs)
    }
    return took
  }, count)

const memory = (earmark: Earmark): Promise<string> =>
  earmark.electron.evaluate(({ app }) =>
    app
      .getAppMetrics()
      .filter(({ type }) => type === 'Browser' || type === 'Tab')
      .map(({ type, memory: { peakWorkingSetSize, workingSetSize } }) => {
        const mb = Math.round((peakWorkingSetSize || workingSetSize) / 1024)
        return `${type === 'Tab' ? 'page' : 'main and workers'} ${mb} MB`
      })
      .join(', '),
  )

/** The same recording in wavesurfer as it comes: it fetches and decodes all of it. */
async function wavesurferAlone(earmark: Earmark, recording: string): Promise<void> {
  const files = new Map<string, [string, Buffer]>([
    ['/', ['text/html', Buffer.from('<div id="wave"></div>')]],
    [
      '/wavesurfer.js',
      ['text/javascript', readFileSync(join(ROOT, 'node_modules/wavesurfer.js/dist/wavesurfer.esm.js'))],
    ],
    ['/sound', ['audio/mpeg', readFileSync(recording)]],
  ])
  const server = createServer((request, response) => {
    const [type, bytes] = files.get(request.url ?? '') ?? ['text/plain', Buffer.from('')]
    response.writeHead(200, { 'content-type': type, 'content-length': bytes.length }).end(bytes)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const { ms, mb } = await earmark.electron.evaluate(async ({ app, BrowserWindow }, address) => {
      const window = new BrowserWindow({
        show: false,
        webPreferences: { partition: 'bench', sandbox: true, backgroundThrottling: false },
      })
      await window.loadURL(address)
      const took: number = await window.webContents.executeJavaScript(`(async () => {
        const { default: WaveSurfer } = await import('/wavesurfer.js')
        const startMs = performance.now()
        const wave = WaveSurfer.create({ container: '#wave', url: '/sound' })
        await new Promise((done, fail) => {
          wave.on('ready', done)
          wave.on('error', fail)
          setTimeout(() => fail(new Error('no waveform within two minutes')), 120_000)
        })
        return performance.now() - startMs
      })()`)
      const pid = window.webContents.getOSProcessId()
      const metric = app.getAppMetrics().find((one) => one.pid === pid)
      const kb = metric ? metric.memory.peakWorkingSetSize || metric.memory.workingSetSize : Number.NaN
      window.destroy()
      return { ms: took, mb: kb / 1024 }
    }, url)
    say('wavesurfer without peaks, the first of these', `${(ms / 1000).toFixed(1)} s, ${mb.toFixed(0)} MB`)
  } catch (error) {
    say('wavesurfer without peaks, the first of these', `failed: ${String(error).slice(0, 120)}`)
  } finally {
    server.close()
  }
}
