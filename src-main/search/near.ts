import type { ReadDb } from '../db/open'
import { withScratch } from './scratch'
import { numbersOf, textsOf } from './turns-of'

/** Calls whose turns are looked at in one go. */
const AT_ONCE = 100

/**
 * Of these calls, those that have the words near each other in one turn (or in the summary, or in a number): FTS5
 * counts words, and knows nothing of where a turn ends.
 */
export function keysWithWordsNear(db: ReadDb, keys: readonly number[], match: string): Set<number> {
  const found = new Set<number>()
  for (let at = 0; at < keys.length; at += AT_ONCE)
    withScratch((scratch) => {
      const owners = new Map<number, number>()
      for (const call of textsOf(db, keys.slice(at, at + AT_ONCE))) {
        for (const { speaker, text } of call.turns) owners.set(scratch.add(speaker, text), call.key)
        owners.set(scratch.add('summary', call.summary), call.key)
        for (const number of numbersOf(call)) owners.set(scratch.add('numbers', number), call.key)
      }
      for (const row of scratch.rowsWith(match)) {
        const owner = owners.get(row)
        if (owner !== undefined) found.add(owner)
      }
    })
  return found
}
