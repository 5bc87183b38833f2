import { create } from 'zustand'
import type { Lane } from './lanes'
import { ensureGraph, takeApart } from './sound-graph'
import { LOUDEST, storedVolumes, storeVolumes, type Voice, type Volumes, voiceOf } from './volumes'

interface Channels {
  /** Which channels of a stereo recording are not heard, from 0. */
  muted: ReadonlySet<number>
  /** Whose voice each of two channels is; empty where there are not two. */
  voices: readonly Voice[]
  volumes: Volumes
}

export const useChannels = create<Channels>(() => ({
  muted: new Set(),
  voices: [],
  volumes: storedVolumes(),
}))

const setMuted = (muted: ReadonlySet<number>): void => useChannels.setState({ muted })

/** Turns a channel off, or on again. */
export function toggleChannel(channel: number): void {
  const muted = new Set(useChannels.getState().muted)
  if (!muted.delete(channel)) muted.add(channel)
  setMuted(muted)
}

/** Lets only one of `count` channels be heard, or all again. */
export function soloChannel(channel: number, count: number): void {
  const others = Array.from({ length: count }, (_, index) => index).filter((index) => index !== channel)
  const { muted } = useChannels.getState()
  const isSolo = muted.size === others.length && others.every((other) => muted.has(other))
  setMuted(new Set(isSolo ? [] : others))
}

/** Says who speaks on which channel, for their volumes. */
export function setVoices(lanes: readonly Lane[]): void {
  const voices: Voice[] = []
  if (lanes.length === 2) for (const lane of lanes) voices[lane.channel] = voiceOf(lane)
  useChannels.setState({ voices })
}

/** Plays a voice this loud (0 to `LOUDEST`, 1: as recorded) from now on, in every call. Who turns it up wants to hear it. */
export function chooseVolume(channel: number, volume: number): void {
  const { muted, voices, volumes } = useChannels.getState()
  const voice = voices[channel]
  if (voice === undefined) return
  const chosen = { ...volumes, [voice]: Math.max(0, Math.min(LOUDEST, volume)) }
  useChannels.setState({ volumes: chosen, muted: new Set([...muted].filter((one) => one !== channel)) })
  storeVolumes(chosen)
}

/** How loud a channel was chosen to be, muted or not. */
export const volumeOf = ({ voices, volumes }: Channels, channel: number): number => {
  const voice = voices[channel]
  return voice === undefined ? 1 : (volumes[voice] ?? 1)
}

/** Seconds in which a channel fades: an edge would click. */
const FADE_SEC = 0.01

/**
 * Gives a stereo element's channels their volumes until the returned function is called; with each element all are
 * unmuted again. What is left of two channels is heard in both ears.
 */
export function linkChannels(element: HTMLAudioElement): () => void {
  const owner = new AbortController()
  let apart: 'centred' | 'wide' | null = null
  const apply = () => {
    const state = useChannels.getState()
    const { muted, voices } = state
    const isAsRecorded = muted.size === 0 && voices.every((_, channel) => volumeOf(state, channel) === 1)
    // Taking it apart costs a thread: volumes that were chosen in another call wait until this one sounds.
    if (apart === null && (isAsRecorded || (muted.size === 0 && element.paused))) return
    const graph = ensureGraph(element)
    const { currentTime } = graph.context
    graph.gains.forEach((gain, channel) => {
      const volume = muted.has(channel) ? 0 : volumeOf(state, channel)
      gain.gain.setTargetAtTime(volume, currentTime, FADE_SEC / 3)
    })
    const wanted = muted.size > 0 ? 'centred' : 'wide'
    if (wanted === apart) return
    takeApart(graph, wanted === 'centred')
    apart = wanted
  }
  setMuted(new Set())
  element.addEventListener('play', apply, { signal: owner.signal })
  const stop = useChannels.subscribe(apply)
  return () => {
    stop()
    owner.abort()
    useChannels.setState({ muted: new Set(), voices: [] })
  }
}
