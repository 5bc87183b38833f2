import type { AgentChannel, Peaks, Speaker, Turn } from '@contract'

/** One row of the waveform. `speaker: null`: nobody can tell who it is. */
export interface Lane {
  speaker: Speaker | null
  /** The channel (from 0) that the lane draws. */
  channel: number
}

/** Stereo: the agent's lane above the caller's, or the channels as they are when nobody can tell. */
export function lanesOf({ channels }: Pick<Peaks, 'channels'>, agent: AgentChannel | null): Lane[] {
  if (channels === 1) return [{ speaker: null, channel: 0 }]
  if (agent === null) return Array.from({ length: channels }, (_, channel) => ({ speaker: null, channel }))
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
