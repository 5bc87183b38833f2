import type { Turn } from '@contract'
import { create } from 'zustand'
import { canPlay, onTick, openTurns, pick, positionSec, turnOf, usePlayer } from '../player/player'
import { setStart } from './actions'
import { meantTurn } from './meant-turn'
import { isTapping, tap, useTapping } from './tap-along'

/** The turn (its `index`) that "this turn starts now" is about at this moment; the transcript shows it. */
export const useMeant = create<{ turnIndex: number | null }>(() => ({ turnIndex: null }))

/** See [Note: The turn that is meant]; while tapping along, the one whose turn it is. */
export function meantNow(): Turn | null {
  const { tapping } = useTapping.getState()
  if (tapping) return turnOf(tapping.next)
  const { activeTurn, picked } = usePlayer.getState()
  return canPlay() ? meantTurn(openTurns(), { sec: positionSec(), activeTurn, picked }) : null
}

/** "This turn starts now", with the key or at the turn itself. */
export function startsNow(turn: Turn | null = meantNow()): void {
  if (isTapping()) {
    tap()
    return
  }
  if (!turn) return
  // It has got its start: what is meant next is told by where the sound is.
  pick(null)
  void setStart(turn, positionSec())
}

/** Keeps `useMeant` right until the returned function is called. */
export function followMeant(): () => void {
  const look = () => {
    const turnIndex = meantNow()?.index ?? null
    if (turnIndex !== useMeant.getState().turnIndex) useMeant.setState({ turnIndex })
  }
  const stops = [onTick(look), usePlayer.subscribe(look), useTapping.subscribe(look)]
  return () => {
    for (const stop of stops) stop()
    useMeant.setState({ turnIndex: null })
  }
}
