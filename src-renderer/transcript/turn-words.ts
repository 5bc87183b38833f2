import type { Turn } from '@contract'
import { openSpeech, openTurns } from '../player/player'
import { speechOf } from '../player/speech'
import { endOfTurn } from '../player/timeline'
import { type Word, wordTimes } from './word-times'

/** When the words of a turn of the open call are said; none where nobody knows when the turn was. */
export function wordsOf(turn: Turn): Word[] {
  const endSec = endOfTurn(openTurns(), turn)
  const { startSec } = turn
  if (startSec === null || endSec === null) return []
  return wordTimes(turn.text, startSec, endSec, speechOf(openSpeech(), turn, { startSec, endSec }))
}
