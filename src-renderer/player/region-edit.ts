import type { Annotation, AnnotationPlace } from '@contract'
import { annotationsKey, keepAnnotation, useDrafts } from '../annotations/drafts'
import { client } from '../app/client'
import { queryClient } from '../app/queries'
import { offerUndo } from '../app/undo'
import { t } from '../app/words'
import { toastFailure } from '../ui'
import { choose, useChosen } from './chosen'
import { moveLoop } from './loop'
import { positionSec, usePlayer } from './player'
import {
  type Edge,
  hundredths,
  movedBy,
  STEP_SEC,
  setTimeRange,
  type TimeRange,
  useTimeRange,
} from './time-range'

/** As long as a stretch is that a key begins at the playhead, seconds. */
const BEGUN_SEC = 1

/** The annotation of the open call with this id, when its stretch is its own and nobody is writing on it. */
export function movable(id: string): Annotation | null {
  const { callId } = usePlayer.getState()
  if (callId === null) return null
  const saved = queryClient.getQueryData<Annotation[]>(annotationsKey(callId))?.find((one) => one.id === id)
  if (saved?.place.kind !== 'time') return null
  const isOpen = Object.values(useDrafts.getState().drafts).some((draft) => draft.editing === id)
  return isOpen ? null : saved
}

/** Shows an annotation at its new stretch at once. */
function show(annotation: Annotation, { startSec, endSec }: TimeRange): void {
  const place: AnnotationPlace = { kind: 'time', startSec, endSec }
  keepAnnotation({ ...annotation, place, startSec, endSec })
  if (useChosen.getState().region?.id === annotation.id) choose({ id: annotation.id, startSec, endSec })
  moveLoop(annotation.id, { startSec, endSec })
}

/** Gives an annotation another stretch, and offers to take that back. `before` is what it goes back to. */
export async function saveStretch(before: Annotation, { startSec, endSec }: TimeRange): Promise<void> {
  show(before, { startSec, endSec })
  try {
    const place: AnnotationPlace = { kind: 'time', startSec, endSec }
    keepAnnotation(await client.annotations.update({ id: before.id, patch: { place } }))
  } catch (thrown) {
    restore(before)
    toastFailure(thrown)
    return
  }
  offerUndo({ topic: `stretch ${before.id}`, title: t('player.regionMoved', { label: before.label }) }, () =>
    takeBack(before),
  )
}

function restore(before: Annotation): void {
  if (before.place.kind === 'time') show(before, before.place)
  keepAnnotation(before)
}

async function takeBack(before: Annotation): Promise<void> {
  restore(before)
  try {
    keepAnnotation(await client.annotations.update({ id: before.id, patch: { place: before.place } }))
  } catch (thrown) {
    toastFailure(thrown)
    void queryClient.invalidateQueries({ queryKey: annotationsKey(before.callId) })
  }
}

/** Keys come many times a second; what they moved is saved when they rest. */
const REST_MS = 500
let resting: { before: Annotation; range: TimeRange; timer: number } | null = null

/** Saves what the keys have moved, now. */
export function flushSteps(): void {
  if (!resting) return
  const { before, range, timer } = resting
  resting = null
  window.clearTimeout(timer)
  void saveStretch(before, range)
}

/** Moves the chosen annotation's stretch, else the drawn one by a step; where there is none, begins one at the playhead. */
export function stepRegion(edge: Edge, direction: 1 | -1, durationSec: number): void {
  const { region } = useChosen.getState()
  const annotation = region && movable(region.id)
  if (region && annotation) {
    if (resting && resting.before.id !== region.id) flushSteps()
    const range = movedBy(region, edge, direction * STEP_SEC, durationSec)
    if (resting) window.clearTimeout(resting.timer)
    resting = { before: resting?.before ?? annotation, range, timer: window.setTimeout(flushSteps, REST_MS) }
    show(annotation, range)
    return
  }
  const { range } = useTimeRange.getState()
  if (range) setTimeRange(movedBy(range, edge, direction * STEP_SEC, durationSec))
  else {
    const startSec = hundredths(Math.max(0, Math.min(positionSec(), durationSec - BEGUN_SEC)))
    setTimeRange({ startSec, endSec: hundredths(Math.min(durationSec, startSec + BEGUN_SEC)) })
  }
}
