import type { SpeechSegments } from '@contract'
import { partitionPoint } from '@contract'

/** A start is taken to where somebody begins to speak again, if no more speech than this lies between. */
const SNAP_SEC = 0.8

/** Time in which somebody speaks, on any channel; seconds. Where it is not known where that is, all time counts. */
export class SpeechAxis {
  /** In order, apart. */
  readonly #stretches: readonly { readonly from: number; readonly until: number }[]

  constructor(channels: readonly SpeechSegments[]) {
    const all = channels.flatMap((pairs) =>
      Array.from({ length: pairs.length >> 1 }, (_, i) => ({
        from: (pairs[2 * i] ?? 0) / 1000,
        until: (pairs[2 * i + 1] ?? 0) / 1000,
      })),
    )
    all.sort((a, b) => a.from - b.from)
    const stretches: { from: number; until: number }[] = []
    for (const { from, until } of all) {
      const last = stretches.at(-1)
      if (last && from <= last.until) last.until = Math.max(last.until, until)
      else if (until > from) stretches.push({ from, until })
    }
    this.#stretches = stretches
  }

  /** All the speech there is; 0: it is not known. */
  get totalSec(): number {
    return this.#stretches.reduce((total, { from, until }) => total + until - from, 0)
  }

  /** How much is spoken between two times; all of it where speech is not known. */
  spokenSec(from: number, until: number): number {
    if (this.#stretches.length === 0) return Math.max(0, until - from)
    return this.#within(from, until).reduce((total, part) => total + part.until - part.from, 0)
  }

  /**
   * Cuts the speech in [from, to] in proportion to the lengths; turns begin where somebody begins to speak, if that is near.
   * Without speech in it, all of it is cut; where nothing is spoken, the first takes it all.
   */
  share(lengths: readonly number[], from: number, to: number): { startSec: number; endSec: number }[] {
    const total = lengths.reduce((sum, length) => sum + length, 0)
    const parts = this.#within(from, to)
    if (parts.length === 0 || total === 0) return evenly(lengths, total, from, to)
    const all = parts.reduce((sum, part) => sum + part.until - part.from, 0)
    const startAt = (spoken: number): number => {
      let before = 0
      let nearest = { offSec: SNAP_SEC, sec: to }
      let inside = to
      for (const part of parts) {
        const offSec = Math.abs(spoken - before)
        if (offSec <= nearest.offSec) nearest = { offSec, sec: part.from }
        if (spoken >= before) inside = Math.min(part.until, part.from + spoken - before)
        before += part.until - part.from
      }
      return nearest.sec < to ? nearest.sec : inside
    }
    const endAt = (spoken: number): number => {
      let left = spoken
      for (const part of parts) {
        if (left <= part.until - part.from + 1e-9) return Math.min(part.until, part.from + left)
        left -= part.until - part.from
      }
      return parts.at(-1)?.until ?? to
    }
    let spoken = 0
    let least = from
    const starts = lengths.map((length) => {
      least = Math.max(least, startAt((all * spoken) / total))
      spoken += length
      return least
    })
    spoken = 0
    return lengths.map((length, i) => {
      spoken += length
      const startSec = starts[i] ?? from
      const endSec = length === 0 ? startSec : Math.min(endAt((all * spoken) / total), starts[i + 1] ?? to)
      return { startSec, endSec: Math.max(startSec, endSec) }
    })
  }

  /** The stretches within [from, until]. */
  #within(from: number, until: number): { from: number; until: number }[] {
    const first = partitionPoint(this.#stretches.length, (at) => (this.#stretches[at]?.until ?? 0) <= from)
    const parts: { from: number; until: number }[] = []
    for (let i = first; i < this.#stretches.length; i += 1) {
      const stretch = this.#stretches[i]
      if (!stretch || stretch.from >= until) break
      parts.push({ from: Math.max(from, stretch.from), until: Math.min(until, stretch.until) })
    }
    return parts
  }
}

function evenly(
  lengths: readonly number[],
  total: number,
  from: number,
  to: number,
): { startSec: number; endSec: number }[] {
  let before = 0
  const at = (part: number): number =>
    part >= total ? (total === 0 ? from : to) : Math.min(to, from + ((to - from) * part) / total)
  return lengths.map((length) => {
    const startSec = at(before)
    before += length
    return { startSec, endSec: at(before) }
  })
}
