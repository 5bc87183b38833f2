import type { CallDetail, TurnMatches } from '@contract'
import { type RefObject, useEffect, useMemo, useState } from 'react'
import { useOpenCall } from '../app/open-call'
import { goToTurn, usePlayer } from '../player/player'
import { stopFollowing } from './follow'
import { firstInTurn, type Match, matchesInOrder, stepMatch } from './match-walk'
import type { ListHandle } from './TurnList'

export interface MatchWalk {
  matches: readonly Match[]
  /** Null: none was gone to. */
  index: number | null
  current: Match | null
  step: (by: 1 | -1) => void
}

/** Walks through the matches of the query in a call. While it plays, the sound goes on where it is. */
export function useMatchWalk(
  call: CallDetail,
  query: string,
  found: readonly TurnMatches[],
  scroller: HTMLElement | null,
  list: RefObject<ListHandle | null>,
): MatchWalk {
  const matches = useMemo(() => matchesInOrder(found), [found])
  const landing = useOpenCall((state) => (state.callId === call.id ? state.landing : null))
  // A walk is of one query; a newer landing begins another.
  const of = `${query} ${landing?.token ?? ''}`
  const [walk, setWalk] = useState<{ of: string; index: number; steps: number } | null>(null)
  const landed = firstInTurn(matches, landing?.turnIndex ?? null)
  const gone = walk?.of === of && walk.index < matches.length ? walk.index : null
  const index = gone ?? (landed < 0 ? null : landed)
  const current = index === null ? null : (matches[index] ?? null)

  const steps = gone === null ? 0 : (walk?.steps ?? 0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: each step, and a second one to the same match too
  useEffect(() => {
    if (gone === null || !current || !scroller) return
    list.current?.reveal(current.turnIndex)
    // A list that holds a part of its rows draws this one a frame later.
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() =>
        scroller.querySelector('.mark-current')?.scrollIntoView({ block: 'nearest' }),
      )
    })
    return () => cancelAnimationFrame(frame)
  }, [steps])

  const step = (by: 1 | -1) => {
    const next = stepMatch(matches, index, by, usePlayer.getState().activeTurn)
    const match = matches[next]
    if (!match) return
    if (usePlayer.getState().isPlaying) stopFollowing()
    else goToTurn(match.turnIndex)
    setWalk({ of, index: next, steps: steps + 1 })
  }
  return { matches, index, current, step }
}
