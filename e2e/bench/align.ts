import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { listenTo } from '../../src-main/recordings/alignment/align-recording'
import { alignTurns } from '../../src-main/recordings/alignment/align-turns'
import { type BenchCall, encodeCall, extensionOf, makeCall } from './align-calls'
import { type CallScore, scoreCall, summarise } from './align-measure'
import { missingTools, type Part } from './align-speech'
import { measureSpeed } from './align-speed'
import { type Dialogue, readDialogues } from './dialogue-corpus'

/**
 * How well turns are found in the sound of synthetic calls whose truth is known. Half of the calls are easy and half hard, in each
 * half two thirds are stereo. Voices and dialogues are by default those that were never looked at while the alignment was
 * made (`--part held-out`).
 */

/** Calls whose sound is kept until the end. */
const SPEED_CALLS = 24

interface Done {
  readonly call: BenchCall
  readonly aligned: CallScore
  readonly naive: CallScore
  readonly swapped: boolean
  readonly audioSec: number
  readonly listenMs: number
  readonly alignMs: number
}

async function measure(call: BenchCall, folder: string): Promise<Done> {
  const path = join(folder, `${call.id}-${call.agentChannel ?? 'mono'}.${extensionOf(call.format)}`)
  encodeCall(call, path)
  const startMs = performance.now()
  const sound = await listenTo(path)
  const heardMs = performance.now()
  const alignment = alignTurns(sound, call.turns)
  const endMs = performance.now()
  return {
    call,
    aligned: scoreCall(call.truth, alignment.turns),
    naive: scoreCall(call.truth, byCharacters(call, sound.durationSec)),
    swapped: alignment.agentChannel !== call.agentChannel,
    audioSec: sound.durationSec,
    listenMs: heardMs - startMs,
    alignMs: endMs - heardMs,
  }
}

/** The naive estimate: each turn has its share of the time by its characters. */
function byCharacters({ turns }: BenchCall, durationSec: number): { startSec: number; confidence: number }[] {
  const all = turns.reduce((sum, { text }) => sum + text.length, 0)
  let before = 0
  return turns.map(({ text }) => {
    const startSec = (durationSec * before) / all
    before += text.length
    return { startSec, confidence: text.length }
  })
}

/** What is to be reached: median, p90, p95 of start errors, s; share of the time in step. */
const GOALS: Readonly<Record<string, readonly string[]>> = {
  'easy stereo': ['0.03', '', '0.20', '99.0 %'],
  'easy mono': ['0.03', '0.30', '1.00', '97.5 %'],
  'hard stereo': ['', '', '0.60', '98.0 %'],
  'hard mono': ['', '', '3.50', '92.0 %'],
}

const COLUMNS = [26, 6, 6, 8, 8, 8, 9, 22]
const row = (cells: readonly string[]): string =>
  cells.map((cell, i) => cell.padEnd(COLUMNS[i] ?? 0)).join(' ')
const sec = (value: number): string => value.toFixed(value < 0.1 ? 3 : 2)

function table(done: readonly Done[]): void {
  console.log(row(['', 'calls', 'turns', 'median', 'p90', 'p95', 'in step', 'doubtful tenth holds']))
  for (const hard of [false, true])
    for (const mono of [false, true]) {
      const some = done.filter(({ call }) => call.hard === hard && (call.agentChannel === null) === mono)
      if (some.length === 0) continue
      const kind = `${hard ? 'hard' : 'easy'} ${mono ? 'mono' : 'stereo'}`
      for (const [name, pick] of [
        ['by characters', 'naive'],
        ['aligned', 'aligned'],
      ] as const) {
        const { calls, turns, median, p90, p95, inStep, toldShare, errorsOver1Sec } = summarise(
          some.map((d) => d[pick]),
        )
        const told =
          toldShare === null ? 'no error > 1 s' : `${Math.round(100 * toldShare)} % of ${errorsOver1Sec}`
        console.log(
          row([
            `${kind}, ${name}`,
            `${calls}`,
            `${turns}`,
            sec(median),
            sec(p90),
            sec(p95),
            `${(100 * inStep).toFixed(1)} %`,
            pick === 'aligned' ? told : '',
          ]),
        )
      }
      console.log(row([`${kind}, goal`, '', '', ...(GOALS[kind] ?? []), '50 %']))
    }
  const { toldShare, errorsOver1Sec } = summarise(done.map((d) => d.aligned))
  console.log(
    `of all: the doubtful tenth of the turns holds ${toldShare === null ? 'no error' : `${Math.round(100 * toldShare)} %`} of ${errorsOver1Sec} errors over 1 s`,
  )
  const audioSec = done.reduce((sum, d) => sum + d.audioSec, 0)
  const perTen = (ms: number): string => `${((ms / audioSec) * 0.6).toFixed(2)} s`
  const swapped = done.filter((d) => d.swapped)
  console.log(
    `swapped or wrongly counted channels: ${swapped.length} ${swapped.map((d) => d.call.id).join(' ')}`,
  )
  console.log(
    `for 10 min of audio: decoding and features ${perTen(done.reduce((s, d) => s + d.listenMs, 0))}, alignment ${perTen(done.reduce((s, d) => s + d.alignMs, 0))}; slowest alignment ${Math.round(Math.max(...done.map((d) => d.alignMs)))} ms`,
  )
}

/** What 10 minutes and an hour take, stereo and mono. */
function speedTable(done: readonly Done[]): void {
  const columns = [26, 6, 12, 12]
  const line = (cells: readonly string[]): void =>
    console.log(cells.map((cell, i) => cell.padEnd(columns[i] ?? 0)).join(' '))
  line(['computing time', 'turns', 'features', 'alignment'])
  for (const mono of [false, true]) {
    const calls = done
      .filter(({ call }) => (call.agentChannel === null) === mono && call.channels.length > 0)
      .slice(0, 12)
      .map(({ call }) => call)
    if (calls.length === 0) continue
    for (const minutes of [10, 60]) {
      const { turns, listenMs, alignMs } = measureSpeed(calls, minutes * 60)
      const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
      line([`${minutes} min ${mono ? 'mono' : 'stereo'}`, `${turns}`, seconds(listenMs), seconds(alignMs)])
    }
  }
}

/** The sample workspace's dialogues, where no file is given. */
async function sampleDialogues(): Promise<Dialogue[]> {
  const path = join(process.env.EARMARK_ROOT ?? '.', 'scripts', 'sample', 'dialogues.mjs')
  const module: unknown = await import(/* @vite-ignore */ pathToFileURL(path).href)
  const Turn = z.object({
    who: z.enum(['agent', 'caller']),
    text: z.string(),
    silent: z.boolean().optional(),
  })
  const Calls = z.object({ dialogues: z.array(z.object({ turns: z.array(z.unknown()) })) })
  return Calls.parse(module).dialogues.flatMap(({ turns }) => {
    const spoken = turns.flatMap((turn) => {
      const { data } = Turn.safeParse(turn)
      return data && !data.silent && /^[\p{ASCII}’—–…]*$/u.test(data.text)
        ? [{ speaker: data.who, text: data.text }]
        : []
    })
    return spoken.length >= 8 ? [{ turns: spoken }] : []
  })
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: process.argv.slice(2),
    options: {
      calls: { type: 'string', default: '200' },
      dialogues: { type: 'string' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      part: { type: 'string', default: 'held-out' },
      keep: { type: 'string' },
      verbose: { type: 'boolean', default: false },
      channels: { type: 'string' },
    },
  })
  const missing = missingTools()
  if (missing.length > 0) {
    console.log(
      `bench:align: ${missing.join(' and ')} not installed, so no calls could be made. Nothing measured.`,
    )
    return
  }
  const part = z.enum(['develop', 'held-out', 'flite']).parse(values.part) satisfies Part
  const all = values.dialogues === undefined ? await sampleDialogues() : readDialogues(values.dialogues)
  // Of a large file the even dialogues are for development; the sample's are too few to be parted.
  const dialogues = all.length < 200 ? all : all.filter((_, i) => (i % 2 === 0) === (part === 'develop'))
  const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'earmark-bench-align-calls-'))
  mkdirSync(folder, { recursive: true })
  const done: Done[] = []
  try {
    for (let number = 0; number < Number(values.calls); number += 1) {
      const hard = values.only === undefined ? number % 2 === 1 : values.only === 'hard'
      const mono =
        values.channels === undefined ? Math.floor(number / 2) % 3 === 2 : values.channels === 'mono'
      const call = makeCall(dialogues, {
        seed: Number(values.seed),
        number: Math.floor(number / 2) + 1000 * (number % 2),
        hard,
        mono,
        part,
      })
      if (values.keep !== undefined) keep(call, folder)
      const one = await measure(call, folder)
      // Only so many calls are heard again, for the speed.
      done.push(number < SPEED_CALLS ? one : { ...one, call: { ...call, channels: [] } })
      if (values.verbose) {
        const { p90, inStep, errorsOver1Sec } = summarise([one.aligned])
        console.log(
          `${call.id} ${call.agentChannel ?? 'mono'} ${call.format} ${call.traits.join(',')}: p90 ${sec(p90)} in step ${(100 * inStep).toFixed(1)} > 1 s ${errorsOver1Sec}/${one.aligned.errors.length}${one.swapped ? ' SWAPPED' : ''} ${Math.round(one.alignMs)} ms`,
        )
      }
    }
  } finally {
    if (values.keep === undefined) rmSync(folder, { recursive: true, force: true })
  }
  table(done)
  speedTable(done)
}

/** Transcript and truth beside the sound, for other tools to look at. */
function keep(call: BenchCall, folder: string): void {
  const { id, turns, truth, traits, agentChannel } = call
  writeFileSync(join(folder, `${id}.json`), JSON.stringify({ id, turns, truth, traits, agentChannel }))
}

await main()
