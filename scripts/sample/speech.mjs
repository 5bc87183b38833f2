import { spawnSync } from 'node:child_process'

/** Samples per second of everything before encoding: what espeak-ng gives out. */
export const SAMPLE_RATE = 22050

const WAV_HEADER_BYTES = 44
/** About -22 dBFS while somebody speaks: the level of a normal telephone call. */
const SPEECH_RMS = 0.08
const PEAK_LIMIT = 0.7
const AUDIBLE = 0.004

/**
 * What a voice says for a transcript's text: no control token, no emoji (espeak-ng reads their
 * names aloud), and long numbers digit by digit.
 */
export function spokenText(text) {
  return text
    .replace(/\s*REDIRECT_\w+\s*$/, '')
    .replace(/\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u{fe0f}|\u{200d}/gu, '')
    .replaceAll('’', "'")
    .replace(/\d[\d -]{5,}\d/g, (digits) =>
      digits
        .replace(/[^\d]+/g, ', ')
        .split('')
        .join(' '),
    )
    .trim()
}

/**
 * Speaks `text` and returns mono samples at SAMPLE_RATE without silence around them, at an even
 * loudness. `voice`: `{ name, wordsPerMinute, pitch }`. Throws when espeak-ng is missing, fails or
 * stays silent.
 */
export function speak(text, { name, wordsPerMinute, pitch }) {
  const spoken = spawnSync(
    'espeak-ng',
    ['--stdin', '--stdout', '-b', '1', '-v', name, '-s', `${wordsPerMinute}`, '-p', `${pitch}`],
    { input: text, maxBuffer: 64 * 2 ** 20 },
  )
  if (spoken.error) throw new Error(`espeak-ng could not be started: ${spoken.error.message}`)
  if (spoken.status !== 0) throw new Error(`espeak-ng failed (${name}): ${spoken.stderr}`)
  const samples = trimSilence(readPcm16(spoken.stdout.subarray(WAV_HEADER_BYTES)))
  if (samples.length === 0) throw new Error(`espeak-ng said nothing for "${text}"`)
  return level(samples)
}

function readPcm16(bytes) {
  const samples = new Float32Array(Math.floor(bytes.length / 2))
  for (let i = 0; i < samples.length; i++) samples[i] = bytes.readInt16LE(i * 2) / 32768
  return samples
}

function trimSilence(samples) {
  let start = 0
  let end = samples.length
  while (start < end && Math.abs(samples[start]) < AUDIBLE) start++
  while (end > start && Math.abs(samples[end - 1]) < AUDIBLE) end--
  return samples.subarray(start, end)
}

/** Brings what is audible to SPEECH_RMS, or as near as PEAK_LIMIT allows. */
function level(samples) {
  let squares = 0
  let audible = 0
  let peak = 0
  for (const sample of samples) {
    const size = Math.abs(sample)
    if (size > peak) peak = size
    if (size < AUDIBLE) continue
    squares += sample * sample
    audible++
  }
  const gain = Math.min(SPEECH_RMS / Math.sqrt(squares / audible), PEAK_LIMIT / peak)
  return samples.map((sample) => sample * gain)
}
