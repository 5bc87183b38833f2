import type { Peaks, Turn } from '@contract'
import { useEffect, useMemo, useRef } from 'react'
import WaveSurfer, { type WaveSurferOptions } from 'wavesurfer.js'
import { mix, useColours } from './colours'
import { cspNonce } from './csp-nonce'
import { drawBars } from './draw-bars'
import { type Lane, splitBySpeaker } from './lanes'
import { amplitudes } from './peaks'
import { onTick } from './player'
import { spanOf, useView } from './view'

/** Of the lane's colour, in what was not heard yet. */
const UNHEARD = 0.42

/** Height of the whole waveform, pixels: always the same, so that nothing moves when it comes. */
export const WAVEFORM_PX = 80

/**
 * What wavesurfer takes for its media: silent, outside of the page, shared by all waveforms. The sound is played by
 * the player's own element.
 */
let silent: HTMLAudioElement | null = null
function silentMedia(): HTMLAudioElement {
  silent ??= document.createElement('audio')
  return silent
}

/**
 * The waveform, drawn by wavesurfer from stored peaks: nothing is fetched or decoded, and the one clock is the player's, so that a wrong length in a file's header moves nothing.
 */
export function PeaksView({
  peaks,
  lanes,
  turns,
}: {
  peaks: Peaks
  lanes: readonly Lane[]
  turns: readonly Turn[]
}) {
  const container = useRef<HTMLDivElement>(null)
  const colours = useColours()
  // Of stereo sound, nothing is drawn by the turns: another time of one draws nothing anew.
  const drawnTurns = lanes.length > 1 ? null : turns
  const sound = useMemo(() => {
    const channels = amplitudes(peaks)
    if (drawnTurns === null)
      return lanes.map((lane) => ({
        data: channels[lane.channel] ?? new Float32Array(peaks.buckets),
        speaker: lane.speaker,
      }))
    const mixed = channels[0] ?? new Float32Array(peaks.buckets)
    const parts = splitBySpeaker(mixed, peaks.bucketsPerSec, drawnTurns)
    return [
      { data: parts.other, speaker: null },
      { data: parts.agent, speaker: 'agent' as const },
      { data: parts.caller, speaker: 'caller' as const },
    ]
  }, [peaks, lanes, drawnTurns])

  useEffect(() => {
    if (!container.current) return
    const isLayered = lanes.length === 1
    const splitChannels = sound.map(
      ({ speaker }, index): NonNullable<WaveSurferOptions['splitChannels']>[number] => {
        const colour =
          speaker === 'agent' ? colours.agent : speaker === 'caller' ? colours.caller : colours.soft
        return {
          overlay: isLayered,
          waveColor: mix(colour, colours.panel, UNHEARD),
          progressColor: colour,
          renderFunction: ([data], ctx) =>
            drawBars(data ?? [], ctx, Math.max(1, window.devicePixelRatio), !isLayered || index === 0),
        }
      },
    )
    const wavesurfer = WaveSurfer.create({
      container: container.current,
      media: silentMedia(),
      height: isLayered ? WAVEFORM_PX : WAVEFORM_PX / lanes.length,
      peaks: sound.map(({ data }) => data),
      duration: peaks.durationSec,
      splitChannels,
      cursorWidth: 0,
      interact: false,
      hideScrollbar: true,
      autoScroll: false,
      autoCenter: false,
      cspNonce: cspNonce(),
    })
    const owned: (() => void)[] = []
    const stop = () => {
      for (const undo of owned.splice(0)) undo()
    }
    let drawn = { pxPerSec: 0, widthPx: 0 }
    /** Draws the part of the call that is looked at, at the width that there is. */
    const look = () => {
      const { view, durationSec } = useView.getState()
      const { startSec, endSec } = spanOf({ view, durationSec })
      const widthPx = wavesurfer.getWidth()
      // 0: all of it, in the width.
      const pxPerSec = view ? widthPx / (endSec - startSec) : 0
      if (pxPerSec !== drawn.pxPerSec || (pxPerSec === 0 && widthPx !== drawn.widthPx))
        wavesurfer.zoom(pxPerSec)
      drawn = { pxPerSec, widthPx }
      wavesurfer.setScroll(startSec * pxPerSec)
    }
    const element = container.current
    wavesurfer.on('ready', () => {
      stop()
      drawn.widthPx = wavesurfer.getWidth()
      look()
      // wavesurfer notices another width late; what lies over the waveform moves at once.
      const observer = new ResizeObserver(look)
      observer.observe(element)
      owned.push(
        () => observer.disconnect(),
        onTick((sec) => wavesurfer.setTime(sec)),
        useView.subscribe(look),
        wavesurfer.on('resize', look),
      )
    })
    return () => {
      stop()
      wavesurfer.destroy()
    }
  }, [sound, lanes, peaks, colours])

  return <div ref={container} className="waveform-peaks" aria-hidden="true" />
}
