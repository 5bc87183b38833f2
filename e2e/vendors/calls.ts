import { createHash } from 'node:crypto'
import type { Dialogue } from './dialogues'

export interface SpokenTurn {
  who: 'agent' | 'caller'
  text: string
  /** Seconds from the start of the call. */
  atSec: number
}

/** A call as a simulator keeps it; each vendor's simulator writes it in its own shape. */
export interface SimulatedCall {
  /** Prosper's `call_log_id`; part of Malakai's ids. */
  id: number
  campaignId: string
  createdAtMs: number
  status: string
  lengthSec: number
  /** The number of the person at the other end, and the company's own. */
  person: string
  line: string
  turns: readonly SpokenTurn[]
  summary: string
  sentiment: string
  goalAchieved: boolean
  score: number
  /** The department that the call was sent on to, or null. */
  redirect: string | null
  hasRecording: boolean
  /** Laid over the vendor's record: what `updateCall` was given. */
  changes: Readonly<Record<string, unknown>>
  /** A vendor's record that is handed out as it is (of the sample); its id decides in requests. */
  record?: Readonly<Record<string, unknown>>
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: string): () => number {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface MakeCalls {
  dialogues: readonly Dialogue[]
  count: number
  campaigns: readonly string[]
  seed?: string
  /** Of the first id; default 10001. */
  firstId?: number
  /** Of the oldest call; default 2026-01-05, 09:00 UTC. The others follow, 7 to 53 minutes apart. */
  startMs?: number
}

const WORDS_PER_SEC = 2.6
const SENTIMENTS = ['neutral', 'positive', 'negative', 'neutral', 'positive']

/**
 * `count` calls from dialogues, oldest first: dialogues repeat, everything else about a call is its own. The same
 * input gives the same calls. Every tenth was never answered: it has no turns and no recording.
 */
export function makeCalls(options: MakeCalls): SimulatedCall[] {
  const { dialogues, count, campaigns, seed = 'earmark', firstId = 10_001 } = options
  const random = seededRandom(`${seed}/${firstId}`)
  const calls: SimulatedCall[] = []
  let createdAtMs = options.startMs ?? Date.UTC(2026, 0, 5, 9)
  for (let index = 0; index < count; index++) {
    const dialogue = dialogues[index % dialogues.length]
    if (dialogue === undefined) break
    createdAtMs += Math.round((7 + random() * 46) * 60) * 1000
    const isAnswered = index % 10 !== 9
    const turns = isAnswered ? spoken(dialogue, random) : []
    const last = turns.at(-1)
    const service = (dialogue.services[0] ?? 'General').replace(/_\d+$/, '')
    const goalAchieved = isAnswered && random() < 0.7
    calls.push({
      id: firstId + index,
      campaignId: campaigns[index % campaigns.length] ?? 'campaign-1',
      createdAtMs,
      status: isAnswered ? 'completed' : 'failed',
      lengthSec: last === undefined ? 0 : Math.round((last.atSec + secondsOf(last.text)) * 10) / 10,
      person: `+1202555${String(Math.floor(random() * 10_000)).padStart(4, '0')}`,
      line: '+12025550100',
      turns,
      summary: isAnswered
        ? `The caller spoke with the agent about ${service.toLowerCase()}. ${goalAchieved ? 'The request was settled.' : 'The request stayed open.'}`
        : 'Nobody answered the call.',
      sentiment: SENTIMENTS[Math.floor(random() * SENTIMENTS.length)] ?? 'neutral',
      goalAchieved,
      score: Math.round(40 + random() * 60),
      redirect: isAnswered && random() < 0.2 ? (random() < 0.5 ? 'Sales' : 'customer_service') : null,
      hasRecording: isAnswered,
      changes: {},
    })
  }
  return calls
}

const secondsOf = (text: string): number => text.split(/\s+/).length / WORDS_PER_SEC

function spoken(dialogue: Dialogue, random: () => number): SpokenTurn[] {
  let atSec = 0.4
  return dialogue.turns.map(([who, text]) => {
    const turn: SpokenTurn = {
      who: who === 'a' ? 'agent' : 'caller',
      text,
      atSec: Math.round(atSec * 10) / 10,
    }
    atSec += secondsOf(text) + 0.2 + random() * 0.8
    return turn
  })
}

/** Hexadecimal digits that belong to a call, for ids that look like the vendor's. */
export const hexOf = (call: SimulatedCall, what: string, length: number): string =>
  createHash('sha256').update(`${what}/${call.campaignId}/${call.id}`).digest('hex').slice(0, length)
