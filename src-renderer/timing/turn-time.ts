import type { Turn } from '@contract'
import { t } from '../app/words'
import { isUnspoken } from '../player/timeline'
import { formatAgo } from '../ui'

/**
 * How far a turn's time can be believed: given by the vendor, set by a person, found in the sound, found with doubt,
 * or only computed from the length of the words. Null: there is no time.
 */
export type Trust = 'vendor' | 'manual' | 'heard' | 'unsure' | 'guessed'

/** Estimates below this confidence are shown as doubtful. */
const DOUBTFUL = 0.7

export function trustOf({ startSec, timing, confidence, text }: Turn): Trust | null {
  if (startSec === null || timing === null) return null
  if (timing !== 'estimated') return timing
  // Nothing was said in it: there is nothing to estimate.
  if (isUnspoken(text)) return null
  if (confidence === null || confidence === 0) return 'guessed'
  return confidence < DOUBTFUL ? 'unsure' : 'heard'
}

/** What kinds of times a call's turns have. */
export const trustsOf = (turns: readonly Turn[]): ReadonlySet<Trust> =>
  new Set(turns.flatMap((turn) => trustOf(turn) ?? []))

/** How a turn's time is known, as a sentence. */
export function trustWords({ anchor }: Turn, trust: Trust): string {
  if (trust !== 'manual' || anchor === null) return t(`timing.why.${trust}`)
  return t('timing.why.manualBy', { name: anchor.reviewer, when: formatAgo(anchor.setAt) })
}
