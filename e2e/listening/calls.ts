import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CallDetail } from '@contract'
import type { Page } from '@playwright/test'
import { ask, audioState, callRow, connectExports, type Earmark, expect, ROOT } from '../fixtures'

/** Calls with sound whose every moment is known, for the journeys of listening. */

/** The long form of a proof: what `npm test` shows with a sample, with all of its numbers. */
export const isLong = process.env.EARMARK_LONG === '1'

const RATE = 8000

/** A stereo recording: of each stretch [from, to) a tone on one channel. 16-bit WAV. */
function stereo(lengthSec: number, tones: readonly { channel: 0 | 1; from: number; to: number }[]): Buffer {
  const samples = new Int16Array(Math.round(lengthSec * RATE) * 2)
  for (const { channel, from, to } of tones)
    for (let frame = Math.round(from * RATE); frame < Math.round(to * RATE); frame++)
      samples[frame * 2 + channel] = Math.round(12_000 * Math.sin((frame * 2 * Math.PI * 400) / RATE))
  const header = Buffer.alloc(44)
  header.write('RIFF', 0, 'ascii')
  header.writeUInt32LE(36 + samples.byteLength, 4)
  header.write('WAVEfmt ', 8, 'ascii')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(2, 22)
  header.writeUInt32LE(RATE, 24)
  header.writeUInt32LE(RATE * 4, 28)
  header.writeUInt16LE(4, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36, 'ascii')
  header.writeUInt32LE(samples.byteLength, 40)
  return Buffer.concat([header, Buffer.from(samples.buffer)])
}

export const TURN_SEC = 4
export const TURNS = 12
/** The turn whose voice ends early: a gap of three seconds follows. */
const SHORT_TURN = 5
const voiceOf = (index: number) => ({
  channel: (index % 2) as 0 | 1,
  from: index * TURN_SEC,
  to: index * TURN_SEC + (index === SHORT_TURN ? 1 : 3.4),
})

/** Twelve turns of four seconds, agent on the left, caller on the right, with the vendor's times. */
const detail = (id: number, turns = TURNS) => ({
  call_log_id: id,
  status: 'completed',
  created_at: new Date(Date.UTC(2026, 2, 1, 10, id)).toISOString(),
  duration: turns * TURN_SEC,
  transcript: Array.from({ length: turns }, (_, index) => ({
    speaker: index % 2 === 0 ? 'agent' : 'user',
    text: `This is what was said in turn number ${index}, of call ${id}.`,
    timestamp: index * TURN_SEC,
  })),
})
export const sound = (turns = TURNS): Buffer =>
  stereo(
    turns * TURN_SEC,
    Array.from({ length: turns }, (_, index) => voiceOf(index)),
  )

/**
 * Twelve turns' time of MP3 without any header or table: silence at 8 kbit/s, at 160 and at 8, a voice of 2.6 s from the
 * middle on (`VOICE_TURN`), silence at 8. An eighth of its time is in three quarters of its bytes.
 */
export function variableMp3(): Buffer {
  // 24 kHz, mono: 576 samples or 24 ms a frame. What is zero behind its header is silence.
  const silence = (sec: number, bitrateIndex: number, bytes: number): Buffer[] => {
    const frame = Buffer.concat([Buffer.from([0xff, 0xf3, (bitrateIndex << 4) | 4, 0xc4])], bytes)
    return Array.from({ length: Math.round(sec / 0.024) }, () => frame)
  }
  const fixture = readFileSync(join(ROOT, 'src-main', 'recordings', 'fixtures', 'no-tag-mono.mp3'))
  const voice = fixture.subarray(fixture.indexOf(Buffer.from([0xff, 0xf3])))
  const partSec = (TURN_SEC * TURNS) / 8
  return Buffer.concat([
    ...silence(partSec, 1, 24),
    ...silence(partSec, 14, 480),
    ...silence(partSec * 2, 1, 24),
    voice,
    ...silence(partSec * 4 - 2.568, 1, 24),
  ])
}
export const VOICE_TURN = TURNS / 2

/** Fills a folder with `count` calls and connects it. `soundOf`: another recording for some of them, by number from 1. */
export async function connectFolder(
  earmark: Earmark,
  workspace: string,
  {
    count,
    turns = TURNS,
    soundOf = () => null,
  }: { count: number; turns?: number; soundOf?: (id: number) => Buffer | null },
): Promise<void> {
  const folder = join(workspace, '..', 'exports')
  mkdirSync(folder)
  const audio = sound(turns)
  const lines: string[] = []
  for (let id = 1; id <= count; id++) {
    lines.push(JSON.stringify(detail(id, turns)))
    writeFileSync(join(folder, `${id}.wav`), soundOf(id) ?? audio)
  }
  writeFileSync(join(folder, 'calls.jsonl'), lines.join('\n'))
  await connectExports(earmark, folder)
  const { page } = earmark
  await expect
    .poll(async () => (await ask(page, 'search', 'count', { query: 'has:recording' })).total, {
      timeout: 60_000,
    })
    .toBe(count)
  await expect(callRow(page).first()).toBeVisible()
}

export async function openFirst(page: Page): Promise<CallDetail> {
  await callRow(page).first().click()
  return opened(page)
}

/** The open call, as soon as its sound and its waveform are there. */
export async function opened(page: Page): Promise<CallDetail> {
  const wave = page.getByRole('region', { name: 'Waveform' })
  await expect(wave).toHaveAttribute('aria-busy', 'false')
  await expect.poll(() => page.evaluate(() => document.querySelector('audio')?.readyState ?? 0)).toBe(4)
  const src = await page.evaluate(() => document.querySelector('audio')?.src ?? '')
  return ask(page, 'calls', 'get', { callId: src.slice(src.lastIndexOf('/') + 1) })
}

export const at = async (page: Page) => (await audioState(page)).currentTime
export const annotate = (page: Page, callId: string, label: string, startSec: number, endSec: number) =>
  ask(page, 'annotations', 'create', {
    id: crypto.randomUUID(),
    callId,
    place: { kind: 'time', startSec, endSec },
    label,
    severity: 'major',
    comment: '',
    reviewer: 'Ana',
  })

/** Through the quarters of the keys. */
export const chooseSpeed = async (page: Page, speed: number) => {
  for (;;) {
    const { playbackRate } = await audioState(page)
    if (playbackRate === speed) return
    await page.keyboard.press(playbackRate < speed ? ']' : '[')
    await expect.poll(async () => (await audioState(page)).playbackRate).not.toBe(playbackRate)
  }
}
