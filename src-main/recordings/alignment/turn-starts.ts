import type { Atom } from './atoms'
import { type ChannelFeatures, FRAMES_PER_SEC } from './features'
import type { Material } from './fit'
import type { Path } from './path'
import { quantile } from './smooth'

/**
 * What a turn may begin with although its text lacks it: pauses in it are no longer, and all of it lasts no longer; otherwise it is an
 * announcement or a turn that the transcript lacks. On a channel of its own a speaker is told from the other for certain.
 */
const LEAD = {
  mono: { pause: 0.5 * FRAMES_PER_SEC, most: 2 * FRAMES_PER_SEC },
  stereo: { pause: 1 * FRAMES_PER_SEC, most: 2.6 * FRAMES_PER_SEC },
} as const
/** What is quieter by more than the turn itself is noise or leaks in from the other side, dB. */
const LESS_DB = 8
/** Quiet speech that is nearer to the rest, frames, is a part of its words. */
const APART = 0.1 * FRAMES_PER_SEC
/** Between two turns of one speaker the longest pause is the border, where it is longer by so many frames. */
const LONGER_PAUSE = 0.3 * FRAMES_PER_SEC
/** Letters that tell less for the last words of a turn do not tell that these are its own. */
const LEAST_TOLD = 3

/** The level, dB, that a fifth of each atom's frames exceed. */
export function loudnessOf(atoms: readonly Atom[], channels: readonly ChannelFeatures[]): number[] {
  return atoms.map(({ start, end, channel }) =>
    quantile(channels[channel]?.levelDb.subarray(start, end) ?? [], 0.8),
  )
}

/** What is known when turns' beginnings are looked for. */
export interface PathToRefine {
  readonly material: Pick<Material, 'atoms' | 'textCosts'>
  readonly path: Path
  /** Per turn, the channel that it is on, null for any; null instead of all in mono. */
  readonly channels: readonly (number | null)[] | null
  /** Of each atom, dB. */
  readonly loudness: readonly number[]
  /** How much better the atoms from `from` up to `until` suit the voice of a turn than that of the turn before. */
  readonly suits: (turn: number, from: number, until: number) => number
}

/**
 * The atom that each turn begins with; null for a turn without speech.
 *
 * A text often lacks the words that its speaker begins with ("well, let me see"), so that the path leaves these out or gives them to a
 * turn of the same speaker before. They are short, as loud as the rest, and nearer to it than to what is before. Noise, and what leaks
 * in from the other side, is quieter than the speaker and no beginning.
 */
export function firstAtoms(known: PathToRefine): (Atom | null)[] {
  const { path, channels, material } = known
  const lines = new Map<number | null, number[]>()
  /** Per channel, what is behind the last atom that a turn on it took. */
  const taken = new Map<number | null, number>()
  return Array.from(path.from, (from, i) => {
    const until = path.until[i] ?? 0
    if (from === until) return null
    const channel = channels === null ? 0 : (channels[i] ?? null)
    const line = lines.get(channel) ?? atomsOn(material.atoms, channel)
    lines.set(channel, line)
    const free = Math.max(taken.get(channel) ?? 0, taken.get(null) ?? 0)
    taken.set(channel, until)
    const first = line.findIndex((k) => k >= from)
    const own = line.slice(first, line.findLastIndex((k) => k < until) + 1)
    if (first < 0 || own.length === 0) return material.atoms[from] ?? null
    const chosen = channel === null ? first : refined(known, { turn: i, line, first, own, free })
    return material.atoms[line[chosen] ?? from] ?? null
  })
}

const atomsOn = (atoms: readonly Atom[], channel: number | null): number[] =>
  [...atoms.keys()].filter((k) => channel === null || atoms[k]?.channel === channel)

/** One turn on the line of all atoms of its channel: that begins, as yet, with the line's `first`. */
interface TurnOnLine {
  readonly turn: number
  readonly line: readonly number[]
  readonly first: number
  /** Its atoms. */
  readonly own: readonly number[]
  /** No earlier atom is free. */
  readonly free: number
}

/** The place on the line where the turn begins. */
function refined(known: PathToRefine, on: TurnOnLine): number {
  const { material, channels, loudness, suits } = known
  const { turn, line, first, own, free } = on
  const limits = channels === null ? LEAD.mono : LEAD.stereo
  const atom = (n: number): Atom | undefined => material.atoms[line[n] ?? -1]
  const gap = (n: number): number => atom(n)?.gap ?? 0
  const least = quantile(
    own.map((k) => loudness[k] ?? 0),
    0.5,
  )
  const isQuiet = (n: number): boolean => (loudness[line[n] ?? 0] ?? 0) < least - LESS_DB
  let loud = first
  while (loud < first + own.length - 1 && isQuiet(loud) && gap(loud + 1) >= APART) loud += 1
  if (loud > first) return loud

  let begin = first
  let frames = 0
  let n = first - 1
  for (; n >= 0 && (line[n] ?? 0) >= free && gap(begin) <= limits.pause; n -= 1) {
    if (isQuiet(n)) continue
    frames += lengthOf(atom(n))
    if (frames > limits.most) return first
    begin = n
  }
  if (channels === null)
    return begin < first && suits(turn, line[begin] ?? 0, line[first] ?? 0) > 0 ? begin : first
  const follows = n === begin - 1 && (line[n] ?? -1) === free - 1
  return follows ? (withoutTail(known, on, begin, limits.most - frames) ?? begin) : begin
}

/**
 * Where the turn begins when it takes the last words of the one before, which is by the same speaker and ends right before place `begin`:
 * after a pause in it that is longer than the one that the path took for the border. Null when its letters tell that they are its own.
 */
function withoutTail(
  { material: { atoms, textCosts }, path, channels }: PathToRefine,
  { turn, line, free }: TurnOnLine,
  begin: number,
  most: number,
): number | null {
  const before = turn - 1
  const start = path.from[before] ?? 0
  if (channels?.[before] !== channels?.[turn] || path.until[before] !== free) return null
  const costs = textCosts?.(before, start) ?? null
  if (costs === null) return null
  const costUntil = (k: number): number => costs[Math.min(costs.length, k - start) - 1] ?? 0
  const gap = (n: number): number => atoms[line[n] ?? 0]?.gap ?? 0
  let frames = 0
  for (let n = begin - 1; (line[n] ?? 0) > start; n -= 1) {
    const k = line[n] ?? 0
    frames += lengthOf(atoms[k])
    if (frames > most || gap(n + 1) > LEAD.stereo.pause || costUntil(k) - costUntil(free) > LEAST_TOLD)
      return null
    if (gap(n) >= gap(begin) + LONGER_PAUSE) return n
  }
  return null
}

const lengthOf = (atom: Atom | undefined): number => (atom ? atom.end - atom.start : 0)
