import { detectSpeech } from '../speech'
import { type Atom, atomsOf } from './atoms'
import { confidences } from './confidence'
import { FRAMES_PER_SEC, type SoundFeatures } from './features'
import { type Fit, fitPath, type Material, materialOf, meanRate, narrowed } from './fit'
import { startCosts } from './given-times'
import type { Path } from './path'
import { type Placed, placeAll } from './place'
import { hearSounds, NEAR, type SoundEvidence, soundEvidence, WIDE, withText } from './text-evidence'
import { firstAtoms, loudnessOf } from './turn-starts'
import { type Alignment, type SpokenTurn, spokenTurns, type TurnToAlign, VOICES } from './turns'
import { fitVoices, noEvidence, samePath } from './voices'

/** The wrong channel within a turn: for the atom, and for each second of it. */
const WRONG_CHANNEL = 1
const WRONG_CHANNEL_PER_SEC = 8
/** Channels whose costs are no further apart than that are told by the letters. */
const SURE = 60
/** How often the letters are read anew. */
const READINGS = 2
/** How many of the solutions that voices give are read. */
const READ = 2

export interface AlignOptions {
  /** The agent's channel, where a person says so; otherwise it is inferred. */
  readonly agentChannel?: 0 | 1 | null | undefined
}

/**
 * When each turn was said. Starts are finite, strictly increasing and within the recording, whatever is given.
 * Deterministic; works for seconds on an hour: to be called in a worker.
 */
export function alignTurns(
  sound: SoundFeatures,
  turns: readonly TurnToAlign[],
  { agentChannel = null }: AlignOptions = {},
): Alignment {
  const spoken = spokenTurns(turns)
  const found =
    spoken.length === 0
      ? null
      : sound.channels.length === 2
        ? stereo(sound, spoken, agentChannel)
        : mono(sound, spoken)
  return {
    agentChannel: found?.agentChannel ?? null,
    turns: placeAll(turns, spoken, found?.placed ?? [], sound.durationSec),
  }
}

interface Found {
  readonly agentChannel: 0 | 1 | null
  /** One for each spoken turn. */
  readonly placed: readonly Placed[]
}

function mono(sound: SoundFeatures, turns: readonly SpokenTurn[]): Found {
  const [channel] = sound.channels
  if (!channel) return { agentChannel: null, placed: [] }
  const segments = detectSpeech(channel, null)
  const atoms = atomsOf(segments, 0, channel.levelDb)
  if (atoms.length === 0) return { agentChannel: null, placed: [] }
  const material = materialOf(
    turns,
    atoms,
    VOICES.map(() => null),
    startCosts(turns, atoms),
  )
  const rate = meanRate(material)
  const plain = fitPath(
    material,
    noEvidence(atoms.length),
    VOICES.map(() => rate),
    6,
  )
  const near = narrowed(material, plain.path)
  const none = noEvidence(atoms.length)
  const sounds = soundEvidence(
    hearSounds([channel], atoms),
    VOICES.map(() => null),
    turns,
  )
  // Letters first: they tell turns apart where voices don't yet.
  const lettered = sounds && withText(near, sounds, plain, none, WIDE)
  const voices = fitVoices(
    channel,
    segments,
    lettered ?? near,
    lettered ? fitPath(lettered, none, plain.rates, 3) : plain,
  )
  const best = withLetters(sounds, near, distinct(voices.solutions, READ), voices.evidenceOn)
  if (!best) return { agentChannel: null, placed: [] }
  return { agentChannel: null, placed: placed(best, null, loudnessOf(atoms, [channel])) }
}

/** The first `most` fits that do not take the same path as one before. */
function distinct<T extends Fit>(fits: readonly T[], most: number): T[] {
  const kept: T[] = []
  for (const candidate of fits) {
    if (kept.length === most) break
    if (!kept.some((one) => samePath(one.path, candidate.path))) kept.push(candidate)
  }
  return kept
}

function stereo(sound: SoundFeatures, turns: readonly SpokenTurn[], told: 0 | 1 | null): Found {
  const [left, right] = sound.channels
  if (!left || !right) return { agentChannel: null, placed: [] }
  const atoms = mergedAtoms([
    atomsOf(detectSpeech(left, right), 0, null),
    atomsOf(detectSpeech(right, left), 1, null),
  ])
  if (atoms.length === 0) return { agentChannel: told ?? 0, placed: [] }
  const possible = told === null ? ([0, 1] as const) : ([told] as const)
  const fits = possible.map((agentChannel) => {
    const channels = [agentChannel, 1 - agentChannel, null]
    const material = materialOf(turns, atoms, channels, startCosts(turns, atoms))
    const evidence = channels.map((channel) => wrongChannel(atoms, channel))
    const rate = meanRate(material)
    const plain = fitPath(
      material,
      evidence,
      VOICES.map(() => rate),
      6,
    )
    return { agentChannel, channels, evidence, material, plain }
  })
  fits.sort((a, b) => a.plain.cost - b.plain.cost)
  const least = fits[0]?.plain.cost ?? 0
  const heard = hearSounds([left, right], atoms)
  const [best] = fits
    .filter(({ plain }) => plain.cost - least < SURE)
    .map(({ agentChannel, channels, evidence, material, plain }) => {
      const near = narrowed(material, plain.path)
      const sounds = soundEvidence(heard, channels, turns)
      const reading = withLetters(sounds, near, [{ ...plain, evidence }], () => null)
      return { agentChannel, channels, reading: reading ?? { material: near, fit: plain, evidence } }
    })
    .sort((a, b) => byCost(a.reading, b.reading))
  if (!best) return { agentChannel: null, placed: [] }
  const { agentChannel, channels, reading } = best
  return { agentChannel, placed: placed(reading, channels, loudnessOf(atoms, [left, right])) }
}

interface Reading {
  readonly material: Material
  readonly fit: Fit
  readonly evidence: readonly Float64Array[]
}

/**
 * Fits again, with what the letters of the turns tell of their sounds: each solution once, then the cheapest again.
 *
 * @param solutions cheapest first
 * @param listen what voices tell on a path
 * @returns the cheapest; the first solution where letters tell nothing; null when there is none
 */
function withLetters(
  sounds: SoundEvidence | null,
  material: Material,
  solutions: readonly (Fit & { readonly evidence: readonly Float64Array[] })[],
  listen: (path: Path) => readonly Float64Array[] | null,
): Reading | null {
  if (sounds === null) {
    const [first] = solutions
    return first ? { material, fit: first, evidence: first.evidence } : null
  }
  const read = (before: Fit, evidence: readonly Float64Array[]): Reading => {
    const lettered = withText(material, sounds, before, evidence, NEAR)
    return { material: lettered, fit: fitPath(lettered, evidence, before.rates, 3), evidence }
  }
  let best = solutions.map((solution) => read(solution, solution.evidence)).sort(byCost)[0] ?? null
  for (let round = 0; best !== null && round < READINGS; round += 1) {
    const before: Fit = best.fit
    best = read(before, listen(before.path) ?? best.evidence)
    if (samePath(best.fit.path, before.path)) break
  }
  return best
}

const byCost = (a: Reading, b: Reading): number => a.fit.cost - b.fit.cost

/** Both channels' atoms in order of their starts. */
function mergedAtoms(channels: readonly Atom[][]): Atom[] {
  return channels.flat().sort((a, b) => a.start - b.start || a.end - b.end)
}

/** Summed over atoms: minus the cost of those that are on the other channel. */
function wrongChannel(atoms: readonly Atom[], channel: number | null | undefined): Float64Array {
  const sums = new Float64Array(atoms.length + 1)
  for (const [k, atom] of atoms.entries()) {
    const wrong = channel !== null && channel !== undefined && atom.channel !== channel
    const cost = WRONG_CHANNEL + (WRONG_CHANNEL_PER_SEC * (atom.end - atom.start)) / FRAMES_PER_SEC
    sums[k + 1] = (sums[k] ?? 0) - (wrong ? cost : 0)
  }
  return sums
}

/** Times and confidences of a fit. `channels`: per voice its channel; `loudness`: of each atom, dB. */
function placed(
  { material, fit: best, evidence }: Reading,
  channels: readonly (number | null)[] | null,
  loudness: readonly number[],
): Placed[] {
  const { turns, atoms } = material
  const channelOf = (turn: SpokenTurn): number | null => channels?.[turn.voice] ?? null
  const suiting = (turn: SpokenTurn | undefined, from: number, until: number): number => {
    const sums = turn && evidence[turn.voice]
    return (sums?.[until] ?? 0) - (sums?.[from] ?? 0)
  }
  const firsts = firstAtoms({
    material,
    path: best.path,
    channels: channels && turns.map(channelOf),
    loudness,
    suits: (i, from, until) =>
      i === 0 ? 0 : suiting(turns[i], from, until) - suiting(turns[i - 1], from, until),
  })
  const times = turns.map((turn, i) => spanOf(best.path, i, atoms, channelOf(turn), firsts[i] ?? null))
  const sure = confidences({
    material,
    best,
    evidence,
    starts: times.map((found) => found?.startSec ?? null),
  })
  // Where there is no speech for a turn, its time is a guess from those around it.
  return times.map((found, i) => ({ times: found, confidence: found === null ? 0 : (sure[i] ?? 0) }))
}

function spanOf(
  path: Path,
  i: number,
  atoms: readonly Atom[],
  channel: number | null,
  begin: Atom | null,
): Placed['times'] {
  const own = atoms
    .slice(path.from[i] ?? 0, path.until[i] ?? 0)
    .filter((atom) => channel === null || atom.channel === channel)
  const first = own[0]
  if (!first) return null
  const end = own.reduce((latest, atom) => Math.max(latest, atom.end), first.end)
  return { startSec: (begin ?? first).start / FRAMES_PER_SEC, endSec: end / FRAMES_PER_SEC }
}
