import { detectSpeech } from '../speech'
import { type Atom, atomsOf } from './atoms'
import { confidences, SAME_START_SEC } from './confidence'
import { FRAMES_PER_SEC, type SoundFeatures } from './features'
import { type Fit, fitPath, type Material, materialOf, meanRate, narrowed } from './fit'
import { startCosts } from './given-times'
import type { Path } from './path'
import { type Placed, placeAll } from './place'
import { NEAR, type SoundEvidence, soundEvidence, soundsOnPath, WIDE, withText } from './text-evidence'
import type { SoundModels } from './text-match'
import { type Alignment, type SpokenTurn, spokenTurns, type TurnToAlign, VOICES } from './turns'
import { fitVoices, noEvidence, samePath } from './voices'

/** The wrong channel within a turn: for the atom, and for each second of it. */
const WRONG_CHANNEL = 1
const WRONG_CHANNEL_PER_SEC = 8
/** Of solutions whose costs differ by that much, the dearer counts 1/e. */
const TEMPERATURE = 3
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
    [channel],
    VOICES.map(() => null),
    near,
  )
  // Letters first: they tell turns apart where voices don't yet.
  const lettered = sounds && withText(near, sounds, plain, none, soundsOnPath(sounds, near, plain), WIDE)
  const voices = fitVoices(
    channel,
    segments,
    lettered ?? near,
    lettered ? fitPath(lettered, none, plain.rates, 3) : plain,
  )
  const readings = withLetters(sounds, near, distinct(voices.solutions, READ), voices.evidenceOn)
  const [best] = readings
  if (!best) return { agentChannel: null, placed: [] }
  const others = readings.map((reading) => reading.fit)
  return { agentChannel: null, placed: placed(best.material, best.fit, best.evidence, null, others) }
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
  const [best] = fits
    .filter(({ plain }) => plain.cost - least < SURE)
    .map(({ agentChannel, channels, evidence, material, plain }) => {
      const near = narrowed(material, plain.path)
      const sounds = soundEvidence([left, right], channels, near)
      const [reading] = withLetters(sounds, near, [{ ...plain, evidence }], () => null)
      return { agentChannel, channels, plain, reading: reading ?? { material: near, fit: plain, evidence } }
    })
    .sort((a, b) => byCost(a.reading, b.reading))
  if (!best) return { agentChannel: null, placed: [] }
  const { agentChannel, channels, plain, reading } = best
  const others = [reading.fit, plain]
  return { agentChannel, placed: placed(reading.material, reading.fit, reading.evidence, channels, others) }
}

interface Reading {
  readonly material: Material
  readonly fit: Fit
  readonly evidence: readonly Float64Array[]
}

/**
 * Fits again, with what the letters of the turns tell of their sounds: each solution once, then the cheapest again.
 *
 * @param ownChannel per voice, the channel that its speech is on; null: any
 * @param listen what voices tell on a path
 * @returns cheapest first; the solutions as they were where letters tell nothing
 */
function withLetters(
  sounds: SoundEvidence | null,
  material: Material,
  solutions: readonly (Fit & { readonly evidence: readonly Float64Array[] })[],
  listen: (path: Path) => readonly Float64Array[] | null,
): Reading[] {
  if (sounds === null)
    return solutions.map((solution) => ({ material, fit: solution, evidence: solution.evidence }))
  const read = (before: Fit, evidence: readonly Float64Array[], models: readonly SoundModels[]): Reading => {
    const lettered = withText(material, sounds, before, evidence, models, NEAR)
    return { material: lettered, fit: fitPath(lettered, evidence, before.rates, 3), evidence }
  }
  const readings = solutions
    .map((solution) => read(solution, solution.evidence, soundsOnPath(sounds, material, solution)))
    .sort(byCost)
  let [best] = readings
  for (let round = 0; best && round < READINGS; round += 1) {
    const before: Fit = best.fit
    best = read(before, listen(before.path) ?? best.evidence, soundsOnPath(sounds, material, before))
    if (samePath(best.fit.path, before.path)) break
  }
  return best ? [best, ...readings.slice(1)] : []
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

/** Times and confidences of a fit. `channels`: per voice its channel. */
function placed(
  material: Material,
  best: Fit,
  evidence: readonly Float64Array[],
  channels: readonly (number | null)[] | null,
  solutions: readonly Fit[],
): Placed[] {
  const { turns, atoms } = material
  const channelOf = (turn: SpokenTurn): number | null => channels?.[turn.voice] ?? null
  const times = turns.map((turn, i) => spanOf(best.path, i, atoms, channelOf(turn)))
  const sure = confidences({
    material,
    best,
    evidence,
    starts: times.map((found) => found?.startSec ?? null),
    agreeing: turns.map((turn, i) => agreement(solutions, i, atoms, channelOf(turn))),
  })
  // Where there is no speech for a turn, its time is a guess from those around it.
  return times.map((found, i) => ({ times: found, confidence: found === null ? 0 : (sure[i] ?? 0) }))
}

function spanOf(path: Path, i: number, atoms: readonly Atom[], channel: number | null): Placed['times'] {
  const own = atoms
    .slice(path.from[i] ?? 0, path.until[i] ?? 0)
    .filter((atom) => channel === null || atom.channel === channel)
  const first = own[0]
  if (!first) return null
  const end = own.reduce((latest, atom) => Math.max(latest, atom.end), first.end)
  return { startSec: first.start / FRAMES_PER_SEC, endSec: end / FRAMES_PER_SEC }
}

/** The share of the solutions, the cheap ones above all, that start the turn where the best does. */
function agreement(
  solutions: readonly Fit[],
  i: number,
  atoms: readonly Atom[],
  channel: number | null,
): number {
  const [best] = solutions
  if (!best) return 1
  const startOf = (solution: Fit): number => spanOf(solution.path, i, atoms, channel)?.startSec ?? -1
  const start = startOf(best)
  let all = 0
  let same = 0
  for (const solution of solutions) {
    const weight = Math.exp(-(solution.cost - best.cost) / TEMPERATURE)
    all += weight
    if (Math.abs(startOf(solution) - start) <= SAME_START_SEC) same += weight
  }
  return same / all
}
