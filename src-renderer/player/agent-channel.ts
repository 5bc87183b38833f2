import type { Peaks, Turn } from '@contract'
import { isUnspoken } from './timeline'

type Channel = 0 | 1

/** Of all sound, how much more must be where it is expected before it tells anything. */
const MARGIN = 0.25
/** Both shares must be this far from one half. */
const SHARE_MARGIN = 0.04
/** Seconds of sound that are looked at together, and how loud (of the channel's loudest) is speech. */
const WINDOW_SEC = 0.3
const SPEECH = 0.05

/**
 * Which of two channels is the agent's, by what several signs say together: who is loud while whose turns last (a
 * strong sign with the vendor's times, a weak one with estimated times), who speaks as large a part of the time as
 * of the text, and who is heard first. Null when they do not tell, or contradict each other.
 */
export function guessAgentChannel(peaks: Peaks, turns: readonly Turn[]): Channel | null {
  if (peaks.channels !== 2) return null
  const spoken = turns.filter((turn) => turn.speaker !== 'other' && !isUnspoken(turn.text))
  const runs = speechRuns(peaks)
  const votes = [0, 0]
  const vote = (channel: Channel | null, weight: number) => {
    if (channel !== null) votes[channel] = (votes[channel] ?? 0) + weight
  }
  const isTimed = spoken.some((turn) => turn.timing === 'vendor' || turn.timing === 'manual')
  vote(byTimes(peaks, spoken), isTimed ? 3 : 1)
  vote(byShares(peaks, spoken), 1)
  // As many changes of voice as of speaker: then the first voice is the first speaker's indeed.
  vote(byFirst(runs, spoken), runs.length === speakerChanges(spoken) ? 2 : 1)
  const [first = 0, second = 0] = votes
  if (first === second || Math.max(first, second) < 2) return null
  return first > second ? 0 : 1
}

/** How far the sound of a channel swings in a bucket (0 to 255). */
const swing = ({ data, buckets }: Peaks, channel: number, bucket: number): number => {
  const at = (channel * buckets + bucket) * 2
  return (data[at + 1] ?? 0) - (data[at] ?? 0)
}

function swingBetween(peaks: Peaks, channel: number, from: number, to: number): number {
  let sum = 0
  for (let bucket = Math.max(0, from); bucket < Math.min(peaks.buckets, to); bucket++)
    sum += swing(peaks, channel, bucket)
  return sum
}

function byTimes(peaks: Peaks, spoken: readonly Turn[]): Channel | null {
  let forFirst = 0
  let total = 0
  for (const { speaker, startSec, endSec } of spoken) {
    if (startSec === null || endSec === null) continue
    const from = Math.floor(startSec * peaks.bucketsPerSec)
    const to = Math.ceil(endSec * peaks.bucketsPerSec)
    const first = swingBetween(peaks, 0, from, to)
    const second = swingBetween(peaks, 1, from, to)
    forFirst += speaker === 'agent' ? first - second : second - first
    total += first + second
  }
  if (total === 0 || Math.abs(forFirst / total) < MARGIN) return null
  return forFirst > 0 ? 0 : 1
}

function byShares(peaks: Peaks, spoken: readonly Turn[]): Channel | null {
  const length = (agent: boolean) =>
    spoken.reduce((sum, turn) => sum + ((turn.speaker === 'agent') === agent ? turn.text.length : 0), 0)
  const text = length(true) / (length(true) + length(false)) - 0.5
  const first = swingBetween(peaks, 0, 0, peaks.buckets)
  const second = swingBetween(peaks, 1, 0, peaks.buckets)
  const sound = first / (first + second) - 0.5
  if (!(Math.abs(text) > SHARE_MARGIN && Math.abs(sound) > SHARE_MARGIN)) return null
  return text > 0 === sound > 0 ? 0 : 1
}

function byFirst(runs: readonly Channel[], spoken: readonly Turn[]): Channel | null {
  const [first] = runs
  if (first === undefined || spoken[0] === undefined) return null
  return spoken[0].speaker === 'agent' ? first : first === 0 ? 1 : 0
}

/** Which channel sounds after which, each named once until the other takes over. A lone window is no run. */
function speechRuns(peaks: Peaks): Channel[] {
  const loudest = [0, 1].map((channel) => {
    let most = 1
    for (let bucket = 0; bucket < peaks.buckets; bucket++)
      most = Math.max(most, swing(peaks, channel, bucket))
    return most
  })
  const size = Math.max(1, Math.round(WINDOW_SEC * peaks.bucketsPerSec))
  const runs: { channel: Channel; windows: number }[] = []
  for (let from = 0; from < peaks.buckets; from += size) {
    const first = swingBetween(peaks, 0, from, from + size) / (loudest[0] ?? 1)
    const second = swingBetween(peaks, 1, from, from + size) / (loudest[1] ?? 1)
    if (Math.max(first, second) < size * SPEECH) continue
    const channel = first > second ? 0 : 1
    const last = runs.at(-1)
    if (last?.channel === channel) last.windows += 1
    else runs.push({ channel, windows: 1 })
  }
  return runs
    .filter((run) => run.windows > 1)
    .map((run) => run.channel)
    .filter((channel, index, all) => channel !== all[index - 1])
}

const speakerChanges = (spoken: readonly Turn[]): number =>
  spoken.filter((turn, index) => turn.speaker !== spoken[index - 1]?.speaker).length
