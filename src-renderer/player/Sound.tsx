import type { Annotation, CallDetail } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import { peaksQuery, peaksSoFarQuery, queryClient, settingsQuery } from '../app/queries'
import { useCommands } from '../app/use-commands'
import { t } from '../app/words'
import { describeFailure } from '../ui'
import { guessAgentChannel } from './agent-channel'
import { linkChannels, setVoices, soloChannel, toggleChannel } from './channels'
import { choose } from './chosen'
import { channelKeys } from './keys'
import { LaneLabels } from './LaneLabels'
import { type Lane, lanesOf } from './lanes'
import { keepPlace, leftAt } from './left-at'
import { keepLooping } from './loop'
import { listenForMediaKeys } from './media-keys'
import { Overview } from './Overview'
import { PeaksView } from './PeaksView'
import { filledUp } from './peaks'
import { beginIfNext, goOnAfter } from './play-next'
import { attach, release, returnTo, setDuration, usePlayer } from './player'
import { refreshTurnLoop } from './pointed'
import { BrokenNotice, TruncatedNotice } from './RecordingNotice'
import { Ruler } from './Ruler'
import { flushSteps } from './region-edit'
import { gapsOf } from './silence'
import { skipGaps } from './skip-silence'
import { audioElement, restGraph } from './sound-graph'
import type { TimeRange } from './time-range'
import { useWaveformCommands, useWheelZoom } from './use-waveform'
import { resetView } from './view'
import { WaveformOverlay } from './WaveformOverlay'

const NO_GAPS: readonly TimeRange[] = []
const NO_LANES: readonly Lane[] = []

/** The recording of a call: its element, and the waveform with all that is on it. */
export function Sound({ call, annotations }: { call: CallDetail; annotations: readonly Annotation[] }) {
  const place = useRef<HTMLDivElement>(null)
  const durationSec = usePlayer((state) => state.durationSec)
  const isBroken = usePlayer((state) => state.source === 'broken')
  const peaks = useQuery(peaksQuery(call.id))
  useEffect(() => {
    const element = audioElement()
    place.current?.append(element)
    element.src = `/recordings/${call.id}`
    const undo = [
      attach(element),
      linkChannels(element),
      keepLooping(element),
      keepPlace(element, call.id),
      goOnAfter(element, () => queryClient.getQueryData(settingsQuery.queryKey)?.playNext ?? false),
      listenForMediaKeys(),
    ]
    const sec = leftAt(call.id)
    if (sec !== null) returnTo(sec)
    beginIfNext()
    return () => {
      flushSteps()
      choose(null)
      for (const one of undo.toReversed()) one()
      restGraph(element)
      release(element)
      element.remove()
    }
  }, [call.id])
  useEffect(() => {
    if (peaks.data) setDuration(peaks.data.durationSec)
  }, [peaks.data])
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever turns have other times
  useEffect(refreshTurnLoop, [call.turns])
  useEffect(() => resetView(durationSec ?? 0), [durationSec])

  // While the recording is being decoded, the waveform is drawn as far as it is; playing waits for none of it.
  const soFar = useQuery(peaksSoFarQuery(call.id)).data
  const drawn = useMemo(
    () => peaks.data ?? (peaks.isPending && soFar && durationSec ? filledUp(soFar, durationSec) : null),
    [peaks.data, peaks.isPending, soFar, durationSec],
  )
  const agentChannel = useMemo(
    () => call.alignment.agentChannel ?? (drawn ? guessAgentChannel(drawn, call.turns) : null),
    [call.alignment.agentChannel, drawn, call.turns],
  )
  const lanes = useMemo(() => (drawn ? lanesOf(drawn, agentChannel) : null), [drawn, agentChannel])
  const isSkipping = useQuery(settingsQuery).data?.skipSilence ?? false
  const gaps = useMemo(
    () => (isSkipping && peaks.data ? gapsOf(peaks.data) : NO_GAPS),
    [isSkipping, peaks.data],
  )
  useEffect(() => skipGaps(gaps), [gaps])
  useEffect(() => setVoices(lanes ?? NO_LANES), [lanes])
  useChannelCommands(lanes ?? NO_LANES)
  useWaveformCommands(durationSec ?? 0)

  const [area, setArea] = useState<HTMLElement | null>(null)
  const widthPx = useWidth(area)
  useWheelZoom(area)
  return (
    <>
      <div ref={place} hidden />
      {isBroken ? (
        <section aria-label={t('player.waveform')}>
          <BrokenNotice callId={call.id} reason={t('player.broken')} />
        </section>
      ) : (
        <>
          <section className="waveform" aria-label={t('player.waveform')} aria-busy={peaks.isPending}>
            <div className="waveform-lanes" aria-hidden={lanes === null}>
              <LaneLabels lanes={lanes} />
            </div>
            <div className="waveform-sound" ref={setArea}>
              {lanes && drawn ? (
                <PeaksView peaks={drawn} lanes={lanes} turns={call.turns} />
              ) : (
                <div className={peaks.isPending ? 'waveform-blank is-coming' : 'waveform-blank'} />
              )}
              {durationSec !== null && durationSec > 0 ? (
                <WaveformOverlay durationSec={durationSec} annotations={annotations} gaps={gaps} />
              ) : null}
            </div>
            <Ruler durationSec={durationSec ?? 0} widthPx={widthPx} />
            <Overview peaks={peaks.data ?? null} durationSec={durationSec} widthPx={widthPx} />
          </section>
          {peaks.data?.facts?.isTruncated ? <TruncatedNotice callId={call.id} /> : null}
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

/** The channels by key, in the order of the lanes; with two channels only. */
function useChannelCommands(lanes: readonly Lane[]): void {
  const command = (index: number, act: (channel: number, count: number) => void) => ({
    perform: () => {
      const lane = lanes[index]
      if (lane) act(lane.channel, lanes.length)
    },
    isEnabled: () => lanes.length === 2,
  })
  useCommands(channelKeys, {
    'player.muteFirst': command(0, toggleChannel),
    'player.muteSecond': command(1, toggleChannel),
    'player.soloFirst': command(0, soloChannel),
    'player.soloSecond': command(1, soloChannel),
  })
}

/** An element's width, CSS pixels. */
function useWidth(element: HTMLElement | null): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    if (!element) return
    const observer = new ResizeObserver(() => setWidth(element.clientWidth))
    observer.observe(element)
    return () => observer.disconnect()
  }, [element])
  return width
}
