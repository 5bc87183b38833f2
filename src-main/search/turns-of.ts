import type { Speaker } from '@contract'
import { unpackTurns } from '../calls/transcripts'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { indexable, numberText, TURN_END } from './index-text'
import { splitTurns } from './marked-text'

/** What was said in a call, and what else is searched in it, as the index has it. */
export interface CallText {
  key: number
  turns: { index: number; speaker: Speaker; text: string }[]
  summary: string
  numbers: string
}

/** The texts of these calls, in no order. At most some hundred at a time. */
export function textsOf(db: ReadDb, keys: readonly number[]): CallText[] {
  const texts = new Map<number, CallText>()
  const wanted = JSON.stringify(keys)
  const calls = prepared<{
    key: number
    summary: string | null
    external_id: string
    from_number: string | null
    to_number: string | null
    party: string | null
  }>(
    db,
    `SELECT c.search_key AS key, c.summary, c.external_id, c.from_number, c.to_number, c.party
     FROM json_each(?) wanted CROSS JOIN calls c ON c.search_key = wanted.value`,
  ).all(wanted)
  for (const call of calls)
    texts.set(call.key, {
      key: call.key,
      turns: [],
      summary: shown(call.summary ?? ''),
      numbers: numberText([call.external_id, call.from_number, call.to_number, call.party]),
    })
  const transcripts = prepared<{ key: number; turns: string }>(
    db,
    `SELECT c.search_key AS key, t.turns FROM json_each(?) wanted
     CROSS JOIN calls c ON c.search_key = wanted.value CROSS JOIN transcripts t ON t.call_pk = c.pk`,
  ).all(wanted)
  for (const { key, turns } of transcripts) {
    const call = texts.get(key)
    if (call)
      call.turns = unpackTurns(turns).map(({ speaker, text }, index) => ({
        index,
        speaker,
        text: shown(text),
      }))
  }
  return [...texts.values()]
}

const shown = (text: string): string => indexable(text.replaceAll(TURN_END, '\uFFFD'))

/** The numbers and ids of a call, one by one. */
export const numbersOf = ({ numbers }: CallText): string[] => splitTurns(numbers)
