import type { CallDetail, CallId } from '@contract'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { AnnotationsPanel } from '../annotations/AnnotationsPanel'
import { leaveComposer } from '../annotations/actions'
import { useAnnotations } from '../annotations/queries'
import { MiddleColumn, RightColumn } from '../app/Columns'
import { client } from '../app/client'
import { type CommandSpec, holdKeys, releaseKeys } from '../app/commands'
import { useOpenCall } from '../app/open-call'
import { useCommands } from '../app/use-commands'
import { Player } from '../player/Player'
import { goTo, goToTurn, setCall } from '../player/player'
import { setTimeRange } from '../player/time-range'
import { GoneCall } from '../retention/GoneCall'
import { Timing } from '../timing/Timing'
import { follow } from '../transcript/follow'
import { Transcript } from '../transcript/Transcript'
import { CallFacts } from './CallFacts'
import { CallHeader } from './CallHeader'
import { ChangesBanner } from './ChangesBanner'
import { ChangesDialog } from './ChangesDialog'
import { keys } from './keys'
import { RawRecord } from './RawRecord'
import { TalkLine } from './TalkLine'
import { useReviewed } from './use-reviewed'
import './CallView.css'

/** The open call: the middle column (what was said) and the right one (what is judged). */
export function CallView({ callId }: { callId: CallId }) {
  const call = useQuery({
    queryKey: ['calls', 'get', callId],
    queryFn: () => client.calls.get({ callId }),
    // The call before stays until the next one is read, so that nothing blinks.
    placeholderData: keepPreviousData,
  })
  useHeldKeys(callId, call.isError ? 'failed' : call.data?.id === callId ? 'here' : 'coming')
  if (call.isError)
    return (
      <MiddleColumn>
        <GoneCall callId={callId} error={call.error} onRetry={() => void call.refetch()} />
      </MiddleColumn>
    )
  if (!call.data) return <MiddleColumn>{null}</MiddleColumn>
  return <OpenCall key={call.data.id} call={call.data} />
}

/** The commands that are meant for the open call. Those of text fields have their own, and wait for nothing. */
const isOfCall = ({ id, group, inTextFields }: CommandSpec): boolean =>
  inTextFields !== true && (group === 'listen' || group === 'judge' || id.startsWith('transcript.'))

/** Keys that are pressed after a call was chosen are for that call, although the one before may still be shown. */
function useHeldKeys(callId: CallId, state: 'coming' | 'here' | 'failed'): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was pressed for another call is not for this one
  useLayoutEffect(() => {
    if (state === 'coming') holdKeys(isOfCall)
  }, [callId, state])
  // After the effects of the call's components: their commands and their sound are there.
  useEffect(() => {
    if (state !== 'coming') releaseKeys({ drop: state === 'failed' })
  }, [state])
  useEffect(() => () => releaseKeys({ drop: true }), [])
}

function OpenCall({ call }: { call: CallDetail }) {
  const [isRawShown, setRawShown] = useState(false)
  const annotations = useAnnotations(call)
  const [isDiffShown, setDiffShown] = useState(false)
  const { review, isMine, toggle, mark } = useReviewed(call.id, call.version)
  const list = useMemo(() => annotations.shown.map((one) => one.annotation), [annotations.shown])
  useCommands(keys, {
    'reviews.toggle': toggle,
    'calls.changes': () => setDiffShown(true),
    'calls.raw': () => setRawShown(true),
  })

  // Before the effects that attach the sound and land in it.
  useLayoutEffect(() => {
    setCall({
      callId: call.id,
      turns: call.turns,
      durationSec: call.recording.durationSec ?? call.durationSec,
      speech: { channels: call.speech, agentChannel: call.alignment.agentChannel },
    })
  }, [call])
  useLanding(call)
  const area = useFreeSpace()
  // What was pointed at or written in one call has no place in the next.
  useEffect(
    () => () => {
      setTimeRange(null)
      leaveComposer()
    },
    [],
  )
  return (
    <>
      <MiddleColumn>
        <div className="call" ref={area}>
          <CallHeader call={call} review={review} isMine={isMine} onToggleReviewed={() => void toggle()} />
          <ChangesBanner call={call} onShow={() => setDiffShown(true)} />
          <Player call={call} annotations={list} />
          <TalkLine call={call} />
          <Timing call={call} />
          <Transcript call={call} annotations={list} />
        </div>
      </MiddleColumn>
      <RightColumn>
        <AnnotationsPanel
          call={call}
          shown={annotations.shown}
          error={annotations.error}
          onRetry={annotations.retry}
        />
        <CallFacts call={call} onShowRaw={() => setRawShown(true)} onCompare={() => setDiffShown(true)} />
      </RightColumn>
      {isDiffShown ? (
        <ChangesDialog call={call} onReviewAgain={mark} onClose={() => setDiffShown(false)} />
      ) : null}
      {isRawShown ? <RawRecord callId={call.id} onClose={() => setRawShown(false)} /> : null}
    </>
  )
}

/**
 * A button that was pressed with the mouse gives the focus back, so that the next Space plays or pauses and does
 * not press it again. Whoever walks by Tab keeps the place.
 */
function useFreeSpace(): RefObject<HTMLDivElement | null> {
  const area = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = area.current
    if (!element) return
    const onClick = (event: MouseEvent) => {
      const { target } = event
      if (event.detail === 0 || !(target instanceof Element)) return
      const control = target.closest('button:not([aria-haspopup]), input[type="range"]')
      if (control instanceof HTMLElement && control === document.activeElement) control.blur()
    }
    element.addEventListener('click', onClick)
    return () => element.removeEventListener('click', onClick)
  }, [])
  return area
}

/** Goes where the search hit or the link leads, each time one was followed; nothing starts to sound. */
function useLanding(call: CallDetail): void {
  const landing = useOpenCall((state) => (state.callId === call.id ? state.landing : null))
  // biome-ignore lint/correctness/useExhaustiveDependencies: once a landing, not when the call's rows are refreshed
  useEffect(() => {
    follow()
    if (!landing) return
    const { turnIndex, startSec } = landing
    if (turnIndex !== null) goToTurn(turnIndex, startSec === null ? {} : { atSec: startSec })
    else if (startSec !== null) goTo(startSec)
  }, [landing?.token])
}
