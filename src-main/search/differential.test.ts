import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { parseQuery } from '@contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { storeTalkColumns } from '../calls/talk-store'
import type { VendorCall } from '../vendors/vendor-call'
import { callsFound, countCalls } from './queries'
import { checkIndex } from './search-index'
import { type CallSketch, searchWorkspace, type TestWorkspace, vendorCallOf } from './testing'
import { fulfils, type PlainCall, type PlainTalk, plainCall, wordsOf } from './testing-evaluator'

/*
 * What the index finds is what one finds by reading every call. `DIALOGUES=FILE QUERIES=1000 CALLS=2000` for real
 * dialogues ({"turns": [["u"|"a", text], …]} a line), else calls of words made up here.
 */
const QUERIES = Number(process.env.QUERIES ?? 400)
const CALLS = Number(process.env.CALLS ?? 600)
const NOW = Date.UTC(2026, 0, 20)

function randomFrom(seed: number): () => number {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
const random = randomFrom(seed * 7919 + 1)
const below = (end: number): number => Math.floor(random() * end)
function pick<T>(from: readonly T[]): T {
  const one = from[below(from.length)]
  if (one === undefined) throw new Error('Nothing to pick from.')
  return one
}

type Turn = [speaker: 'u' | 'a', text: string]

function dialogues(): Turn[][] {
  const file = process.env.DIALOGUES
  if (file) {
    const Line = z.object({ turns: z.array(z.tuple([z.enum(['u', 'a']), z.string()])) })
    const bytes = readFileSync(file)
    const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
    const lines = text.trim().split('\n')
    return Array.from({ length: CALLS }, () => Line.parse(JSON.parse(pick(lines))).turns)
  }
  const stems = 'la mo ver tin sal dor pri ken bo ash cal fen mar row quil ist ham by gran ley é ster'.split(
    ' ',
  )
  const words = Array.from({ length: 400 }, () => pick(stems) + (random() < 0.6 ? pick(stems) : ''))
  const word = (): string => words[Math.floor(words.length ** random()) - 1] ?? 'la'
  return Array.from({ length: CALLS }, () =>
    Array.from(
      { length: below(9) },
      (_, i): Turn => [
        (i + below(2)) % 2 === 0 ? 'a' : 'u',
        Array.from({ length: 1 + below(12) }, word).join(pick([' ', ' ', ', ', '. '])),
      ],
    ),
  )
}

let workspace: TestWorkspace
let calls: PlainCall[]

beforeAll(async () => {
  workspace = await searchWorkspace()
  const sketches = dialogues().map(
    (turns, i): CallSketch => ({
      externalId: `x${i}`,
      turns: turns.map(([speaker, text]) => ({ speaker: speaker === 'a' ? 'agent' : 'caller', text })),
      startedAtMs: Date.UTC(2026, 0, 1) + below(20 * 24 * 60) * 60_000 + below(60_000),
      summary: random() < 0.5 ? (turns[0]?.[1] ?? null) : null,
      status: pick(['completed', 'no-answer', 'Failed', null]),
      sentiment: pick(['positive', 'negative', null]),
      campaignId: pick(['k1', 'k2', null]),
      goalAchieved: pick(['yes', 'no', null]),
      from: `+1555${below(1000)}`,
      durationMs: random() < 0.9 ? below(600) * 1000 : null,
      vendorScore: random() < 0.8 ? below(100) : null,
      fields: random() < 0.5 ? { booked: random() < 0.5, amount: below(50) } : {},
    }),
  )
  const ids = workspace.add(...sketches)
  const labels = new Map<number, string>()
  const annotate = workspace.reviews.prepare(
    `INSERT INTO annotations (id, draft_hash, call_id, vendor, connection_id, connection, external_id, kind, label,
       comment, reviewer, created_at_ms, updated_at_ms)
     VALUES (?, '', ?, 'prosper', '', '', '', 'call', ?, '', 'Ana', 0, 0)`,
  )
  for (let i = 0; i < CALLS; i += 1 + below(20)) {
    const label = pick(['Tone', 'Missed intent'])
    labels.set(i, label)
    annotate.run(`a${i}`, ids[i], label)
  }
  calls = sketches.map((sketch, i) => {
    const label = labels.get(i)
    const talk = random() < 0.7 ? talkOf() : null
    if (talk) storeTalkColumns(workspace.calls, ids[i] ?? '', columnsOf(talk))
    return plainCall(vendorCallOf(sketch) satisfies VendorCall, label === undefined ? [] : [label], talk)
  })
}, 120_000)
afterAll(() => workspace.close())

const talkOf = (): PlainTalk => ({
  talk: below(1001) / 10,
  silence: below(1001) / 10,
  deadair: below(12_000) / 1000,
  monologue: below(120_000) / 1000,
  interruptions: random() < 0.6 ? below(5) : null,
  latency: random() < 0.6 ? below(4000) / 1000 : null,
})
const columnsOf = (talk: PlainTalk) => ({
  agent_talk_permille: Math.round(talk.talk * 10),
  silence_permille: Math.round(talk.silence * 10),
  longest_silence_ms: Math.round(talk.deadair * 1000),
  longest_monologue_ms: Math.round(talk.monologue * 1000),
  agent_interruptions: talk.interruptions,
  agent_latency_ms: talk.latency === null ? null : Math.round(talk.latency * 1000),
})

/** A query as a person might type it, with words that are there. */
function query(depth = 0): string {
  const turn = (): string[] => {
    for (;;) {
      const { words } = pick(pick(calls).texts)
      if (words.length > 0) return words
    }
  }
  const word = (): string => pick(turn())
  const beginning = (): string => word().slice(0, 1 + below(4))
  const phrase = (): string => {
    const words = turn()
    const from = below(words.length)
    return words.slice(from, from + 1 + below(3)).join(' ')
  }
  const part = (): string => {
    const kind = below(20)
    if (kind < 6) return word()
    if (kind < 8) return `${beginning()}*`
    if (kind < 10) return `"${phrase()}"${random() < 0.1 ? '*' : ''}`
    if (kind < 11) {
      const words = turn()
      return `NEAR(${pick(words)} ${random() < 0.7 ? pick(words) : word()}${random() < 0.2 ? ` "${phrase()}"` : ''}, ${below(8)})`
    }
    if (kind < 12) return `speaker:${pick(['agent', 'caller', 'other'])}`
    if (kind < 16)
      return pick([
        `status:${pick(['completed', 'no_answer', 'failed', 'comp*'])}`,
        `sentiment:${pick(['negative', 'pos*'])}`,
        `campaign:${pick(['k1', 'k2', 'k3'])}`,
        `goal:${pick(['yes', 'no'])}`,
        `data.booked:${pick(['true', 'false'])}`,
      ])
    if (kind < 18)
      return pick([
        `score:${pick(['<50', '>=80', '20..40'])}`,
        `duration:${pick(['>5m', '<30s'])}`,
        `date:${pick(['2026-01-05', '2026-01-02..2026-01-12', 'last-7-days'])}`,
        `data.amount:${pick(['>25', '<=10', '7'])}`,
        `talk:${pick(['>60%', '<=30.5%', '40%..60%', '50%'])}`,
        `silence:${pick(['>30%', '<10%'])}`,
        `deadair:${pick(['>3s', '>5s', '<=1.1s'])}`,
        `monologue:${pick(['>60s', '10s..1m'])}`,
        `interruptions:${pick(['>0', '0', '>=2'])}`,
        `latency:${pick(['>2s', '<800ms', '1.5s'])}`,
      ])
    if (kind < 19) return pick(['has:annotation', 'has:deadair', 'label:tone', 'label:"Missed intent"'])
    return depth < 2 ? `(${query(depth + 1).trim()})` : word()
  }
  const parts = Array.from({ length: 1 + below(3) }, () => `${random() < 0.15 ? '-' : ''}${part()}`)
  return `${parts.join(random() < 0.25 ? ' OR ' : ' ')}${random() < 0.15 && depth === 0 ? '' : ' '}`
}

test(`${QUERIES} random queries over ${CALLS} calls find what reading every call finds (seed ${seed})`, {
  timeout: 1_800_000,
}, () => {
  const order = [...calls].sort((a, b) => (b.call.startedAtMs ?? 0) - (a.call.startedAtMs ?? 0))
  const minutes = new Map(
    calls.map(({ call }) => [call.externalId, Math.floor((call.startedAtMs ?? 0) / 60_000)]),
  )
  let hits = 0
  let withHits = 0
  for (let i = 0; i < QUERIES; i += 1) {
    const text = query()
    const { root, problems } = parseQuery(text)
    expect(problems, text).toEqual([])
    const wanted = order.filter((one) => fulfils(one, root, NOW)).map(({ call }) => call.externalId)
    const found: string[] = []
    let cursor: number | null = null
    do {
      const page = callsFound(workspace.db, text, { cursor, limit: 97, nowMs: NOW })
      found.push(...page.rows.map(({ externalId }) => externalId))
      cursor = page.cursor
    } while (cursor !== null)
    expect([...found].sort(), text).toEqual([...wanted].sort())
    // Newest first, to the minute.
    for (const [at, id] of found.entries())
      expect(minutes.get(id) ?? 0, text).toBeLessThanOrEqual(minutes.get(found[at - 1] ?? id) ?? 0)
    expect(countCalls(workspace.db, text, NOW).total, text).toBe(wanted.length)
    hits += wanted.length
    if (wanted.length > 0) withHits += 1
  }
  // A test of nothing but empty answers would say nothing.
  expect(withHits).toBeGreaterThan(QUERIES / 3)
  expect(hits).toBeGreaterThan(QUERIES)
  expect(checkIndex(workspace.calls)).toBeNull()
  expect(wordsOf('Été 2')).toEqual(['ete', '2'])
})
