import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { atomsOf } from '../../../src-main/recordings/alignment/atoms'
import { COARSE, FeatureAccumulator, FRAMES_PER_SEC } from '../../../src-main/recordings/alignment/features'
import { soundClasses } from '../../../src-main/recordings/alignment/sound-classes'
import { SOUND_DIMENSIONS, soundPoints } from '../../../src-main/recordings/alignment/text-match'
import { detectSpeech } from '../../../src-main/recordings/speech'
import { BENCH_RATE } from '../align-speech'
import { lettersBeside, soundsOf } from './phones'

/**
 * `points.ts FOLDER OUT`: what the alignment hears of the calls that `speak.py` made, with the class of the letter that is said at each
 * point. Writes OUT.x (32-bit floats, SOUND_DIMENSIONS a point), OUT.y (a byte a point, 255: none) and OUT.json (calls and their points).
 */

const Call = z.object({
  turns: z.array(
    z.object({ text: z.string(), end: z.number(), phones: z.array(z.tuple([z.number(), z.string()])) }),
  ),
})
/** A sound that seems longer has a pause behind it. */
const LONGEST_SEC = 0.35
const POINTS_PER_SEC = FRAMES_PER_SEC / COARSE

function labelled(turns: z.infer<typeof Call>['turns'], points: number): Uint8Array {
  const labels = new Uint8Array(points).fill(255)
  for (const { text, end, phones } of turns) {
    const heard = phones.flatMap(([startSec, phone], n) => {
      const sounds = [...soundsOf(phone)]
      const eachSec = ((phones[n + 1]?.[0] ?? end) - startSec) / Math.max(1, sounds.length)
      return sounds.map((sound, s) => ({ sound, fromSec: startSec + s * eachSec, sec: eachSec }))
    })
    const letters = lettersBeside(heard.map(({ sound }) => sound).join(''), soundClasses(text))
    for (const [n, { fromSec, sec }] of heard.entries()) {
      const until = (fromSec + Math.min(sec, LONGEST_SEC)) * POINTS_PER_SEC
      for (let p = Math.ceil(fromSec * POINTS_PER_SEC); p < until; p += 1) labels[p] = letters[n] ?? 255
    }
  }
  return labels
}

function learnt(folder: string, name: string): { data: Float32Array; classes: Uint8Array } | null {
  const { turns } = Call.parse(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')))
  const bytes = readFileSync(join(folder, `${name}.f32`))
  const sound = new FeatureAccumulator()
  sound.add(
    [new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))],
    BENCH_RATE,
  )
  const [channel] = sound.finish().channels
  if (!channel) return null
  const atoms = atomsOf(detectSpeech(channel, null), 0, channel.levelDb)
  const { count, data } = soundPoints(channel, 0, atoms)
  const labels = labelled(turns, Math.ceil(channel.frames / COARSE))
  const classes = new Uint8Array(count)
  let p = 0
  for (const { start, end } of atoms)
    for (let c = Math.ceil(start / COARSE); c * COARSE < end; c += 1, p += 1) classes[p] = labels[c] ?? 255
  return { data, classes }
}

const [folder = '', out = ''] = process.argv.slice(2)
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length))
  .sort()
const calls = names.flatMap((name) => {
  const call = learnt(folder, name)
  return call ? [{ name, ...call }] : []
})
writeFileSync(`${out}.x`, Buffer.concat(calls.map(({ data }) => Buffer.from(data.buffer))))
writeFileSync(`${out}.y`, Buffer.concat(calls.map(({ classes }) => Buffer.from(classes.buffer))))
writeFileSync(
  `${out}.json`,
  JSON.stringify({
    dimensions: SOUND_DIMENSIONS,
    calls: calls.map(({ name, classes }) => ({ name, points: classes.length })),
  }),
)
