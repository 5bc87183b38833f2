/** What a reviewer waits for with long recordings, in the real window; and wavesurfer without stored peaks beside it. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../electron-runtime'
import { type BareWindow, openBareWindow } from './bare-window'
import { printTable } from './table'
import { wavesurferAlone } from './wavesurfer-alone'
import { quantile } from './workspaces'

interface Options {
  readonly folder: string
  /** Names in `folder`; the first is what wavesurfer gets, too. */
  readonly files: readonly string[]
  readonly seconds: number
  readonly seeks: number
}

/** How often a recording is opened beside the others. */
const OPENINGS = 5

/** Opens a workspace with one call a recording and measures it. */
export async function benchAudioWindow({ folder, files, seconds, seeks }: Options): Promise<void> {
  const workspace = join(folder, 'workspace')
  importFiles(workspace, folder, files, seconds)
  const rows = [
    [
      'recording',
      'first sound, no peaks yet',
      'peaks there after',
      'first sound, p50 / worst',
      'waveform, p50 / worst',
      `seek, p50 / p95 of ${seeks}`,
      'page, largest memory',
      'main and workers',
    ],
  ]
  const window = await openBareWindow(workspace)
  try {
    const rowOf = await window.evaluate(rowsOfCalls, stem(files[0] ?? ''))
    const first = new Map<string, string[]>()
    for (const file of files) {
      progress(`${file}, its first opening and its peaks`)
      const { firstSoundMs, callId } = await window.evaluate(openAndPlay, rowOf[stem(file)] ?? -1)
      const { durationSec, tookSec } = await window.evaluate(waitForPeaks, callId)
      const sec = tookSec + firstSoundMs / 1000
      first.set(file, [
        `${firstSoundMs.toFixed(0)} ms`,
        `${sec.toFixed(1)} s (${Math.round(durationSec / sec)} x real)`,
      ])
    }
    for (const [n, file] of files.entries()) {
      progress(`${file}, ${OPENINGS} openings and ${seeks} seeks`)
      const opened: number[] = []
      const sounded: number[] = []
      for (let k = 0; k < OPENINGS; k++) {
        await window.evaluate(openAndPlay, rowOf[stem(files[(n + 1) % files.length] ?? '')] ?? -1)
        const { waveformMs, firstSoundMs } = await window.evaluate(openAndPlay, rowOf[stem(file)] ?? -1)
        opened.push(waveformMs)
        sounded.push(firstSoundMs)
      }
      const times = await window.evaluate(seekAround, seeks)
      rows.push([
        file,
        ...(first.get(file) ?? []),
        pair(sounded, 1),
        pair(opened, 1),
        pair(times, 0.95),
        ...memory(window),
      ])
    }
  } finally {
    await window.close()
  }
  rows.push(['goal', '<= 1000 ms', '>= 150 x', '<= 1000 ms', '<= 500 ms', '<= 250 ms', '<= 400 MB', ''])
  const mp3 = readFileSync(join(folder, files[0] ?? ''))
  for (let part = 1; part <= SMALLEST_PART; part *= 2) {
    const what = `wavesurfer without peaks, ${part === 1 ? files[0] : `${seconds / part / 60} minutes of it`}`
    progress(what)
    // Of a constant bit rate: the beginning of its bytes is the beginning of its time.
    const { waveform, memory: itsMemory, isDone } = await besides(mp3.subarray(0, mp3.length / part))
    rows.push([what, '', '', '', waveform, '', itsMemory, ''])
    if (isDone) break
  }
  printTable(`In the window, ${seconds / 60} minutes each`, rows)
}

/** What is being measured, for whoever waits: an hour's recordings take minutes. */
const progress = (what: string): void => void process.stderr.write(`measuring: ${what}\n`)

/** The smallest part of a recording that wavesurfer gets when it fails with all of it: an eighth. */
const SMALLEST_PART = 8

/** What wavesurfer does with the same recording; that it gives up is an outcome, too. */
async function besides(mp3: Buffer): Promise<{ waveform: string; memory: string; isDone: boolean }> {
  try {
    const { ms, mb } = await wavesurferAlone(mp3)
    const memory = mb === null ? 'not known here' : `${mb} MB`
    return { waveform: `${(ms / 1000).toFixed(1)} s`, memory, isDone: true }
  } catch (error) {
    return { waveform: error instanceof Error ? error.message : String(error), memory: '', isDone: false }
  }
}

const stem = (file: string): string => file.replace(/\.\w+$/, '')

const pair = (times: readonly number[], upper: number): string =>
  `${quantile([...times], 0.5).toFixed(0)} / ${quantile([...times], upper).toFixed(0)} ms`

function memory(window: BareWindow): string[] {
  const largest = window.largestMb()
  return largest === null ? ['not known here', ''] : [`${largest.page} MB`, `${largest.main} MB`]
}

/** By the command line, so that the window has nothing to do but to show. */
function importFiles(workspace: string, folder: string, files: readonly string[], seconds: number): void {
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
  const cli = join(ROOT, 'out', 'main', 'cli.js')
  const run = spawnSync(process.execPath, [cli, 'import', file, '--workspace', workspace], {
    encoding: 'utf8',
  })
  if (run.status !== 0) throw new Error(`The import failed: ${run.stderr}`)
}

// What follows runs in the page: nothing from outside of a function is there.

interface Bridge {
  invoke: (feature: string, call: string, input: unknown) => Promise<{ value: unknown }>
}

/** In which row of the list each call is, by the vendor's id. `one`: of any call, to wait for. */
async function rowsOfCalls(one: string): Promise<Record<string, number>> {
  const { earmark } = globalThis as unknown as { earmark: Bridge }
  for (;;) {
    const page = (await earmark.invoke('search', 'page', { query: '', lane: 'bench' })).value as {
      hits: { id: string }[]
    }
    const rows: Record<string, number> = {}
    for (const [row, { id }] of page.hits.entries()) {
      const call = (await earmark.invoke('calls', 'get', { callId: id })).value as { externalId: string }
      rows[call.externalId] = row
    }
    const shown = document.querySelectorAll('[aria-label="Calls"] li button').length
    if (one in rows && shown >= page.hits.length) return rows
    await new Promise((done) => setTimeout(done, 50))
  }
}

/** Clicks the call in this row of the list and plays a moment; milliseconds from the click. */
function openAndPlay(row: number): Promise<{ waveformMs: number; firstSoundMs: number; callId: string }> {
  return new Promise((resolve, reject) => {
    const button = document.querySelectorAll<HTMLElement>('[aria-label="Calls"] li button')[row]
    if (!button) throw new Error('The call is not in the list.')
    const before = document.querySelector('audio')?.src
    const startMs = performance.now()
    let waveformMs = Number.NaN
    let firstSoundMs = Number.NaN
    let isAsked = false
    button.click()
    const look = () => {
      const audio = document.querySelector('audio')
      const nowMs = performance.now() - startMs
      if (audio && audio.src !== '' && audio.src !== before) {
        const canvas = document.querySelector('.waveform-peaks > div')?.shadowRoot?.querySelector('canvas')
        if (Number.isNaN(waveformMs) && canvas && canvas.width > 0) waveformMs = nowMs
        if (!isAsked) {
          isAsked = true
          void audio.play()
        }
        if (Number.isNaN(firstSoundMs) && audio.currentTime > 0.01) {
          firstSoundMs = nowMs
          audio.pause()
        }
        // Where there are no peaks yet, the waveform is not waited for.
        const isDone = !Number.isNaN(waveformMs) || nowMs - firstSoundMs > 1000
        if (!Number.isNaN(firstSoundMs) && isDone) {
          audio.currentTime = 0
          resolve({ waveformMs, firstSoundMs, callId: audio.src.slice(audio.src.lastIndexOf('/') + 1) })
          return
        }
      }
      if (nowMs > 20_000) reject(new Error('No sound within 20 s.'))
      else requestAnimationFrame(look)
    }
    look()
  })
}

async function waitForPeaks(callId: string): Promise<{ durationSec: number; tookSec: number }> {
  const { earmark } = globalThis as unknown as { earmark: Bridge }
  const startMs = performance.now()
  const { durationSec } = (await earmark.invoke('recordings', 'peaks', { callId })).value as {
    durationSec: number
  }
  return { durationSec, tookSec: (performance.now() - startMs) / 1000 }
}

/** Milliseconds of each jump to a random place of the open recording. */
async function seekAround(times: number): Promise<number[]> {
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
}
