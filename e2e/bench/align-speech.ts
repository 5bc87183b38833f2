import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Samples a second of everything before encoding. */
export const BENCH_RATE = 16_000

/** A synthetic speaker. */
export interface Voice {
  /** An espeak-ng voice with its variant ("en-us+f3"), or with `flite:` in front one of flite's. */
  readonly name: string
  readonly wordsPerMinute: number
  /** 0 to 99. */
  readonly pitch: number
}

const ACCENTS = [
  'en-us',
  'en-us',
  'en-gb',
  'en-gb-x-rp',
  'en-gb-scotland',
  'en-029',
  'en-us-nyc',
  'en-gb-x-gbclan',
  'en-gb-x-gbcwmd',
]

/** Variants that sound like people; every second one is kept for measuring and was never tuned on. */
const PEOPLE =
  'm1 f1 m2 f2 m3 f3 m4 f4 m5 f5 m6 adam m7 Alicia m8 Andrea Alex Annie Andy belinda david steph ed steph2 edward linda Gene anika Hugo grandma max aunty michael Denis paul pedro rob quincy robert victor travis shelby norbert marcelo Marco Michel Mike miguel john Lee Diogo Antonio'.split(
    ' ',
  )

/** Voices and accents, some of them strange ones, on which changes are compared: neither tuned on nor measured at the end. */
const COMPARED =
  'benjamin boris caleb gustave announcer Henrique iven iven2 iven3 Jacky kaukovalta Mario Mr Nguyen pablo steph3 Storm zac edward2 Gene2 grandpa sandro croak klatt klatt2 klatt3 klatt4 Tweaky AnxiousAndy'.split(
    ' ',
  )
const FOREIGN_ACCENTS = ['de', 'fr', 'es', 'it', 'nl', 'hi']
const FOREIGN_SHARE = 0.25

export type Part = 'develop' | 'compare' | 'held-out' | 'flite'

const FLITE = ['slt', 'rms', 'awb', 'kal16']

/** A voice of that part, drawn with `random`. */
export function drawVoice(part: Part, random: () => number): Voice {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
  const variants =
    part === 'compare' ? COMPARED : PEOPLE.filter((_, i) => (i % 2 === 0) === (part === 'develop'))
  const accents = part === 'compare' && random() < FOREIGN_SHARE ? FOREIGN_ACCENTS : ACCENTS
  const name = part === 'flite' ? `flite:${pick(FLITE)}` : `${pick(accents)}+${pick(variants)}`
  return {
    name,
    wordsPerMinute: Math.round(135 + 70 * random()),
    pitch: Math.round(25 + 50 * random()),
  }
}

/** Whether espeak-ng and ffmpeg can be started; the names of what is missing. */
export function missingTools(): string[] {
  return [
    ['espeak-ng', '--version'],
    ['ffmpeg', '-version'],
  ]
    .filter(([tool = '', ask = '']) => spawnSync(tool, [ask]).status !== 0)
    .map(([tool = '']) => tool)
}

const CACHE = join(tmpdir(), 'earmark-bench-align')

/** What the voice says, mono at BENCH_RATE, about -20 dBFS while it speaks, silence (-40 dB) cut off both ends. */
export function speak(text: string, voice: Voice): Float32Array {
  const key = createHash('sha1')
    .update(JSON.stringify([text, voice, 2]))
    .digest('hex')
  const path = join(CACHE, `${key}.s16`)
  if (!existsSync(path)) {
    mkdirSync(CACHE, { recursive: true })
    writeFileSync(path, synthesise(text, voice))
  }
  const bytes = readFileSync(path)
  const pcm = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1)
  return levelled(trimmed(Float32Array.from(pcm, (sample) => sample / 32768)))
}

function synthesise(text: string, { name, wordsPerMinute, pitch }: Voice): Buffer {
  const flite = name.startsWith('flite:')
  const spoken = flite
    ? spawnSync(
        process.env.FLITE ?? 'flite',
        [
          ...['-voice', name.slice(6), '--setf', `duration_stretch=${(165 / wordsPerMinute).toFixed(3)}`],
          ...[
            '--setf',
            `int_f0_target_mean=${Math.round(75 + pitch * 1.6)}`,
            '-t',
            text,
            '-o',
            '/dev/stdout',
          ],
        ],
        { maxBuffer: 2 ** 26 },
      )
    : spawnSync(
        'espeak-ng',
        ['--stdin', '--stdout', '-b', '1', '-v', name, '-s', `${wordsPerMinute}`, '-p', `${pitch}`],
        { input: text, maxBuffer: 2 ** 26 },
      )
  if (spoken.status !== 0 || spoken.stdout.length < 100)
    throw new Error(`No speech for ${name}: ${spoken.stderr}`)
  const resampled = spawnSync(
    'ffmpeg',
    [...['-v', 'error', '-i', 'pipe:0'], ...['-f', 's16le', '-ac', '1', '-ar', `${BENCH_RATE}`, 'pipe:1']],
    { input: spoken.stdout, maxBuffer: 2 ** 26 },
  )
  return resampled.stdout
}

/** Without what is 40 dB below the loudest 10 ms on both ends: where a listener hears something. */
function trimmed(samples: Float32Array): Float32Array {
  const hop = BENCH_RATE / 100
  const powers = Array.from({ length: Math.ceil(samples.length / hop) }, (_, i) => {
    let sum = 0
    for (const s of samples.subarray(i * hop, (i + 1) * hop)) sum += s * s
    return sum
  })
  const least = Math.max(...powers, 0) * 1e-4
  const first = powers.findIndex((p) => p > least)
  const last = powers.findLastIndex((p) => p > least)
  return first < 0 ? new Float32Array() : samples.slice(first * hop, (last + 1) * hop)
}

function levelled(samples: Float32Array): Float32Array {
  let squares = 0
  let count = 0
  for (const s of samples) {
    if (Math.abs(s) < 0.003) continue
    squares += s * s
    count += 1
  }
  const gain = count === 0 ? 0 : 0.09 / Math.sqrt(squares / count)
  return samples.map((s) => s * gain)
}
