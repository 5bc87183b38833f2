import type { CallId, Turn } from '@contract'
import { create } from 'zustand'
import { offerUndo, undoInMode } from '../app/undo'
import { t } from '../app/words'
import { setLoop } from '../player/loop'
import { openTurns, pause, pick, play, positionSec, seek, turnOf, usePlayer } from '../player/player'
import { closeToasts } from '../ui'
import { setAnchor, TOPIC, undoAnchors } from './actions'
import { excerpt } from './excerpt'
import { meantTurn, spokenTurns } from './meant-turn'

/** One press: which turn, where, and by what it is undone (undefined: it was not written). */
interface Tap {
  turnIndex: number
  /** By which the turn is named. */
  words: string
  sec: number
  id: Promise<string | undefined>
}

/** The mode in which each press marks the start of the next turn. */
interface Tapping {
  callId: CallId
  /** The turn (its `index`) that the next press is for. */
  next: number
  taps: readonly Tap[]
}

export const useTapping = create<{ tapping: Tapping | null }>(() => ({ tapping: null }))

const tappingNow = (): Tapping | null => useTapping.getState().tapping
export const isTapping = (): boolean => tappingNow() !== null

/** How far back the sound goes when a press is taken back, to be heard again, seconds. */
const BACK_SEC = 2

let releaseUndo = () => {}

/** Begins with the turn that is meant now, and plays. */
export function startTapping(): void {
  const { callId, activeTurn, picked } = usePlayer.getState()
  const first = meantTurn(openTurns(), { sec: positionSec(), activeTurn, picked })
  if (callId === null || !first) return
  pick(null)
  setLoop(null)
  // What lies over the transcript would be in the way.
  closeToasts(TOPIC)
  releaseUndo = undoInMode(tapBack)
  useTapping.setState({ tapping: { callId, next: first.index, taps: [] } })
  play()
}

/** The turn that the next press is for, or the one `step` turns from it; null: there is none. */
function turnFrom(index: number, step: number): Turn | null {
  const spoken = spokenTurns(openTurns())
  const at = spoken.findIndex((turn) => turn.index === index)
  return at < 0 ? null : (spoken[at + step] ?? null)
}

/** The next turn starts now, and then it is the one after it. After the last, the mode ends by itself. */
export function tap(): void {
  const tapping = tappingNow()
  if (!tapping) return
  const { callId, next, taps } = tapping
  const sec = positionSec()
  const id = setAnchor(callId, next, sec)
  const words = excerpt(turnOf(next)?.text ?? '')
  const all = [...taps, { turnIndex: next, words, sec, id }]
  const following = turnFrom(next, 1)
  useTapping.setState({ tapping: { callId, next: following?.index ?? next, taps: all } })
  if (!following) endTapping()
  // What could not be written must not be tapped past.
  void id.then((written) => {
    if (written !== undefined || !tappingNow()?.taps.some((one) => one.id === id)) return
    pause()
    forget(id)
  })
}

function forget(id: Tap['id']): void {
  const tapping = tappingNow()
  const gone = tapping?.taps.find((one) => one.id === id)
  if (!tapping || !gone) return
  useTapping.setState({
    tapping: { ...tapping, next: gone.turnIndex, taps: tapping.taps.filter((one) => one !== gone) },
  })
}

/** Takes the last press back; the sound goes back to before it. */
export function tapBack(): void {
  const tapping = tappingNow()
  const last = tapping?.taps.at(-1)
  if (!tapping || !last) return
  forget(last.id)
  seek(Math.max(0, last.sec - BACK_SEC))
  void last.id.then((id) => (id === undefined ? undefined : undoAnchors(tapping.callId, [id])))
}

/** The next press is for another turn; the sound stays where it is. */
export function moveTap(step: 1 | -1): void {
  const tapping = tappingNow()
  const turn = tapping && turnFrom(tapping.next, step)
  if (turn) useTapping.setState({ tapping: { ...tapping, next: turn.index } })
}

/** Leaves the mode; the sound goes on as it was. What was set can be taken back as a whole. */
export function endTapping(): void {
  const tapping = tappingNow()
  if (!tapping) return
  releaseUndo()
  useTapping.setState({ tapping: null })
  const { callId, taps } = tapping
  const [first] = taps
  if (!first) return
  void Promise.all(taps.map((one) => one.id)).then((ids) => {
    const written = ids.filter((id) => id !== undefined)
    if (written.length === 0) return
    const title = t('timing.tapped', { count: written.length, words: first.words })
    offerUndo({ topic: TOPIC, title }, () => undoAnchors(callId, written), callId)
  })
}

/** A press on a turn, while tapping, says that the next press is for it; ends with the call. Until the returned function is called. */
export function followPicks(): () => void {
  const stop = usePlayer.subscribe(({ picked, callId }) => {
    const tapping = tappingNow()
    if (!tapping) return
    if (callId !== tapping.callId) endTapping()
    else if (picked !== null) {
      pick(null)
      if (turnFrom(picked, 0)) useTapping.setState({ tapping: { ...tapping, next: picked } })
    }
  })
  return () => {
    stop()
    endTapping()
  }
}
