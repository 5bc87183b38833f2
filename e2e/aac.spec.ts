import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Peaks } from '@contract'
import { answerOpenDialog, ask, type Earmark, expect, ROOT, test } from './fixtures'

/**
 * AAC has no decoder in a worker: the hidden page decodes it. The recordings are made here by ffmpeg; what its own
 * decoder makes of them is the reference.
 */
const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0
const ffmpeg = (...args: string[]): Buffer =>
  execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args], { maxBuffer: 1 << 28 })

const SPEECH = join(ROOT, 'src-main', 'recordings', 'fixtures', 'cbr-stereo.mp3')

interface Made {
  readonly id: string
  readonly file: string
  readonly channels: number
  readonly rate: number
}

/** Calls with one recording each, imported with their audio beside them. */
async function importCalls(
  earmark: Earmark,
  folder: string,
  names: readonly string[],
): Promise<Map<string, string>> {
  const logs = names.map((name, n) => ({
    session_id: name.replace(/\.\w+$/, ''),
    call_sid: `CA${n}`,
    from: '+15555550100',
    number: '+15555550101',
    status: 'completed',
    call_duration: 3,
    datetime: `2026-05-01T10:${String(n).padStart(2, '0')}:00Z`,
    transcript: { conversation: [{ role: 'assistant', content: `This is ${name.replace(/\W/g, ' ')}` }] },
  }))
  const file = join(folder, 'calls.json')
  writeFileSync(file, JSON.stringify({ responseCode: 2000, message: 'ok', data: { analytics: {}, logs } }))
  await answerOpenDialog(earmark.electron, [file])
  const done = await ask(earmark.page, 'workspace', 'importFiles', {})
  expect(done).toMatchObject({ quarantined: 0 })
  const { hits } = await ask(earmark.page, 'search', 'page', { query: '', lane: 'list' })
  expect(hits.length).toBe(names.length)
  const ids = new Map<string, string>()
  for (const { id } of hits) {
    const call = await ask(earmark.page, 'calls', 'get', { callId: id })
    ids.set(call.externalId, id)
  }
  return ids
}

function worstDifference(
  peaks: Peaks,
  { file, channels, rate }: Made,
  skipHundredths = new Set<number>(),
): number {
  const raw = ffmpeg('-i', file, '-f', 'f32le', '-c:a', 'pcm_f32le', '-')
  const samples = raw.length / 4 / channels
  let worst = 0
  for (let c = 0; c < channels; c++) {
    const extremes = Array.from({ length: peaks.buckets }, () => [0, 0] as [number, number])
    for (let n = 0; n < samples; n++) {
      const value = Math.max(-1, Math.min(1, raw.readFloatLE((n * channels + c) * 4)))
      const pair = extremes[Math.floor((n * 100) / rate)]
      if (!pair) continue
      pair[0] = Math.min(pair[0], value)
      pair[1] = Math.max(pair[1], value)
    }
    // The last bucket may hold the padding that the reference does not cut.
    for (const [bucket, pair] of extremes.slice(0, -1).entries())
      for (const [i, value] of pair.entries())
        if (!skipHundredths.has(bucket))
          worst = Math.max(
            worst,
            Math.abs(Number(peaks.data[(c * peaks.buckets + bucket) * 2 + i]) / 128 - value),
          )
  }
  return worst
}

const peaksOf = (earmark: Earmark, callId: string): Promise<Peaks> =>
  earmark.page.evaluate(async (id) => {
    const bridge = (window as unknown as { earmark: { invoke: (...args: unknown[]) => Promise<unknown> } })
      .earmark
    const result = (await bridge.invoke('recordings', 'peaks', { callId: id })) as {
      ok: boolean
      message?: string
      value: { data: Int8Array }
    }
    if (!result.ok) throw new Error(result.message)
    return { ...result.value, data: Array.from(result.value.data) }
  }, callId) as unknown as Promise<Peaks>

const hiddenPages = (earmark: Earmark) =>
  earmark.electron.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()
      .map((window) => ({ url: window.webContents.getURL(), isVisible: window.isVisible() }))
      .filter(({ url }) => url.startsWith('app://decoder/')),
  )

test.describe('AAC', () => {
  test.skip(!hasFfmpeg, 'ffmpeg makes the recordings')

  test('is decoded to the same peaks as by ffmpeg, in a hidden page that can do nothing else', async ({
    launch,
    workspace,
  }) => {
    const folder = join(dirname(workspace), 'calls')
    mkdirSync(folder)
    const path = (name: string) => join(folder, name)
    const made = (id: string, extension: string, rate: number, channels: number, ...more: string[]): Made => {
      const file = path(`${id}.${extension}`)
      ffmpeg('-i', SPEECH, '-ar', String(rate), '-ac', String(channels), '-c:a', 'aac', ...more, file)
      return { id, file, channels, rate }
    }
    const all = [
      made('plain', 'm4a', 44100, 2),
      made('index-first', 'm4a', 48000, 2, '-movflags', '+faststart'),
      made(
        'fragmented',
        'm4a',
        22050,
        2,
        '-movflags',
        'frag_keyframe+empty_moov',
        '-frag_duration',
        '500000',
      ),
      made('narrow', 'm4a', 8000, 1, '-b:a', '24k'),
      made('raw', 'aac', 16000, 1),
    ]
    // A cut tail, and packets destroyed in the middle.
    const whole = readFileSync(path('index-first.m4a'))
    writeFileSync(path('cut.m4a'), whole.subarray(0, Math.floor(whole.length * 0.6)))
    writeFileSync(path('no-index.m4a'), readFileSync(path('plain.m4a')).subarray(0, 9000))
    const holed = Buffer.from(whole)
    holed.fill(0xff, Math.floor(whole.length * 0.5), Math.floor(whole.length * 0.5) + 700)
    writeFileSync(path('holed.m4a'), holed)

    const earmark = await launch()
    const broken = ['cut.m4a', 'no-index.m4a', 'holed.m4a']
    const names = [...all.map(({ file }) => file.slice(folder.length + 1)), ...broken]
    const ids = await importCalls(earmark, folder, names)
    const of = (name: string): Promise<Peaks> => peaksOf(earmark, ids.get(name) ?? '')

    for (const one of all) {
      const peaks = await of(one.id)
      expect(peaks.channels, one.id).toBe(one.channels)
      expect(worstDifference(peaks, one), one.id).toBeLessThanOrEqual(1 / 128)
      // A container says how much of the last packet is sound; frames alone do not.
      if (one.id === 'raw') expect(Math.abs(peaks.durationSec - 2.5)).toBeLessThan(0.2)
      // This one has no edit list, so nothing says that its first packet is the encoder's.
      else if (one.id === 'fragmented') expect(peaks.durationSec).toBeCloseTo(2.5 + 1024 / one.rate, 3)
      else expect(Math.abs(peaks.durationSec - 2.5), one.id).toBeLessThanOrEqual(0.001)
      expect(peaks.facts?.loudnessLufs, one.id).toBeLessThan(-10)
    }

    const cut = await of('cut')
    expect(cut.facts?.isTruncated).toBe(true)
    expect(cut.durationSec).toBeGreaterThan(1)
    expect(cut.durationSec).toBeLessThan(2)
    const hole = await of('holed')
    expect(hole.facts?.isTruncated).toBe(true)
    expect(Math.abs(hole.durationSec - 2.5)).toBeLessThan(0.05)
    await expect(of('no-index')).rejects.toThrow(/its end is missing, and with it the index/)

    // One for the open call, one for what listens in the background.
    const pages = await hiddenPages(earmark)
    expect(pages.length).toBeGreaterThanOrEqual(1)
    expect(pages.length).toBeLessThanOrEqual(2)
    expect(pages.every(({ isVisible }) => !isVisible)).toBe(true)
    const reach = await earmark.electron.evaluate(async ({ BrowserWindow }) => {
      const page = BrowserWindow.getAllWindows().find((w) =>
        w.webContents.getURL().startsWith('app://decoder/'),
      )
      return page?.webContents.executeJavaScript(`(async () => {
        const tried = {}
        for (const url of ['app://earmark/', 'app://decoder/index.html', 'https://127.0.0.1:1/'])
          tried[url] = await fetch(url).then((r) => r.status, () => 'refused')
        return { ...tried, bridge: typeof window.earmark, node: typeof require, process: typeof process }
      })()`)
    })
    expect(reach).toEqual({
      'app://earmark/': 'refused',
      'app://decoder/index.html': 'refused',
      'https://127.0.0.1:1/': 'refused',
      bridge: 'undefined',
      node: 'undefined',
      process: 'undefined',
    })
  })

  test('whose page dies costs one attempt; the window closes with the page open', async ({
    launch,
    workspace,
  }) => {
    const folder = join(dirname(workspace), 'calls')
    mkdirSync(folder)
    for (const id of ['one', 'two'])
      ffmpeg(
        '-i',
        SPEECH,
        '-c:a',
        'aac',
        '-af',
        id === 'one' ? 'volume=1' : 'volume=0.5',
        join(folder, `${id}.m4a`),
      )
    const earmark = await launch()
    const first = await importCalls(earmark, folder, ['one.m4a'])
    await peaksOf(earmark, first.get('one') ?? '')
    await earmark.electron.evaluate(({ BrowserWindow }) => {
      for (const page of BrowserWindow.getAllWindows())
        if (page.webContents.getURL().startsWith('app://decoder/')) page.webContents.forcefullyCrashRenderer()
    })
    await expect.poll(() => hiddenPages(earmark)).toEqual([])
    const second = await importCalls(earmark, folder, ['one.m4a', 'two.m4a'])
    const peaks = await peaksOf(earmark, second.get('two') ?? '')
    expect(peaks.channels).toBe(2)
    expect((await hiddenPages(earmark)).length).toBeGreaterThanOrEqual(1)
    // `launch` closes at the end; a hidden window must not keep the application alive.
    await earmark.page.evaluate(() => window.close())
    await new Promise<void>((done) => earmark.electron.process().once('exit', () => done()))
  })
})
