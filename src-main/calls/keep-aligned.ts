import type { Believed } from './believed-starts'
import type { SpeechAxis } from './speech-axis'
import type { AlignedTurnTimes, SettledTurn } from './timing'

/** The sound agrees with a start that was told when it is no further off, s. */
const AGREES_SEC = 0.5
/** From here on the sound is trusted although something beside it proved wrong. */
const TRUSTED = 0.8
/** At least so much of the time that turns should take must lie between an anchor and what is trusted beyond. */
const LEAST_ROOM = 0.5

/**
 * What the sound told, as far as it fits to what is believed: people's anchors and the vendor's starts. Where it put a turn
 * elsewhere than these, turns beside that one are left out (to be fitted anew) up to the first that is trusted and
 * leaves them room.
 *
 * @param lengths `spokenLength` of each turn
 * @returns by the turn's place: all that is believed, and what is kept of the sound
 */
export function keepAligned(
  believed: ReadonlyMap<number, Believed>,
  aligned: readonly AlignedTurnTimes[],
  lengths: readonly number[],
  axis: SpeechAxis,
  duration: number | null,
): Map<number, SettledTurn> {
  const settled = new Map<number, SettledTurn>()
  const most = duration ?? Number.POSITIVE_INFINITY
  const secPerUnit = axis.totalSec / Math.max(1, sumOf(lengths, 0, lengths.length))
  const hasRoom = (from: number, until: number, startSec: number, endSec: number): boolean =>
    axis.spokenSec(startSec, Math.max(startSec, endSec)) >=
    LEAST_ROOM * secPerUnit * sumOf(lengths, from, until)
  const agrees = (index: number): boolean =>
    Math.abs((aligned[index]?.startSec ?? 0) - (believed.get(index)?.startSec ?? 0)) <= AGREES_SEC

  // What is not spoken stands before what is said next, and is as sure.
  const nextSpoken: number[] = []
  for (let index = lengths.length - 1; index >= 0; index -= 1)
    nextSpoken[index] = (lengths[index] ?? 0) > 0 ? index : (nextSpoken[index + 1] ?? index)

  let before = -1
  while (before < lengths.length) {
    let behind = before + 1
    while (behind < lengths.length && !believed.has(behind)) behind += 1
    const left = believed.get(before)
    const right = believed.get(behind)
    const begin = left?.startSec ?? 0
    const end = right?.startSec ?? most
    if (left) settled.set(before, told(left, agrees(before) ? aligned[before] : undefined))
    const isTrusted = (index: number): boolean => (aligned[index]?.confidence ?? 0) >= TRUSTED
    const at = (index: number): number => aligned[index]?.startSec ?? 0

    let first = before + 1
    if (left && !agrees(before))
      while (first < behind && !(isTrusted(first) && hasRoom(before, first, begin, at(first)))) first += 1
    let last = behind - 1
    if (right && !agrees(behind))
      while (last >= first && !(isTrusted(last) && hasRoom(last, behind, at(last), end))) last -= 1
    for (let index = first; index <= last; index += 1) {
      const turn = aligned[index]
      if (!turn || !Number.isFinite(turn.startSec) || turn.startSec < begin || turn.startSec > end) continue
      const endSec = Number.isFinite(turn.endSec) ? Math.max(turn.startSec, turn.endSec) : turn.startSec
      const { confidence } = aligned[nextSpoken[index] ?? index] ?? turn
      settled.set(index, { startSec: turn.startSec, endSec, timing: 'estimated', confidence })
    }
    before = behind
  }
  return settled
}

/** A start that was told; where the vendor tells no end, the sound's. */
function told({ startSec, endSec, timing }: Believed, aligned: AlignedTurnTimes | undefined): SettledTurn {
  const heardEnd =
    aligned && Number.isFinite(aligned.endSec) && aligned.endSec > startSec ? aligned.endSec : null
  return { startSec, endSec: endSec ?? heardEnd, timing, confidence: null }
}

function sumOf(lengths: readonly number[], from: number, until: number): number {
  let sum = 0
  for (let i = Math.max(0, from); i < until; i += 1) sum += lengths[i] ?? 0
  return sum
}
