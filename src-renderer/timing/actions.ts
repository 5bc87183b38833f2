import type { CallDetail, CallId, Turn } from '@contract'
import { client } from '../app/client'
import { queryClient } from '../app/queries'
import { reviewerNow } from '../app/reviewer'
import { offerUndo } from '../app/undo'
import { t } from '../app/words'
import { openTurns, positionSec, usePlayer } from '../player/player'
import { formatPositionTenths, toast, toastFailure } from '../ui'
import { excerpt } from './excerpt'

/** One topic: what was set last takes the place of what was set before. */
export const TOPIC = 'turn times'
/** A step of the keys, seconds. */
const STEP_SEC = 0.1
/** Steps go on moving the start that was set last for as long as the sound is this near to it, seconds. */
const NEAR_SEC = 5

/** Writes go one after the other, in the order in which they were wished for: a quick undo never overtakes. */
let writing: Promise<unknown> = Promise.resolve()

/**
 * Writes, and shows the call with what came of it as soon as that is on disk: within a few hundredths of a second,
 * so nothing is shown before it is true. Answers undefined, and says why, when it failed.
 */
async function write<T>(callId: CallId, act: () => Promise<T>): Promise<T | undefined> {
  const before = writing
  const now = (async () => {
    await before
    try {
      const answer = await act()
      void queryClient.invalidateQueries({ queryKey: ['calls', 'get', callId] })
      return answer
    } catch (thrown) {
      toastFailure(thrown)
      return undefined
    }
  })()
  writing = now
  return now
}

/** The start that was set last; steps of the keys move it on. */
let lastSet: { callId: CallId; turnIndex: number; startSec: number } | null = null

/** Sets a turn's start (whole milliseconds); the id by which it is undone, or undefined, and why was said. */
export async function setAnchor(callId: CallId, turnIndex: number, sec: number): Promise<string | undefined> {
  const id = crypto.randomUUID()
  const startSec = Math.max(0, Math.round(sec * 1000) / 1000)
  lastSet = { callId, turnIndex, startSec }
  const reviewer = reviewerNow()
  const anchor = await write(callId, () =>
    client.timing.setAnchor({ id, callId, turnIndex, startSec, reviewer }),
  )
  if (!anchor) lastSet = null
  return anchor?.id
}

/** Takes set starts back, the last first. */
export async function undoAnchors(callId: CallId, ids: readonly string[]): Promise<void> {
  lastSet = null
  for (const id of ids.toReversed()) await write(callId, () => client.timing.undoAnchor({ id }))
}

/** "This turn starts at this second." Says so, and offers to take it back. */
export async function setStart(turn: Turn, sec: number): Promise<void> {
  const { callId } = usePlayer.getState()
  if (callId === null) return
  const id = await setAnchor(callId, turn.index, sec)
  if (id === undefined) return
  const title = t('timing.set', { words: excerpt(turn.text), at: formatPositionTenths(sec) })
  offerUndo({ topic: TOPIC, title }, () => undoAnchors(callId, [id]), callId)
}

/** Which turn's start the step keys move: the one set last, while the sound is near it, else the active turn's. */
export function steppedTurn(): Turn | null {
  const { callId, activeTurn } = usePlayer.getState()
  const isNear =
    lastSet !== null && lastSet.callId === callId && Math.abs(positionSec() - lastSet.startSec) <= NEAR_SEC
  const index = isNear && lastSet ? lastSet.turnIndex : activeTurn
  return openTurns().find((turn) => turn.index === index && turn.startSec !== null) ?? null
}

/** Moves a turn's start a step on (1) or back (-1). */
export function stepStart(turn: Turn, step: 1 | -1): void {
  const { callId } = usePlayer.getState()
  // Of steps that come faster than they are written, each goes on from the one before.
  const isLast = lastSet?.callId === callId && lastSet?.turnIndex === turn.index
  const from = isLast && lastSet ? lastSet.startSec : turn.startSec
  if (from !== null) void setStart(turn, Math.max(0, from + step * STEP_SEC))
}

/** The turn's start is no longer the reviewer's; offers to take that back. */
export async function removeStart({ anchor, text }: Turn): Promise<void> {
  const { callId } = usePlayer.getState()
  if (callId === null || !anchor) return
  lastSet = null
  const { id } = anchor
  if (!(await write(callId, () => client.timing.removeAnchor({ id })))) return
  const title = t('timing.removed', { words: excerpt(text) })
  offerUndo({ topic: TOPIC, title }, () => restoreAnchors(callId, [id]), callId)
}

/** No start of the call is set by hand any more; offers to take that back. */
export async function clearStarts({ id: callId }: CallDetail): Promise<void> {
  lastSet = null
  const answer = await write(callId, () => client.timing.clearAnchors({ callId }))
  if (!answer || answer.ids.length === 0) return
  const { ids } = answer
  const title = t('timing.cleared', { count: ids.length })
  offerUndo({ topic: TOPIC, title }, () => restoreAnchors(callId, ids), callId)
}

async function restoreAnchors(callId: CallId, ids: string[]): Promise<void> {
  await write(callId, () => client.timing.restoreAnchors({ callId, ids }))
}

/** Whether the two channels of a call's recording are two people's. */
export const canSwap = ({ recording, speech }: CallDetail): boolean =>
  recording.state === 'ready' && recording.channels === 2 && speech.length !== 1

/** The agent is on the other channel than was shown (null: not known, then the first); offers to take that back. */
export async function swapChannels({ id: callId }: CallDetail, shown: 0 | 1 | null): Promise<void> {
  const agentChannel = shown === 0 ? 1 : 0
  const reviewer = reviewerNow()
  const answer = await write(callId, () => client.timing.setAgentChannel({ callId, agentChannel, reviewer }))
  if (!answer) return
  const undo = async () => {
    const { before } = answer
    await write(callId, () => client.timing.setAgentChannel({ callId, agentChannel: before, reviewer }))
  }
  offerUndo({ topic: 'channels', title: t('timing.swapped') }, undo, callId)
}

/** Estimates a call's times anew; how far that is, the call itself says. Nothing else waits for it. */
export async function alignAgain({ id: callId }: CallDetail): Promise<void> {
  try {
    await client.timing.align({ callId })
  } catch (thrown) {
    toastFailure(thrown)
    return
  }
  toast({ topic: TOPIC, title: t('timing.aligned') })
}
