import type { Peaks, Speaker, Turn } from '@contract'
import { isUnspoken } from './timeline'

/** One row of the waveform. `speaker: null`: nobody can tell who it is. */
export interface Lane {
  speaker: Speaker | null
  /** The channel (from 0) that the lane draws. */
  channel: number
}

/** How much clearer than a coin toss the agent's channel must be before a name stands on it. */
const MARGIN = 0.25

/**
 * Which channel is the agent's, by comparing how loud each is while agent and caller speak. Null when the
 * difference does not tell (no times, much cross-talk, both on both channels).
 */
export function guessAgentChannel(peaks: Peaks, turns: readonly Turn[]): 0 | 1 | null {
  if (peaks.channels !== 2) return null
  let forFirst = 0
  let total = 0
  for (const turn of turns) {
    if (turn.speaker === 'other' || turn.startSec === null || turn.endSec === null) continue
    if (isUnspoken(turn.text)) continue
    const first = loudness(peaks, 0, turn.startSec, turn.endSec)
    const second = loudness(peaks, 1, turn.startSec, turn.endSec)
    forFirst += turn.speaker === 'agent' ? first - second : second - first
    total += first + second
  }
  if (total === 0) return null
  const lead = forFirst / total
  return Math.abs(lead) < MARGIN ? null : lead > 0 ? 0 : 1
}

/** The summed swing of a channel between two times. */
function loudness(peaks: Peaks, channel: number, fromSec: number, toSec: number): number {
  const from = Math.max(0, Math.floor(fromSec * peaks.bucketsPerSec))
  const to = Math.min(peaks.buckets, Math.ceil(toSec * peaks.bucketsPerSec))
  const base = channel * peaks.buckets * 2
  let sum = 0
  for (let bucket = from; bucket < to; bucket++)
    sum += (peaks.data[base + bucket * 2 + 1] ?? 0) - (peaks.data[base + bucket * 2] ?? 0)
  return sum
}

/** Stereo: the agent's lane above the caller's, or the channels as they are when nobody can tell. */
export function lanesOf(peaks: Peaks, turns: readonly Turn[]): Lane[] {
  if (peaks.channels === 1) return [{ speaker: null, channel: 0 }]
  const agent = guessAgentChannel(peaks, turns)
  if (agent === null)
    return Array.from({ length: peaks.channels }, (_, channel) => ({ speaker: null, channel }))
  return [
    { speaker: 'agent', channel: agent },
    { speaker: 'caller', channel: 1 - agent },
  ]
}

/**
 * A mono recording's amplitudes taken apart by who speaks: three arrays as long as the given one (agent, caller,
 * neither), each silent while another speaks. Turns are told by their times, estimated or not.
 */
export function splitBySpeaker(
  amplitude: Float32Array,
  bucketsPerSec: number,
  turns: readonly Turn[],
): { agent: Float32Array; caller: Float32Array; other: Float32Array } {
  const agent = new Float32Array(amplitude.length)
  const caller = new Float32Array(amplitude.length)
  const other = Float32Array.from(amplitude)
  for (const turn of turns) {
    if (turn.speaker === 'other' || turn.startSec === null || turn.endSec === null) continue
    const target = turn.speaker === 'agent' ? agent : caller
    const from = Math.max(0, Math.round(turn.startSec * bucketsPerSec))
    const to = Math.min(amplitude.length, Math.round(turn.endSec * bucketsPerSec))
    if (to <= from) continue
    target.set(amplitude.subarray(from, to), from)
    ;(target === agent ? caller : agent).fill(0, from, to)
    other.fill(0, from, to)
  }
  return { agent, caller, other }
}
