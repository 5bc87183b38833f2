import { create } from 'zustand'
import { ensureGraph, takeApart } from './sound-graph'

/** Which channels of a stereo recording are not heard, from 0. */
export const useChannels = create<{ muted: ReadonlySet<number> }>(() => ({ muted: new Set() }))

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

/** Seconds in which a channel fades: an edge would click. */
const FADE_SEC = 0.01

/**
 * Gives a stereo element's channels their volumes until the returned function is called; with each element all are on
 * again. What is left of two channels is heard in both ears.
 */
export function linkChannels(element: HTMLAudioElement): () => void {
  let isApart = false
  const apply = () => {
    const { muted } = useChannels.getState()
    if (!isApart && muted.size === 0) return
    const graph = ensureGraph(element)
    const { currentTime } = graph.context
    graph.gains.forEach((gain, channel) => {
      gain.gain.setTargetAtTime(muted.has(channel) ? 0 : 1, currentTime, FADE_SEC / 3)
    })
    takeApart(graph, muted.size > 0)
    isApart = true
  }
  setMuted(new Set())
  const stop = useChannels.subscribe(apply)
  return () => {
    stop()
    setMuted(new Set())
  }
}
