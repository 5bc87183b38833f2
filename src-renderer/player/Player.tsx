import type { Annotation, CallDetail } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { settingsQuery } from '../app/queries'
import { useCommands } from '../app/use-commands'
import { t } from '../app/words'
import { useInUse } from '../recordings/use-in-use'
import { isTapping, moveTap } from '../timing/tap-along'
import { playerKeys } from './keys'
import { stopGoingOn } from './play-next'
import { canPlay, goTo, SKIP_SEC, setRate, setResuming, skip, stepRate, toggle, usePlayer } from './player'
import { playPointed, stepTurnLooping, toggleLoop } from './pointed'
import { RecordingNotice } from './RecordingNotice'
import { Sound } from './Sound'
import { chooseSkipping } from './skip-silence'
import { Transport } from './Transport'
import './player.css'

/** The sound of a call: waveform, position, buttons; or why there is none. */
export function Player({ call, annotations }: { call: CallDetail; annotations: readonly Annotation[] }) {
  const isReady = call.recording.state === 'ready'
  const isPlayable = usePlayer((state) => state.source !== 'broken') && isReady
  const isSkipping = useQuery(settingsQuery).data?.skipSilence ?? false
  useRemembered()
  useInUse(call.id)
  useEffect(() => {
    if (!isReady) stopGoingOn()
  }, [isReady])
  useCommands(playerKeys, {
    'player.toggle': { perform: toggle, isEnabled: canPlay },
    'player.back': { perform: () => skip(-SKIP_SEC), isEnabled: canPlay },
    'player.forward': { perform: () => skip(SKIP_SEC), isEnabled: canPlay },
    // Who taps along goes through the turns, and the sound goes on.
    'player.previousTurn': () => (isTapping() ? moveTap(-1) : stepTurnLooping(-1)),
    'player.nextTurn': () => (isTapping() ? moveTap(1) : stepTurnLooping(1)),
    'player.slower': () => stepRate(-1),
    'player.faster': () => stepRate(1),
    'player.start': { perform: () => goTo(0), isEnabled: canPlay },
    'player.loop': { perform: toggleLoop, isEnabled: canPlay },
    'player.playPointed': { perform: playPointed, isEnabled: canPlay },
    'player.skipSilence': () => chooseSkipping(!isSkipping),
  })
  return (
    <div className={isPlayable ? 'player' : 'player player-silent'}>
      {isReady ? (
        <Sound key={call.id} call={call} annotations={annotations} />
      ) : (
        <section aria-label={t('player.waveform')}>
          <RecordingNotice call={call} />
        </section>
      )}
      <Transport hasSound={isPlayable} hasTurns={call.turns.length > 0} isSkipping={isSkipping} />
    </div>
  )
}

/** Speed, and whether it goes back after a pause, as they were chosen. */
function useRemembered(): void {
  const settings = useQuery(settingsQuery).data
  const rate = settings?.playbackRate
  const isRewinding = settings?.rewindOnResume
  useEffect(() => {
    if (rate !== undefined) setRate(rate)
  }, [rate])
  useEffect(() => {
    if (isRewinding !== undefined) setResuming({ isRewinding })
  }, [isRewinding])
}
