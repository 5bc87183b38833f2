import type { AgentChannel, SpeechSegments, Turn } from '@contract'
import { partitionPoint } from '@contract'
import type { TimeRange } from './time-range'

/** Where somebody speaks: one list a channel, and which of two the agent's is (null: not known). */
export interface Speech {
  channels: readonly SpeechSegments[]
  agentChannel: AgentChannel | null
}

export const NO_SPEECH: Speech = { channels: [], agentChannel: null }

/** The first pair of `pairs` (start, end; milliseconds; in order, apart) that ends behind `ms`. */
const firstEndingBehind = (pairs: SpeechSegments, ms: number): number =>
  partitionPoint(pairs.length >> 1, (at) => (pairs[at * 2 + 1] ?? 0) <= ms)

/**
 * The speech in [startSec, endSec] of whoever speaks in a turn: with two channels that of the speaker's own, with one
 * all of it. In order, apart; reaching over the edges where it does. None where nobody has listened, or it can't be told whose it is.
 */
export function speechOf(
  { channels, agentChannel }: Speech,
  { speaker }: Pick<Turn, 'speaker'>,
  { startSec, endSec }: TimeRange,
): TimeRange[] {
  const own = channels.length < 2 ? 0 : ownChannel(speaker, agentChannel)
  const pairs = own === null ? undefined : channels[own]
  if (!pairs) return []
  const found: TimeRange[] = []
  for (let pair = firstEndingBehind(pairs, startSec * 1000); pair * 2 + 1 < pairs.length; pair++) {
    const fromMs = pairs[pair * 2] ?? 0
    if (fromMs >= endSec * 1000) break
    found.push({ startSec: fromMs / 1000, endSec: (pairs[pair * 2 + 1] ?? 0) / 1000 })
  }
  return found
}

function ownChannel(speaker: Turn['speaker'], agentChannel: AgentChannel | null): AgentChannel | null {
  if (agentChannel === null || speaker === 'other') return null
  return speaker === 'agent' ? agentChannel : agentChannel === 0 ? 1 : 0
}
