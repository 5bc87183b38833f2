import type { CallId, Turn } from '@contract'
import { create } from 'zustand'
import { changeSettings } from '../app/settings'
import { NO_SPEECH, type Speech } from './speech'
import { stepFrom, type Timeline, timelineOf, turnAt } from './timeline'

/** Seconds of one step back or on. */
export const SKIP_SEC = 5
/** Seconds that the sound goes back when it goes on after a pause, where the reviewer wants that. */
export const REWIND_SEC = 2
/** The speeds of the menu and of the keys, 0.5 to 4 by quarters; pitch is kept. */
export const RATES: readonly number[] = Array.from({ length: 15 }, (_, step) => 0.5 + step * 0.25)

interface Playing {
  callId: CallId | null
  /** `none`: the call has nothing to play (yet); `broken`: the browser can't play it. */
  source: 'none' | 'loading' | 'ready' | 'broken'
  isPlaying: boolean
  /** The longest that is known of the audio, seconds; null before anything is. */
  durationSec: number | null
  rate: number
  /** The turn that is heard, or where the reviewer stands in a call without sound. */
  activeTurn: number | null
  /** The turn that the reviewer went to last (J, K, a press on it), until the sound has gone on to a later one. */
  picked: number | null
  /** Counts the jumps that the reviewer asked for: the transcript follows again after each. */
  jumps: number
}

const closed = {
  callId: null,
  source: 'none',
  isPlaying: false,
  durationSec: null,
  activeTurn: null,
  picked: null,
} as const

/** Only what changes seldom. The time is read from the element (`positionSec`, `onTick`), not kept here. */
export const usePlayer = create<Playing>(() => ({ ...closed, rate: 1, jumps: 0 }))

let audio: HTMLAudioElement | null = null
let turns: readonly Turn[] = []
let timeline: Timeline = timelineOf([])
let speech: Speech = NO_SPEECH
/** Asked for before the element could seek. */
let pendingSec: number | null = null
/** Where it was paused, until it is moved or goes on. */
let pausedSec: number | null = null
/** How far back going on after a pause may reach, and whether it goes back at all. */
let resuming = { isRewinding: false, fromSec: 0 }
/** The turn last jumped to, for as long as the audio has not moved away from its start. */
let landed: { turn: number; sec: number } | null = null

const tickListeners = new Set<(sec: number) => void>()

/** Where the audio is, in seconds. */
export const positionSec = (): number => pendingSec ?? audio?.currentTime ?? 0

/**
 * Calls `listener` with the position: at once, in every frame while it plays, and after every seek, until the
 * returned function is called.
 */
export function onTick(listener: (sec: number) => void): () => void {
  tickListeners.add(listener)
  listener(positionSec())
  return () => tickListeners.delete(listener)
}

/** How near to a landing's second the audio still counts as being there. */
const LANDING_SEC = 0.05

function tick(): void {
  const sec = positionSec()
  for (const listener of tickListeners) listener(sec)
  if (landed && Math.abs(sec - landed.sec) > LANDING_SEC) landed = null
  // Where nothing can be played, the mark is where somebody put it.
  if (audio === null || !canPlay() || timeline.turns.length === 0) return
  const activeTurn = landed?.turn ?? turnAt(timeline, sec)
  const { activeTurn: before, picked } = usePlayer.getState()
  if (activeTurn === before) return
  const isBeyond = picked !== null && activeTurn !== null && activeTurn > picked
  usePlayer.setState(isBeyond ? { activeTurn, picked: null } : { activeTurn })
}

/** Says which call is open and when its turns are heard. The same call again keeps its place. */
export function setCall(call: {
  callId: CallId
  turns: readonly Turn[]
  durationSec: number | null
  speech: Speech
}): void {
  turns = call.turns
  speech = call.speech
  timeline = timelineOf(call.turns)
  if (usePlayer.getState().callId === call.callId) {
    usePlayer.setState((state) => ({ durationSec: state.durationSec ?? call.durationSec }))
    tick()
    return
  }
  landed = null
  pendingSec = null
  pausedSec = null
  usePlayer.setState({ ...closed, callId: call.callId, durationSec: call.durationSec })
}

/** The audio's length as it was decoded: truer than a header. */
export const setDuration = (durationSec: number): void => usePlayer.setState({ durationSec })

/** Makes an element the one that is played, until the returned function is called. */
export function attach(element: HTMLAudioElement): () => void {
  const owner = new AbortController()
  const { signal } = owner
  let frame = 0
  const loop = () => {
    tick()
    frame = requestAnimationFrame(loop)
  }
  const stopLoop = () => cancelAnimationFrame(frame)

  audio = element
  element.preservesPitch = true
  applyRate()
  usePlayer.setState({ source: element.readyState > 0 ? 'ready' : 'loading', isPlaying: false })

  const on = (event: keyof HTMLMediaElementEventMap, listener: () => void) =>
    element.addEventListener(event, listener, { signal })
  on('loadedmetadata', () => {
    if (pendingSec !== null) element.currentTime = pendingSec
    pendingSec = null
    usePlayer.setState((state) => ({
      source: 'ready',
      durationSec: state.durationSec ?? (Number.isFinite(element.duration) ? element.duration : null),
    }))
    tick()
  })
  on('play', () => {
    usePlayer.setState({ isPlaying: true })
    stopLoop()
    loop()
  })
  for (const event of ['pause', 'ended'] as const)
    on(event, () => {
      stopLoop()
      pausedSec = element.ended ? null : element.currentTime
      usePlayer.setState({ isPlaying: false })
      tick()
    })
  // `timeupdate` also comes while the window is hidden and frames do not.
  for (const event of ['seeking', 'seeked', 'timeupdate'] as const) on(event, tick)
  on('error', () => usePlayer.setState({ source: 'broken', isPlaying: false }))
  if (element.error) usePlayer.setState({ source: 'broken' })
  tick()

  return () => {
    owner.abort()
    stopLoop()
    if (audio !== element) return
    audio = null
    usePlayer.setState({ source: 'none', isPlaying: false })
  }
}

/** Lets an element's file and buffers go; without this they stay until it is collected. */
export function release(element: HTMLAudioElement): void {
  element.pause()
  element.removeAttribute('src')
  element.load()
}

/** Where somebody speaks in the open call. */
export const openSpeech = (): Speech => speech

/** The turns of the open call, and the one of them with this index. */
export const openTurns = (): readonly Turn[] => turns
export const turnOf = (index: number | null): Turn | null =>
  turns.find((turn) => turn.index === index) ?? null

/** Whether there is sound to play or cue. */
export const canPlay = (): boolean => audio !== null && usePlayer.getState().source !== 'broken'

export function play(): void {
  if (!audio || !canPlay()) return
  // From the end on means from the start.
  if (audio.ended) seek(0)
  else if (resuming.isRewinding && pausedSec !== null && audio.paused)
    seek(Math.max(Math.min(resuming.fromSec, pausedSec), pausedSec - REWIND_SEC))
  pausedSec = null
  audio.play().catch(() => {
    // Paused again before it began, or broken: both come as events.
  })
}

/** Says whether going on after a pause goes back a little, and where it must not go back beyond (a loop's start). */
export function setResuming(change: Partial<typeof resuming>): void {
  resuming = { ...resuming, ...change }
}

export const pause = (): void => audio?.pause()

export const toggle = (): void => (usePlayer.getState().isPlaying ? pause() : play())

/** Moves to a second of the recording; playing goes on if it was. */
export function seek(sec: number): void {
  if (!audio) return
  const end = usePlayer.getState().durationSec ?? Number.POSITIVE_INFINITY
  const target = Math.max(0, Math.min(sec, end))
  pausedSec = null
  if (audio.readyState > 0) audio.currentTime = target
  else pendingSec = target
  tick()
}

export function skip(bySec: number): void {
  landed = null
  seek(positionSec() + bySec)
  countJump()
}

const countJump = () => usePlayer.setState((state) => ({ jumps: state.jumps + 1 }))

/** Moves to a turn: the sound, if it is known where, and the mark in the transcript. */
export function goToTurn(
  index: number,
  { andPlay = false, atSec }: { andPlay?: boolean; atSec?: number } = {},
): void {
  const turn = turns.find((one) => one.index === index)
  if (!turn) return
  const sec = atSec ?? turn.startSec
  if (canPlay() && sec !== null) {
    landed = { turn: index, sec }
    seek(sec)
    if (andPlay) play()
  }
  usePlayer.setState({ activeTurn: index, picked: index })
  countJump()
}

/** Moves to a second, as a click on the waveform does; the transcript follows. */
export function goTo(sec: number, { andPlay = false }: { andPlay?: boolean } = {}): void {
  landed = null
  seek(sec)
  if (andPlay) play()
  countJump()
}

/** Stands where the call was left, as if it had been paused there. */
export function returnTo(sec: number): void {
  goTo(sec)
  pausedSec = sec
}

/** The next (1) or the previous (-1) turn that was spoken. */
export function stepTurn(step: 1 | -1): void {
  const target = stepFrom(turns, usePlayer.getState().activeTurn, step)
  if (target) goToTurn(target.index)
}

/** Says which turn is meant next without going there; null: no particular one. */
export const pick = (index: number | null): void => usePlayer.setState({ picked: index })

function applyRate(): void {
  if (!audio) return
  const { rate } = usePlayer.getState()
  // Loading anew sets the speed back to the default one.
  audio.defaultPlaybackRate = rate
  audio.playbackRate = rate
}

/** Plays at a speed (0.5 to 4) without remembering it. */
export function setRate(rate: number): void {
  usePlayer.setState({ rate })
  applyRate()
}

/** Plays at a speed from now on, in every call. */
export function chooseRate(rate: number): void {
  setRate(rate)
  void changeSettings({ playbackRate: rate })
}

/** The next faster (1) or slower (-1) of the usual speeds. */
export function stepRate(step: 1 | -1): void {
  const { rate } = usePlayer.getState()
  const next = step === 1 ? RATES.find((one) => one > rate) : RATES.findLast((one) => one < rate)
  if (next !== undefined) chooseRate(next)
}
