import { selectedNow } from '../transcript/selection'
import { wordsOf } from '../transcript/turn-words'
import { timeOfQuote } from '../transcript/word-times'
import { useChosen } from './chosen'
import { type Loop, playLoop, setLoop, useLoop } from './loop'
import { openTurns, stepTurn, turnOf, usePlayer } from './player'
import { useTimeRange } from './time-range'
import { endOfTurn } from './timeline'

/** A turn as a stretch to be played; null when it is not known when it was said. */
function ofTurn(turnIndex: number | null): Loop | null {
  const turn = turnOf(turnIndex)
  if (!turn || turn.startSec === null) return null
  const endSec = endOfTurn(openTurns(), turn) ?? usePlayer.getState().durationSec
  return endSec === null || endSec <= turn.startSec
    ? null
    : { startSec: turn.startSec, endSec, of: { kind: 'turn', turnIndex: turn.index }, isOnce: false }
}

/** What the reviewer points at: selected words, a drawn stretch, a chosen annotation, else the turn that is heard. */
function pointedAt(): Loop | null {
  const words = selectedNow()
  const turn = words && turnOf(words.turnIndex)
  const time = turn && timeOfQuote(wordsOf(turn), words.quoteStart, words.quoteEnd)
  if (time) return { ...time, of: { kind: 'range' }, isOnce: false }
  const { range } = useTimeRange.getState()
  if (range) return { ...range, of: { kind: 'range' }, isOnce: false }
  const { region } = useChosen.getState()
  if (region && region.endSec > region.startSec)
    return {
      startSec: region.startSec,
      endSec: region.endSec,
      of: { kind: 'annotation', id: region.id },
      isOnce: false,
    }
  return ofTurn(usePlayer.getState().activeTurn)
}

/** Plays what is pointed at again and again, or ends the loop. */
export function toggleLoop(): void {
  const { loop } = useLoop.getState()
  if (loop && !loop.isOnce) {
    setLoop(null)
    return
  }
  const target = pointedAt()
  if (target) playLoop(target)
}

/** Plays what is pointed at, once. */
export function playPointed(): void {
  const target = pointedAt()
  if (target) playLoop({ ...target, isOnce: true })
}

/** Steps to another turn; the loop of a turn goes along. */
export function stepTurnLooping(step: 1 | -1): void {
  const { loop } = useLoop.getState()
  stepTurn(step)
  if (loop?.of.kind !== 'turn' || loop.isOnce) return
  const next = ofTurn(usePlayer.getState().activeTurn)
  if (next) setLoop(next)
}

/** The loop of a turn has the turn's times, also when they are known better now. */
export function refreshTurnLoop(): void {
  const { loop } = useLoop.getState()
  if (loop?.of.kind !== 'turn' || loop.isOnce) return
  const now = ofTurn(loop.of.turnIndex)
  if (now && (now.startSec !== loop.startSec || now.endSec !== loop.endSec)) setLoop(now)
}
