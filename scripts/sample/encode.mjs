import { spawnSync } from 'node:child_process'
import { SAMPLE_RATE } from './speech.mjs'

/**
 * The recordings' formats: file extension, ffmpeg's arguments for one and for two channels, and how
 * much later than in the mix everything is heard when a player can not know the encoder's delay.
 */
const formats = {
  mp3Cbr: {
    extension: 'mp3',
    args: (channels) => mp3(['-b:a', channels === 2 ? '32k' : '24k'], 16000),
  },
  /** Without the Xing/LAME header, so without a length and without the encoder's delay. */
  mp3CbrBare: {
    extension: 'mp3',
    args: () => mp3(['-b:a', '24k', '-write_xing', '0'], 16000),
    delaySec: 1105 / 16000,
  },
  mp3Vbr: { extension: 'mp3', args: () => mp3(['-q:a', '9'], 16000) },
  wavPcm: { extension: 'wav', args: () => ['-c:a', 'pcm_s16le', '-ar', '8000'] },
  wavMulaw: { extension: 'wav', args: () => ['-c:a', 'pcm_mulaw', '-ar', '8000'] },
  /** At less than 28k Opus gives up stereo: each voice is then heard on both channels. */
  opus: {
    extension: 'ogg',
    args: (channels) => [
      ...['-c:a', 'libopus', '-b:a', channels === 2 ? '28k' : '16k'],
      ...['-cutoff', '8000', '-ar', '48000'],
    ],
  },
  vorbis: { extension: 'ogg', args: () => ['-c:a', 'libvorbis', '-q:a', '0', '-ar', '16000'] },
}

/** `-joint_stereo 0` keeps each speaker on one channel at such low rates. */
function mp3(rateArgs, sampleRate) {
  return ['-c:a', 'libmp3lame', '-joint_stereo', '0', ...rateArgs, '-ar', `${sampleRate}`]
}

/** The file extension of a format, without the dot. */
export const extensionOf = (format) => formats[format].extension

/** Seconds by which the format's decoded sound lies behind the mix. */
export const delaySecOf = (format) => formats[format].delaySec ?? 0

/** Encodes `channels` (Float32Arrays at SAMPLE_RATE) into `file`, the same bytes in every run. */
export function encode(channels, format, file) {
  const frames = channels[0].length
  const interleaved = new Float32Array(frames * channels.length)
  for (const [index, channel] of channels.entries()) {
    for (let i = 0; i < frames; i++) interleaved[i * channels.length + index] = channel[i]
  }
  ffmpeg(
    [
      ...['-f', 'f32le', '-ar', `${SAMPLE_RATE}`, '-ac', `${channels.length}`, '-i', 'pipe:0'],
      ...formats[format].args(channels.length),
      ...['-map_metadata', '-1', '-fflags', '+bitexact', '-flags:a', '+bitexact', '-y', file],
    ],
    Buffer.from(interleaved.buffer),
  )
}

/**
 * Decodes `file` again: `{ lengthSec, peak, loudness }`, with both levels from 0 to 1 and the loudness
 * (root mean square) taken over the 50 ms windows in which something is heard on any channel.
 */
export function measure(file, channelCount) {
  const rate = 48000
  const raw = ffmpeg(['-i', file, '-f', 's16le', '-ar', `${rate}`, 'pipe:1'])
  const samples = new Int16Array(raw.buffer, raw.byteOffset, raw.length / 2)
  const windowSamples = (rate / 20) * channelCount
  let peak = 0
  let heard = 0
  let heardSquares = 0
  for (let start = 0; start < samples.length; start += windowSamples) {
    const end = Math.min(samples.length, start + windowSamples)
    let squares = 0
    for (let i = start; i < end; i++) {
      const sample = samples[i] / 32768
      squares += sample * sample
      peak = Math.max(peak, Math.abs(sample))
    }
    if (squares / (end - start) < 0.01 ** 2) continue
    heard += end - start
    heardSquares += squares
  }
  return {
    lengthSec: samples.length / channelCount / rate,
    peak,
    loudness: heard === 0 ? 0 : Math.sqrt(heardSquares / heard),
  }
}

function ffmpeg(args, input) {
  const run = spawnSync('ffmpeg', ['-v', 'error', '-nostdin', ...args], {
    ...(input ? { input } : {}),
    maxBuffer: 256 * 2 ** 20,
  })
  if (run.error) throw new Error(`ffmpeg could not be started: ${run.error.message}`)
  if (run.status !== 0) throw new Error(`ffmpeg failed: ${run.stderr}`)
  return run.stdout
}
