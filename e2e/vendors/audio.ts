import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { SimulatedCall } from './calls'

const RATE = 8000

/** Audio by a call's id: bytes and Content-Type; null when there is none. */
export type RecordingSource = (call: SimulatedCall) => { bytes: Buffer; contentType: string } | null

/**
 * A recording made by code: 16-bit stereo WAV, a steady tone on the left while the agent speaks (440 Hz), on the right
 * while the caller does (330 Hz), as long as the turns say but at most `maxSec`.
 */
export function toneRecording(call: SimulatedCall, maxSec = 120): Buffer {
  const frames = Math.max(RATE, Math.round(Math.min(call.lengthSec, maxSec) * RATE))
  const samples = new Int16Array(frames * 2)
  call.turns.forEach((turn, index) => {
    const from = Math.round(turn.atSec * RATE)
    const to = Math.round((call.turns[index + 1]?.atSec ?? call.lengthSec) * RATE - 0.15 * RATE)
    const step = (2 * Math.PI * (turn.who === 'agent' ? 440 : 330)) / RATE
    const channel = turn.who === 'agent' ? 0 : 1
    for (let frame = from; frame < Math.min(to, frames); frame++) {
      // Half a word loud, half a word soft, so that the waveform has a shape.
      const loudness = Math.floor((frame - from) / (RATE * 0.2)) % 2 === 0 ? 12_000 : 5000
      samples[frame * 2 + channel] = Math.round(Math.sin((frame - from) * step) * loudness)
    }
  })
  return Buffer.concat([wavHeader(samples.byteLength, 2), Buffer.from(samples.buffer)])
}

function wavHeader(dataBytes: number, channels: number): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0, 'ascii')
  header.writeUInt32LE(36 + dataBytes, 4)
  header.write('WAVEfmt ', 8, 'ascii')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(channels, 22)
  header.writeUInt32LE(RATE, 24)
  header.writeUInt32LE(RATE * channels * 2, 28)
  header.writeUInt16LE(channels * 2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36, 'ascii')
  header.writeUInt32LE(dataBytes, 40)
  return header
}

/** Tones for every call with a recording. */
export const tones: RecordingSource = (call) =>
  call.hasRecording ? { bytes: toneRecording(call), contentType: 'audio/wav' } : null

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.mp3': 'audio/mpeg',
  '.wav': 'audio/wav',
  '.ogg': 'audio/ogg',
  '.opus': 'audio/ogg',
  '.m4a': 'audio/mp4',
  '.flac': 'audio/flac',
}

/** Files of a folder by name: `<id>.mp3` where there is one; else the files in turn, and tones in an empty folder. */
export function recordingsFrom(folder: string): RecordingSource {
  const files = readdirSync(folder)
    .filter((name) => extname(name).toLowerCase() in CONTENT_TYPES)
    .sort()
  return (call) => {
    if (!call.hasRecording) return null
    const ids = [call.id, call.record?.session_id, call.record?.call_log_id].filter((id) => id !== undefined)
    const named = files.find((name) => ids.some((id) => name === `${String(id)}${extname(name)}`))
    const name = named ?? (call.record === undefined ? files[call.id % Math.max(files.length, 1)] : undefined)
    if (name === undefined) return call.record === undefined ? tones(call) : null
    const contentType = CONTENT_TYPES[extname(name).toLowerCase()] ?? 'application/octet-stream'
    return { bytes: readFileSync(join(folder, name)), contentType }
  }
}
