import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import type { VendorCall } from '../../src-main/vendors/vendor-call'

export interface Dialogue {
  turns: { speaker: 'agent' | 'caller'; text: string }[]
}

const Line = z.object({ turns: z.array(z.tuple([z.enum(['u', 'a']), z.string()])) })

/** Dialogues of a JSON lines file (`.gz` or not), one `{"turns": [["u"|"a", text], …]}` a line: `u` is the caller. */
export function readDialogues(file: string): Dialogue[] {
  const bytes = readFileSync(file)
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({
      turns: Line.parse(JSON.parse(line)).turns.map(([who, said]) => ({
        speaker: who === 'u' ? 'caller' : 'agent',
        text: said,
      })),
    }))
}

/** A generator of numbers in [0, 1) that is the same for the same seed (xorshift32). */
export function randomFrom(seed: number): () => number {
  let state = (Math.imul(seed, 2_654_435_761) ^ 0x9e3779b9) | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

const STEMS =
  'la mo ver tin sal dor pri ken bo ash cal fen mar row quil ist ham wold thor by gran ley ster bel nor dan eth'.split(
    ' ',
  )

/** Dialogues of made-up words whose frequencies fall as in real speech (Zipf's law), where no file is given. */
export function makeDialogues(count: number, seed: number): Dialogue[] {
  const random = randomFrom(seed)
  const pick = (): string => STEMS[Math.floor(random() * STEMS.length)] ?? 'la'
  const words = Array.from(
    { length: 20_000 },
    (_, i) => pick() + (i < 60 ? '' : pick()) + (i < 2000 ? '' : pick()),
  )
  const word = (): string => words[Math.floor(words.length ** random()) - 1] ?? 'la'
  return Array.from({ length: count }, () => ({
    turns: Array.from({ length: 8 + Math.floor(random() * 20) }, (_, i) => ({
      speaker: i % 2 === 0 ? ('agent' as const) : ('caller' as const),
      text: `${Array.from({ length: 3 + Math.floor(random() * 18) }, word).join(' ')}.`,
    })),
  }))
}

const NEWEST_MS = Date.UTC(2026, 8, 1)
const STATUSES = ['completed', 'completed', 'completed', 'completed', 'no-answer', 'failed', 'voicemail']
const SENTIMENTS = ['positive', 'neutral', 'neutral', 'negative', null]

/** Calls resampled from the dialogues, oldest first, over two years: the `from`-th to the `to`-th of `total`. */
export function* sampleCalls(
  dialogues: readonly Dialogue[],
  { from, to, total, seed }: { from: number; to: number; total: number; seed: number },
): Generator<VendorCall> {
  for (let number = from; number < to; number += 1) {
    const random = randomFrom(seed * 1_000_003 + number + 1)
    for (let i = 0; i < 4; i += 1) random()
    const dialogue = dialogues[Math.floor(random() * dialogues.length)] ?? { turns: [] }
    const startedAtMs = Math.round(NEWEST_MS - ((total - number) / total) * 730 * 86_400_000)
    const pick = <T>(values: readonly T[]): T | null => values[Math.floor(random() * values.length)] ?? null
    const call: Omit<VendorCall, 'raw'> = {
      vendor: 'prosper',
      externalId: `bench-${seed}-${number}`,
      completeness: 'detail',
      isFinal: true,
      campaignId: `campaign-${Math.floor(random() ** 2 * 12)}`,
      startedAtMs,
      endedAtMs: null,
      durationMs: Math.round(dialogue.turns.length * (2000 + random() * 8000)),
      status: random() < 0.0005 ? 'abandoned' : pick(STATUSES),
      sentiment: pick(SENTIMENTS),
      goalAchieved: random() < 0.6 ? 'yes' : 'no',
      from: `+1555${String(Math.floor(random() * 1e7)).padStart(7, '0')}`,
      to: '+15550100000',
      party: null,
      summary: (dialogue.turns[0]?.text ?? '').slice(0, 200),
      vendorScore: Math.round(random() * 100),
      recordingUrls: [],
      fields: {},
      turns: dialogue.turns.map(({ speaker, text }) => ({
        speaker,
        rawRole: speaker === 'agent' ? 'agent' : 'user',
        rawText: text,
        text,
        redirect: null,
        startMs: null,
        endMs: null,
      })),
    }
    const raw = {
      call_log_id: call.externalId,
      status: call.status,
      duration: (call.durationMs ?? 0) / 1000,
      phone_number: call.from,
      transcript: dialogue.turns.map(({ speaker, text }) => ({ speaker, text })),
    }
    yield { ...call, raw }
  }
}
