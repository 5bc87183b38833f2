import type { Annotation, CallDetail } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef } from 'react'
import { client } from '../app/client'
import { settingsQuery } from '../app/queries'
import { useCommands } from '../app/use-commands'
import { t } from '../app/words'
import { useInUse } from '../recordings/use-in-use'
import { describeFailure } from '../ui'
import { keys } from './keys'
import { lanesOf } from './lanes'
import { PeaksView } from './PeaksView'
import { PositionSlider } from './PositionSlider'
import {
  attach,
  canPlay,
  goTo,
  release,
  SKIP_SEC,
  setDuration,
  setRate,
  skip,
  stepRate,
  stepTurn,
  toggle,
  usePlayer,
} from './player'
import { BrokenNotice, RecordingNotice } from './RecordingNotice'
import { Transport } from './Transport'
import { WaveformOverlay } from './WaveformOverlay'
import './player.css'

/** The sound of a call: waveform, position, buttons; or why there is none. */
export function Player({ call, annotations }: { call: CallDetail; annotations: readonly Annotation[] }) {
  const isReady = call.recording.state === 'ready'
  const isPlayable = usePlayer((state) => state.source !== 'broken') && isReady
  useRememberedRate()
  useInUse(call.id)
  useCommands(keys, {
    'player.toggle': { perform: toggle, isEnabled: canPlay },
    'player.back': { perform: () => skip(-SKIP_SEC), isEnabled: canPlay },
    'player.forward': { perform: () => skip(SKIP_SEC), isEnabled: canPlay },
    'player.previousTurn': () => stepTurn(-1),
    'player.nextTurn': () => stepTurn(1),
    'player.slower': () => stepRate(-1),
    'player.faster': () => stepRate(1),
    'player.start': { perform: () => goTo(0), isEnabled: canPlay },
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
      <Transport hasSound={isPlayable} hasTurns={call.turns.length > 0} />
    </div>
  )
}

function useRememberedRate(): void {
  const remembered = useQuery(settingsQuery).data?.playbackRate
  useEffect(() => {
    if (remembered !== undefined) setRate(remembered)
  }, [remembered])
}

function Sound({ call, annotations }: { call: CallDetail; annotations: readonly Annotation[] }) {
  const audio = useRef<HTMLAudioElement>(null)
  const durationSec = usePlayer((state) => state.durationSec)
  const isBroken = usePlayer((state) => state.source === 'broken')
  const peaks = useQuery({
    queryKey: ['recordings', call.id, 'peaks'],
    queryFn: () => client.recordings.peaks({ callId: call.id }),
    // Not kept for every call of the day.
    gcTime: 60_000,
  })

  useEffect(() => {
    const element = audio.current
    if (!element) return
    element.src = `/recordings/${call.id}`
    const detach = attach(element)
    return () => {
      detach()
      release(element)
    }
  }, [call.id])
  useEffect(() => {
    if (peaks.data) setDuration(peaks.data.durationSec)
  }, [peaks.data])

  const lanes = useMemo(() => (peaks.data ? lanesOf(peaks.data, call.turns) : null), [peaks.data, call.turns])
  return (
    <>
      {/* biome-ignore lint/a11y/useMediaCaption: the transcript below is the caption */}
      <audio ref={audio} preload="auto" />
      {isBroken ? (
        <section aria-label={t('player.waveform')}>
          <BrokenNotice callId={call.id} reason={t('player.broken')} />
        </section>
      ) : (
        <>
          <section className="waveform" aria-label={t('player.waveform')} aria-busy={peaks.isPending}>
            <div className="waveform-lanes" aria-hidden={lanes === null}>
              {lanes && lanes.length > 1
                ? lanes.map((lane) => (
                    <span key={lane.channel} className={`waveform-lane speaker-${lane.speaker ?? 'unknown'}`}>
                      {lane.speaker === null
                        ? t('player.channel', { number: lane.channel + 1 })
                        : t(`speakers.${lane.speaker}`)}
                    </span>
                  ))
                : lanes && <MonoLegend />}
            </div>
            <div className="waveform-sound">
              {lanes && peaks.data ? (
                <PeaksView peaks={peaks.data} lanes={lanes} turns={call.turns} />
              ) : (
                <div className={peaks.isPending ? 'waveform-blank is-coming' : 'waveform-blank'} />
              )}
              {durationSec !== null && durationSec > 0 ? (
                <WaveformOverlay durationSec={durationSec} annotations={annotations} />
              ) : null}
            </div>
            <PositionSlider durationSec={durationSec ?? 0} isDisabled={durationSec === null} />
          </section>
          {peaks.isError ? (
            <BrokenNotice
              callId={call.id}
              reason={t('player.noWaveform', { reason: describeFailure(peaks.error).message })}
            />
          ) : null}
        </>
      )}
    </>
  )
}

/** Both speak on one channel: their colours follow the turns. */
function MonoLegend() {
  return (
    <span className="waveform-legend">
      <span className="speaker-agent">{t('speakers.agent')}</span>
      <span className="speaker-caller">{t('speakers.caller')}</span>
    </span>
  )
}
