/**
 * Which atoms each turn takes: turns in order, each a run of atoms, atoms between turns left out at a cost, turns without
 * any atom too. Costs are negative logarithms of (unnormalised) probabilities.
 */

/** The turns and atoms of one call, with all costs that do not change while a path is sought. */
export interface PathProblem {
  readonly turns: number
  readonly atoms: number
  /** Per turn: which of the voices (0, 1, …) speaks it. */
  readonly voice: Uint8Array
  /** Per voice, for k = 0..atoms: frames of speech before atom k that count for a turn of that voice. */
  readonly speech: readonly Int32Array[]
  /** Per voice, likewise summed: how well the atoms suit that voice (more is better). */
  readonly evidence: readonly Float64Array[]
  /** Likewise summed: the cost of the pauses before each atom, should it not be the first of its turn. */
  readonly pauses: Float64Array
  /** The cost of a border between two turns right before atom k, k = 0..atoms. */
  readonly border: Float64Array
  /** Likewise summed: the cost of leaving a few atoms out, and, after `longSkip`, of leaving out more. */
  readonly skip: Float64Array
  readonly longSkip: number
  readonly moreSkip: Float64Array
  /** Per turn: expected speech, frames, and the standard deviation of its logarithm. */
  readonly expected: Float64Array
  readonly deviation: Float64Array
  /** Per turn: the cost when it has no speech at all. */
  readonly missing: Float64Array
  /** The cost of turn i's beginning with atom j, where something is known of its time; infinite where it can't. */
  readonly startCost: (turn: number) => Float64Array | null
  /** Per turn: the cost of its letters' being said in atoms j..k, or null. */
  readonly textCost: ((turn: number, from: number, until: number) => number) | null
  /** Per turn: the first and last atom that it may begin with. */
  readonly low: Int32Array
  readonly high: Int32Array
}

export interface Path {
  readonly cost: number
  /** Per turn its first atom, and that behind its last; both the same for a turn without speech. */
  readonly from: Int32Array
  readonly until: Int32Array
}

/** Frames that a turn lasts at least. */
const LEAST_FRAMES = 4
/** Huber's limit: further out than so many standard deviations the cost grows in proportion. */
const HUBER = 2.5
/** What is longer than that many times the expected is not looked at. */
const MOST_TIMES = 4
const MOST_EXTRA_FRAMES = 500

const LOGARITHMS = Float64Array.from({ length: 1 << 16 }, (_, i) => Math.log(Math.max(i, 0.5)))
const logOf = (frames: number): number => LOGARITHMS[frames] ?? Math.log(frames)

const maxFrames = (expected: number): number => MOST_TIMES * expected + MOST_EXTRA_FRAMES

/** Calls `visit(j, k, cost)` for each run of atoms that turn i may take. */
function eachSpan(
  problem: PathProblem,
  i: number,
  reachable: (j: number) => boolean,
  visit: (j: number, k: number, cost: number) => void,
): void {
  const { atoms, pauses, border, textCost } = problem
  const voice = problem.voice[i] ?? 0
  const speech = problem.speech[voice] ?? new Int32Array()
  const evidence = problem.evidence[voice] ?? new Float64Array()
  const expected = problem.expected[i] ?? 1
  const logExpected = Math.log(expected)
  const deviation = problem.deviation[i] ?? 1
  const logDeviation = Math.log(deviation)
  const most = maxFrames(expected)
  const starts = problem.startCost(i)
  const last = Math.min(atoms - 1, problem.high[i] ?? atoms - 1)
  for (let j = Math.max(0, problem.low[i] ?? 0); j <= last; j += 1) {
    if (!reachable(j)) continue
    const startCost = starts === null ? 0 : (starts[j] ?? 0)
    if (startCost === Number.POSITIVE_INFINITY) continue
    const speechBefore = speech[j] ?? 0
    const fixed = startCost + (evidence[j] ?? 0) - (pauses[j + 1] ?? 0) + logDeviation
    for (let k = j + 1; k <= atoms; k += 1) {
      const frames = (speech[k] ?? 0) - speechBefore
      if (frames > most && k > j + 1) break
      if (frames < LEAST_FRAMES) {
        // Nothing of its own yet: what comes before its own first atom belongs to somebody else.
        if (frames === 0) break
        continue
      }
      const z = Math.abs(logOf(frames) - logExpected) / deviation
      let cost =
        fixed +
        (z < HUBER ? 0.5 * z * z : HUBER * z - 0.5 * HUBER * HUBER) +
        (pauses[k] ?? 0) -
        (evidence[k] ?? 0) +
        (border[k] ?? 0)
      if (textCost !== null) cost += textCost(i, j, k)
      visit(j, k, cost)
    }
  }
}

/** The cheapest path (Viterbi). */
export function cheapestPath(problem: PathProblem): Path {
  const { turns, atoms } = problem
  const width = atoms + 1
  let now = new Float64Array(width).fill(Number.POSITIVE_INFINITY)
  now[0] = 0
  let next = new Float64Array(width)
  const closedFrom = new Int32Array(turns * width)
  const began = new Int32Array(turns * width).fill(-1)
  const closed = new Int32Array(width)
  for (let i = 0; i < turns; i += 1) {
    close(now, problem, closed)
    closedFrom.set(closed, i * width)
    const missing = problem.missing[i] ?? 0
    const row = i * width
    for (let k = 0; k < width; k += 1) next[k] = (now[k] ?? 0) + missing
    const here = now
    const there = next
    eachSpan(
      problem,
      i,
      (j) => here[j] !== Number.POSITIVE_INFINITY,
      (j, k, cost) => {
        const total = (here[j] ?? 0) + cost
        if (total < (there[k] ?? 0)) {
          there[k] = total
          began[row + k] = j
        }
      },
    )
    ;[now, next] = [next, now]
  }
  close(now, problem, closed)
  const from = new Int32Array(turns)
  const until = new Int32Array(turns)
  let k = closed[atoms] ?? atoms
  for (let i = turns - 1; i >= 0; i -= 1) {
    const j = began[i * width + k] ?? -1
    until[i] = k
    from[i] = j < 0 ? k : j
    k = closedFrom[i * width + (from[i] ?? 0)] ?? 0
  }
  return { cost: now[atoms] ?? Number.POSITIVE_INFINITY, from, until }
}

/**
 * Leaving atoms out: `values[k]` becomes the least of all earlier plus what is left out between; `origin` says from where.
 * Noise costs by its length; an announcement costs `longSkip` at once and then little.
 */
function close(values: Float64Array, { skip, longSkip, moreSkip }: PathProblem, origin: Int32Array): void {
  let short = Number.POSITIVE_INFINITY
  let shortFrom = 0
  let long = Number.POSITIVE_INFINITY
  let longFrom = 0
  origin[0] = 0
  for (let k = 1; k < values.length; k += 1) {
    const before = values[k - 1] ?? 0
    const here = values[k] ?? 0
    if (origin[k - 1] === k - 1) {
      if (before < short) [short, shortFrom] = [before, k - 1]
      if (before + longSkip < long) [long, longFrom] = [before + longSkip, k - 1]
    }
    short += (skip[k] ?? 0) - (skip[k - 1] ?? 0)
    long += (moreSkip[k] ?? 0) - (moreSkip[k - 1] ?? 0)
    origin[k] = k
    if (short < here || long < here) {
      values[k] = Math.min(short, long)
      origin[k] = short <= long ? shortFrom : longFrom
    }
  }
}

/**
 * How probable each atom is as a turn's first (forward and backward sums over all paths, at a temperature that makes up for
 * costs that count the same evidence more than once).
 *
 * @returns per turn, `atoms + 1` probabilities a turn; the last is that it has no speech
 */
export function startProbabilities(problem: PathProblem, temperature: number): Float64Array {
  const { turns, atoms, skip, moreSkip } = problem
  const width = atoms + 1
  const enter = Math.exp(-problem.longSkip / temperature)
  const result = new Float64Array(turns * width)
  const factors = (sums: Float64Array): Float64Array =>
    sums.map((sum, k) => (k === 0 ? 0 : Math.exp(-(sum - (sums[k - 1] ?? 0)) / temperature)))
  const skipFactor = factors(skip)
  const moreFactor = factors(moreSkip)
  // Forward sums before each turn, leaving out included, each row scaled to a maximum of 1.
  const forward = new Float64Array((turns + 1) * width)
  forward[0] = 1
  for (let i = 0; i < turns; i += 1) {
    const here = forward.subarray(i * width, (i + 1) * width)
    const there = forward.subarray((i + 1) * width, (i + 2) * width)
    for (let k = 1, short = 0, long = 0; k < width; k += 1) {
      const before = (here[k - 1] ?? 0) - short - long
      short = (short + before) * (skipFactor[k] ?? 0)
      long = (long + before * enter) * (moreFactor[k] ?? 0)
      here[k] = (here[k] ?? 0) + short + long
    }
    scale(here)
    const missing = Math.exp(-(problem.missing[i] ?? 0) / temperature)
    for (let k = 0; k < width; k += 1) there[k] = (here[k] ?? 0) * missing
    eachSpan(
      problem,
      i,
      (j) => (here[j] ?? 0) > 1e-200,
      (j, k, cost) => {
        there[k] = (there[k] ?? 0) + (here[j] ?? 0) * Math.exp(-cost / temperature)
      },
    )
  }
  let backward = new Float64Array(width)
  backward[atoms] = 1
  for (let i = turns - 1; i >= 0; i -= 1) {
    for (let k = atoms - 1, short = 0, long = 0; k >= 0; k -= 1) {
      const behind = (backward[k + 1] ?? 0) - short - enter * long
      short = (short + behind) * (skipFactor[k + 1] ?? 0)
      long = (long + behind) * (moreFactor[k + 1] ?? 0)
      backward[k] = (backward[k] ?? 0) + short + enter * long
    }
    scale(backward)
    const here = forward.subarray(i * width, (i + 1) * width)
    const row = result.subarray(i * width, (i + 1) * width)
    const before = new Float64Array(width)
    const missing = Math.exp(-(problem.missing[i] ?? 0) / temperature)
    let none = 0
    for (let k = 0; k < width; k += 1) {
      before[k] = missing * (backward[k] ?? 0)
      none += (here[k] ?? 0) * (before[k] ?? 0)
    }
    const behind = backward
    eachSpan(
      problem,
      i,
      (j) => (here[j] ?? 0) > 1e-200,
      (j, k, cost) => {
        const weight = Math.exp(-cost / temperature) * (behind[k] ?? 0)
        before[j] = (before[j] ?? 0) + weight
        row[j] = (row[j] ?? 0) + weight * (here[j] ?? 0)
      },
    )
    row[atoms] = none
    let sum = 0
    for (const value of row) sum += value
    if (sum > 0) for (let k = 0; k < width; k += 1) row[k] = (row[k] ?? 0) / sum
    backward = before
  }
  return result
}

function scale(values: Float64Array): void {
  let most = 0
  for (const value of values) if (value > most) most = value
  if (most > 0 && Number.isFinite(most))
    for (let k = 0; k < values.length; k += 1) values[k] = (values[k] ?? 0) / most
}
