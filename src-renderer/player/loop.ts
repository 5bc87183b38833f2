import { create } from 'zustand'
import { pause, play, positionSec, seek, setResuming, usePlayer } from './player'
import { ensureGraph, graphOf } from './sound-graph'
import type { TimeRange } from './time-range'

/** A stretch that is played again and again, or once. */
export interface Loop extends TimeRange {
  /** What it was taken from: a turn goes along with J and K, an annotation with its edges. */
  of: { kind: 'turn'; turnIndex: number } | { kind: 'annotation'; id: string } | { kind: 'range' }
  /** Once: the sound stops at the end. */
  isOnce: boolean
}

export const useLoop = create<{ loop: Loop | null }>(() => ({ loop: null }))

/** Begins a loop at its start, or ends the one that is there (null). */
export function setLoop(loop: Loop | null): void {
  useLoop.setState({ loop })
  setResuming({ fromSec: loop?.startSec ?? 0 })
}

/** Plays a stretch from its start: again and again, or once. */
export function playLoop(loop: Loop): void {
  setLoop(null)
  seek(loop.startSec)
  setLoop(loop)
  play()
}

/** Gives the loop other edges, when it is of this annotation. */
export function moveLoop(id: string, range: TimeRange): void {
  const { loop } = useLoop.getState()
  if (loop?.of.kind === 'annotation' && loop.of.id === id) setLoop({ ...loop, ...range })
}

/** The timer wakes this long before the end and asks the audio's clock again: timers drift, the clock does not. */
const COARSE_MS = 60
/** This long before the end the gate behind the sound is told when to close: longer than a busy page sleeps. */
const GATE_MS = 400
/** The audio's clock is this much behind the sound, as measured at the gate, milliseconds. */
const LAG_MS = 8
/** A jump that lands this near to the stretch is still inside it: seeks land on whole frames of the audio. */
const EDGE_SEC = 0.05

/** What to do when the end is `leftMs` of listening away: ask again after so many milliseconds, or turn now. */
export function waitMs(leftMs: number): number | 'turn' {
  if (leftMs <= 1) return 'turn'
  if (leftMs > GATE_MS) return leftMs - GATE_MS
  return leftMs > COARSE_MS ? leftMs - COARSE_MS : leftMs
}

/** How far away the end of a stretch is at this speed, milliseconds of listening. */
export const leftMs = (loop: TimeRange, sec: number, rate: number): number =>
  ((loop.endSec - sec) / rate) * 1000

/**
 * Keeps the loop on an element until the returned function is called. A timer, not frames: frames come every 16 ms
 * (64 ms of sound at 4x) and not at all in a hidden window. And because timers are late when the page is busy, a gate
 * behind the sound closes at the end by itself, and opens when the sound has turned: what lies beyond is not heard.
 */
export function keepLooping(element: HTMLAudioElement): () => void {
  const owner = new AbortController()
  const { signal } = owner
  let timer = 0
  const arm = () => {
    window.clearTimeout(timer)
    const { loop } = useLoop.getState()
    // While it turns, the gate stays closed: what is heard until then is the old place.
    if (element.seeking) return
    if (!loop || element.paused) {
      openGate(element)
      return
    }
    const left = leftMs(loop, element.currentTime, element.playbackRate)
    const wait = waitMs(left)
    if (wait !== 'turn') {
      if (left <= GATE_MS) closeGateIn(element, Math.max(0, left - LAG_MS) / 1000)
      else openGate(element)
      timer = window.setTimeout(arm, wait)
    } else if (loop.isOnce) {
      pause()
      setLoop(null)
    } else element.currentTime = loop.startSec
  }
  for (const event of ['play', 'playing', 'seeked', 'ratechange', 'timeupdate'] as const)
    element.addEventListener(event, arm, { signal })
  element.addEventListener(
    'ended',
    () => {
      const { loop } = useLoop.getState()
      if (loop?.isOnce) setLoop(null)
      else if (loop) {
        seek(loop.startSec)
        play()
      }
    },
    { signal },
  )
  const stops = [
    useLoop.subscribe(arm),
    // Whoever goes elsewhere has heard enough of it.
    usePlayer.subscribe((now, before) => {
      const { loop } = useLoop.getState()
      if (!loop || now.jumps === before.jumps) return
      const sec = positionSec()
      if (sec < loop.startSec - EDGE_SEC || sec > loop.endSec) setLoop(null)
    }),
  ]
  return () => {
    owner.abort()
    window.clearTimeout(timer)
    for (const stop of stops) stop()
    setLoop(null)
  }
}

/** Lets the sound through from now on. */
function openGate(element: HTMLAudioElement): void {
  const graph = graphOf(element)
  if (!graph) return
  const { gain } = graph.gate
  gain.cancelScheduledValues(0)
  gain.setValueAtTime(1, graph.context.currentTime)
}

/** Lets the sound through for so many seconds more. */
function closeGateIn(element: HTMLAudioElement, sec: number): void {
  const { context, gate } = ensureGraph(element)
  gate.gain.cancelScheduledValues(0)
  gate.gain.setValueAtTime(1, context.currentTime)
  gate.gain.setValueAtTime(0, context.currentTime + sec)
}
