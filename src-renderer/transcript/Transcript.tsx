import type { Annotation, CallDetail } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { ArrowDownUp } from 'lucide-react'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useOpenDraft } from '../annotations/drafts'
import { focusAnnotation } from '../annotations/focus'
import { keyOf } from '../app/all-keys'
import { useOpenCall } from '../app/open-call'
import { matchesQuery } from '../app/queries'
import { useCommands } from '../app/use-commands'
import { t } from '../app/words'
import { goToTurn, usePlayer } from '../player/player'
import { useMeant } from '../timing/meant'
import { TurnMenu } from '../timing/TurnMenu'
import { useTapping } from '../timing/tap-along'
import { Button, classNames } from '../ui'
import { follow, useFollow, watchScrolling } from './follow'
import { keys } from './keys'
import { MatchBar } from './MatchBar'
import { SelectionToolbar } from './SelectionToolbar'
import { useSelectionTracking } from './selection'
import { timeAtPoint, useSpokenWord } from './spoken-word'
import { type ListHandle, PlainTurns, VirtualTurns } from './TurnList'
import { annotatedTurns, marksByTurn } from './turn-marks'
import { useMatchWalk } from './use-match-walk'
import './transcript.css'

/** Longer calls keep only the rows near the window. */
const PLAIN_ROWS = 200
/** And so do calls with this many characters: few turns may be huge. */
const PLAIN_CHARACTERS = 200_000

const NO_MATCHES: never[] = []

/** What was said, turn by turn, in step with the sound. */
export function Transcript({ call, annotations }: { call: CallDetail; annotations: readonly Annotation[] }) {
  const [scroller, setScroller] = useState<HTMLElement | null>(null)
  const list = useRef<ListHandle>(null)
  const query = useOpenCall((state) => state.query)
  const draft = useOpenDraft(call.id)
  const activeTurn = usePlayer((state) => (state.callId === call.id ? state.activeTurn : null))
  const meantTurn = useMeant((state) => state.turnIndex)
  const tapTurn = useTapping((state) => state.tapping?.next ?? null)
  const matches = useQuery(matchesQuery(query, call.id))
  const found = query.trim() === '' ? NO_MATCHES : (matches.data ?? NO_MATCHES)
  const draftPlace = draft?.place ?? null
  const walk = useMatchWalk(call, query, found, scroller, list)
  const marks = useMemo(
    () => marksByTurn(call.turns, found, annotations, draftPlace, walk.current),
    [call.turns, found, annotations, draftPlace, walk.current],
  )
  const annotated = useMemo(() => annotatedTurns(annotations), [annotations])

  useSelectionTracking(scroller, call.turns)
  // Who taps along reads what comes next.
  useFollowing(scroller, list, tapTurn ?? activeTurn)
  useTurnPresses(scroller)
  useSpokenWord(scroller)
  const canWalk = () => walk.matches.length > 0
  useCommands(keys, {
    'transcript.follow': follow,
    'transcript.nextMatch': { perform: () => walk.step(1), isEnabled: canWalk },
    'transcript.previousMatch': { perform: () => walk.step(-1), isEnabled: canWalk },
  })

  const isVirtual =
    call.turns.length > PLAIN_ROWS ||
    call.turns.reduce((sum, turn) => sum + turn.text.length, 0) > PLAIN_CHARACTERS
  const Rows = isVirtual ? VirtualTurns : PlainTurns
  return (
    <section
      className={classNames('transcript', tapTurn !== null && 'is-tapping')}
      aria-label={t('transcript.title')}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key */}
      <div className="transcript-scroller" ref={setScroller} tabIndex={0}>
        {call.turns.length === 0 ? (
          <p className="transcript-empty">{t('transcript.empty')}</p>
        ) : (
          <Rows
            handle={list}
            scroller={scroller}
            turns={call.turns}
            activeTurn={activeTurn}
            meantTurn={meantTurn}
            marks={marks}
            annotated={annotated}
          />
        )}
      </div>
      {walk.matches.length > 0 ? <MatchBar index={walk.index} count={walk.matches.length} /> : null}
      <SelectionToolbar container={scroller} />
      <TurnMenu container={scroller} />
      <BackToActive activeTurn={activeTurn} />
    </section>
  )
}

/** Keeps the active turn in view, unless the reviewer has scrolled away. */
function useFollowing(
  scroller: HTMLElement | null,
  list: React.RefObject<ListHandle | null>,
  activeTurn: number | null,
): void {
  const jumps = usePlayer((state) => state.jumps)
  const isFollowing = useFollow((state) => state.isFollowing)
  useEffect(() => (scroller ? watchScrolling(scroller) : undefined), [scroller])
  // biome-ignore lint/correctness/useExhaustiveDependencies: each jump is a wish to be there
  useLayoutEffect(() => follow(), [jumps])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a second jump to the same turn scrolls again
  useEffect(() => {
    if (isFollowing && activeTurn !== null && scroller) list.current?.reveal(activeTurn)
  }, [isFollowing, activeTurn, scroller, jumps])
}

/** A press on a turn plays it, on a word from that word on; on an annotated text it shows the annotation too. A selection is no press. */
function useTurnPresses(scroller: HTMLElement | null): void {
  useEffect(() => {
    if (!scroller) return
    const onClick = (event: MouseEvent) => {
      if (!(event.target instanceof Element) || event.target.closest('.turn-more, .turn-menu')) return
      const row = event.target.closest('[data-turn]')
      if (!row || !(window.getSelection()?.isCollapsed ?? true)) return
      const atSec = timeAtPoint(row, event.clientX, event.clientY)
      goToTurn(Number(row.getAttribute('data-turn')), {
        andPlay: true,
        ...(event.target.closest('.turn-text') && atSec !== null ? { atSec } : {}),
      })
      const annotationId = event.target.closest('[data-annotation]')?.getAttribute('data-annotation')
      if (annotationId) focusAnnotation(annotationId)
    }
    scroller.addEventListener('click', onClick)
    return () => scroller.removeEventListener('click', onClick)
  }, [scroller])
}

function BackToActive({ activeTurn }: { activeTurn: number | null }) {
  const isFollowing = useFollow((state) => state.isFollowing)
  const isPlaying = usePlayer((state) => state.isPlaying)
  if (isFollowing || !isPlaying || activeTurn === null) return null
  return (
    <div className="transcript-back">
      <Button
        size="s"
        icon={<ArrowDownUp size={13} aria-hidden="true" />}
        keyHint={keyOf('transcript.follow')}
        onPress={follow}
      >
        {t('transcript.back')}
      </Button>
    </div>
  )
}
