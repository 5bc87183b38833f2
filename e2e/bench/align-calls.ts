import { spawnSync } from 'node:child_process'
import { beep, holdMusic, inRoom, noise, overTelephone, ringing } from './align-sound'
import { BENCH_RATE, drawVoice, type Part, speak, type Voice } from './align-speech'
import { type Dialogue, randomFrom } from './dialogue-corpus'

export interface Truth {
  /** Null for a turn that nobody says. */
  readonly startSec: number | null
  readonly endSec: number | null
}

/** A synthetic call with what really happened in it. */
export interface BenchCall {
  readonly id: string
  readonly hard: boolean
  /** The agent's channel; null for mono. */
  readonly agentChannel: 0 | 1 | null
  /** What makes it difficult, for those who look at single calls. */
  readonly traits: readonly string[]
  readonly turns: readonly { speaker: 'agent' | 'user'; text: string }[]
  readonly truth: readonly Truth[]
  readonly channels: readonly Float32Array[]
  readonly format: Format
}

const FORMATS = ['pcm8', 'mulaw8', 'pcm16', 'mp3', 'opus'] as const
export type Format = (typeof FORMATS)[number]

const ENCODING = {
  pcm8: { extension: 'wav', args: ['-ar', '8000', '-c:a', 'pcm_s16le'] },
  mulaw8: { extension: 'wav', args: ['-ar', '8000', '-c:a', 'pcm_mulaw'] },
  pcm16: { extension: 'wav', args: ['-ar', '16000', '-c:a', 'pcm_s16le'] },
  mp3: {
    extension: 'mp3',
    args: ['-ar', '16000', '-c:a', 'libmp3lame', '-b:a', '32k', '-joint_stereo', '0'],
  },
  opus: { extension: 'ogg', args: ['-c:a', 'libopus', '-b:a', '40k'] },
} as const satisfies Record<Format, { extension: string; args: readonly string[] }>

export const extensionOf = (format: Format): string => ENCODING[format].extension

/** Writes the call's sound as its format says. */
export function encodeCall(call: BenchCall, path: string): void {
  const count = call.channels.length
  const length = call.channels[0]?.length ?? 0
  const interleaved = new Float32Array(length * count)
  for (const [c, samples] of call.channels.entries())
    for (let i = 0; i < length; i += 1) interleaved[i * count + c] = samples[i] ?? 0
  const input = ['-f', 'f32le', '-ar', `${BENCH_RATE}`, '-ac', `${count}`, '-i', 'pipe:0']
  const run = spawnSync('ffmpeg', ['-v', 'error', '-y', ...input, ...ENCODING[call.format].args, path], {
    input: Buffer.from(interleaved.buffer),
  })
  if (run.status !== 0) throw new Error(`ffmpeg could not write ${path}: ${run.stderr}`)
}

interface Said {
  readonly who: 'agent' | 'user' | 'announcer'
  readonly spoken: string
  /** Null: said, but the transcript lacks it. */
  readonly written: string | null
}

interface Clip {
  readonly who: Said['who']
  readonly startSec: number
  readonly samples: Float32Array
}

const FILLERS = [
  'well, you know,',
  'um, let me see,',
  'okay so,',
  'right, yes, sure,',
  'hold on a moment please, I am just looking,',
]
const ANNOUNCEMENTS = [
  'This call may be recorded for quality and training purposes.',
  'Thank you for calling. Please hold the line while we connect you to the next available representative.',
  'Your call is important to us. You are now number two in the queue.',
  'Please note that our opening hours have changed. For more information visit our web site.',
]

/** Plans and performs call number `number` of a seed: the same for the same arguments. */
export function makeCall(
  dialogues: readonly Dialogue[],
  options: { seed: number; number: number; hard: boolean; mono: boolean; part: Part },
): BenchCall {
  const { seed, number, hard, mono, part } = options
  const random = randomFrom(seed * 100_003 + number * 7 + (hard ? 3 : 0) + 11)
  for (let i = 0; i < 8; i += 1) random()
  const chance = (share: number): boolean => random() < share
  const between = (low: number, high: number): number => low + (high - low) * random()
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
  const traits: string[] = []

  const source = pick(dialogues)
  const from = Math.max(0, Math.floor(random() * (source.turns.length - 23)))
  const written = source.turns
    .slice(from, from + 8 + Math.floor(random() * 17))
    .map(({ speaker, text }): Said => {
      const who = speaker === 'agent' ? 'agent' : 'user'
      return { who, spoken: text, written: text }
    })

  let said = written
  if (hard) {
    said = said.flatMap((item) => inRow(item, chance, between))
    said = said.map((item) => differing(item, chance, pick))
    const lost = said.length > 6 && chance(0.3) ? 1 + Math.floor(random() * (said.length - 2)) : -1
    const unsaid = said.length > 6 && chance(0.2) ? 1 + Math.floor(random() * (said.length - 2)) : -1
    said = said.map((item, i) =>
      i === lost ? { ...item, written: null } : i === unsaid && i !== lost ? { ...item, spoken: '' } : item,
    )
    if (lost >= 0) traits.push('lost-turn')
    if (unsaid >= 0) traits.push('unsaid-turn')
    if (chance(0.5)) {
      traits.push('announcement')
      const at = chance(0.6) ? 0 : Math.floor(random() * said.length)
      said = said.toSpliced(at, 0, { who: 'announcer', spoken: pick(ANNOUNCEMENTS), written: null })
    }
  }
  if (chance(0.15)) {
    traits.push('unspoken')
    said = said.toSpliced(0, 0, { who: 'user', spoken: '', written: '---' })
  }

  const agent = drawVoice(part, random)
  const alike = hard && chance(0.4)
  if (alike) traits.push('alike')
  const near = (value: number, by: number): number => Math.round(value + between(-by, by))
  let user: Voice
  do user = drawVoice(part, random)
  while (user.name === agent.name && Math.abs(user.pitch - agent.pitch) < 15)
  if (alike)
    user = {
      ...agent,
      pitch: Math.max(5, near(agent.pitch, 9)),
      wordsPerMinute: near(agent.wordsPerMinute, 12),
    }
  const voices = { agent, user, announcer: drawVoice(part, random) }

  // When: gaps, pauses, hold music and ringing in between.
  const clips: Clip[] = []
  const truth: Truth[] = []
  let endSec = between(0.2, 1.5)
  if (chance(0.3)) {
    traits.push('ringing')
    const sec = between(3, 9)
    clips.push({ who: 'announcer', startSec: endSec, samples: ringing(sec, random) })
    endSec += sec + between(0.1, 0.8)
  }
  const holdAt = chance(0.35) ? 1 + Math.floor(random() * (said.length - 1)) : -1
  if (holdAt > 0) traits.push('hold')
  let previous: Said['who'] | null = null
  for (const [i, item] of said.entries()) {
    if (i === holdAt) {
      const sec = between(4, 15)
      const startSec = endSec + between(0.2, 1)
      clips.push({ who: chance(0.5) ? 'agent' : 'user', startSec, samples: holdMusic(sec, random) })
      endSec = startSec + sec + between(0, 0.6)
      if (chance(0.2)) clips.push({ who: 'user', startSec: endSec, samples: beep(0.5) })
    }
    if (item.spoken === '') {
      if (item.written !== null) truth.push({ startSec: null, endSec: null })
      continue
    }
    let gap = previous === item.who ? between(0.3, 1.3) : between(0.12, 1.1)
    if (chance(0.08)) gap += between(1.5, 6)
    if (previous !== null && previous !== item.who && chance(0.1)) {
      gap = -between(0.15, 0.7)
      if (!traits.includes('barge-in')) traits.push('barge-in')
    }
    const startSec = Math.max(
      endSec + gap,
      0.05,
      (truth.findLast((t) => t.startSec !== null)?.startSec ?? 0) + 0.3,
    )
    const { pieces, lengthSec } = withPauses(item, voices[item.who], chance, between)
    for (const { atSec, samples } of pieces)
      clips.push({ who: item.who, startSec: startSec + atSec, samples })
    if (item.written !== null) truth.push({ startSec, endSec: startSec + lengthSec })
    endSec = Math.max(endSec, startSec + lengthSec)
    previous = item.who
  }

  const length = Math.round((endSec + between(0.2, 2)) * BENCH_RATE)
  const snr = hard ? between(5, 20) : between(20, 45)
  traits.push(`snr${Math.round(snr)}`)
  const noiseRms = 0.09 * 10 ** (-snr / 20)
  const floors = mono ? [noiseRms, 0] : [0.09 * 10 ** (-between(35, 60) / 20), noiseRms]
  const tracks = (['agent', 'user'] as const).map((side, s) => {
    const track = noise(length, floors[s] ?? 0, Math.floor(random() * 4), random)
    const level = between(0.5, 1.2)
    const wet = new Float32Array(length)
    for (const clip of clips) {
      const on = clip.who === 'announcer' ? 'agent' : clip.who
      if (on !== side) continue
      const at = Math.round(clip.startSec * BENCH_RATE)
      for (let k = 0; k < clip.samples.length && at + k < length; k += 1)
        wet[at + k] = (wet[at + k] ?? 0) + level * (clip.samples[k] ?? 0)
    }
    const heard =
      side === 'user' ? overTelephone(inRoom(wet, random)) : chance(0.4) ? inRoom(wet, random) : wet
    for (let k = 0; k < length; k += 1) track[k] = (track[k] ?? 0) + (heard[k] ?? 0)
    return track
  })
  const [left = new Float32Array(), right = new Float32Array()] = tracks
  const agentChannel = mono ? null : number % 2 === 0 ? 0 : 1
  const leak = chance(0.4) ? 10 ** (-between(26, 45) / 20) : 0
  const mixed = mono
    ? [left.map((s, i) => s + (right[i] ?? 0))]
    : [left.map((s, i) => s + leak * (right[i] ?? 0)), right.map((s, i) => s + leak * (left[i] ?? 0))]
  const peak = mixed.reduce((most, samples) => samples.reduce((m, s) => Math.max(m, Math.abs(s)), most), 0)
  const gain = Math.min(1, 0.95 / peak)
  const channels = mixed.map((samples) => samples.map((s) => s * gain))
  return {
    id: `${part}-${seed}-${number}-${hard ? 'hard' : 'easy'}`,
    hard,
    agentChannel,
    traits,
    turns: said.flatMap(({ who, written: text }) =>
      text === null || who === 'announcer' ? [] : [{ speaker: who, text }],
    ),
    truth,
    channels: agentChannel === 1 ? channels.toReversed() : channels,
    format: pick(FORMATS),
  }
}

type Chance = (share: number) => boolean
type Between = (low: number, high: number) => number

/** Two turns of one speaker, where the text has two sentences. */
function inRow(item: Said, chance: Chance, between: Between): Said[] {
  const sentences = item.spoken.match(/[^.?!]+[.?!]+\s*/g) ?? []
  if (sentences.length < 2 || !chance(0.25)) return [item]
  const cut = 1 + Math.floor(between(0, sentences.length - 1.01))
  return [sentences.slice(0, cut), sentences.slice(cut)].map((part) => {
    const text = part.join('').trim()
    return { ...item, spoken: text, written: text }
  })
}

/** Words that were said and not written down, or the reverse. */
function differing(item: Said, chance: Chance, pick: <T>(values: readonly T[]) => T): Said {
  if (chance(0.15)) return { ...item, spoken: `${pick(FILLERS)} ${item.spoken}` }
  const words = item.spoken.split(' ')
  if (words.length < 6 || !chance(0.2)) return item
  const part = Math.ceil(words.length * 0.25)
  const fewer = (chance(0.5) ? words.slice(0, -part) : words.slice(part)).join(' ')
  return chance(0.5) ? { ...item, written: fewer } : { ...item, spoken: fewer }
}

/** What a voice says for a text: phone numbers digit by digit, as people and agents read them. */
function asSpoken(text: string): string {
  return text.replace(/\b\d{3}-\d{3}-\d{4}\b/g, (number) =>
    number.replaceAll('-', ', ').replace(/\d(?=\d)/g, '$& '),
  )
}

/** A turn in one or two pieces: people hesitate. */
function withPauses(
  item: Said,
  voice: Voice,
  chance: Chance,
  between: Between,
): { pieces: { atSec: number; samples: Float32Array }[]; lengthSec: number } {
  const ownPace = { ...voice, wordsPerMinute: Math.round(voice.wordsPerMinute * between(0.92, 1.08)) }
  const words = asSpoken(item.spoken).split(' ')
  const cut = words.length > 5 && chance(0.25) ? 2 + Math.floor(between(0, words.length - 4)) : words.length
  let atSec = 0
  const pieces: { atSec: number; samples: Float32Array }[] = []
  let lengthSec = 0
  for (const text of [words.slice(0, cut).join(' '), words.slice(cut).join(' ')]) {
    if (!/[\p{L}\p{N}]/u.test(text)) continue
    const samples = speak(text, ownPace)
    pieces.push({ atSec, samples })
    lengthSec = atSec + samples.length / BENCH_RATE
    atSec = lengthSec + between(0.2, 1.2)
  }
  return { pieces, lengthSec }
}
