import { Spans } from './spans'

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
  /** Between two turns, and before the first or behind the last. */
  readonly longSkip: { readonly between: number; readonly outside: number }
  readonly moreSkip: Float64Array
  /** Per turn: expected speech, frames, and the standard deviation of its logarithm. */
  readonly expected: Float64Array
  readonly deviation: Float64Array
  /** Per turn: the cost when it has no speech at all. */
  readonly missing: Float64Array
  /** The cost of turn i's beginning with atom j, where something is known of its time; infinite where it can't. */
  readonly startCost: (turn: number) => Float64Array | null
  /**
   * The costs of turn i's letters' being said from atom `from` on: at [n] when they end with the n + 1st atom; what is behind
   * the last is as that. Null: nothing is known.
   */
  readonly textCosts: ((turn: number, from: number) => Float32Array | null) | null
  /** Per turn: the first and last atom that it may begin with; neither ever falls. */
  readonly low: Int32Array
  readonly high: Int32Array
}

export interface Path {
  readonly cost: number
  /** Per turn its first atom, and that behind its last; both the same for a turn without speech. */
  readonly from: Int32Array
  readonly until: Int32Array
}

/**
 * Per turn the places between atoms that it can begin at or be preceded from: from the first that the turn before may begin
 * at to the last that it may itself. One more row for what is behind the last turn.
 */
class Band {
  readonly low: Int32Array
  readonly high: Int32Array
  /** Where each row begins in an array of all; one more entry: its length. */
  readonly row: Int32Array

  constructor({ turns, atoms, low, high }: PathProblem) {
    this.low = new Int32Array(turns + 1)
    this.high = new Int32Array(turns + 1)
    this.row = new Int32Array(turns + 2)
    for (let i = 0; i <= turns; i += 1) {
      this.low[i] = i === 0 ? 0 : (low[i - 1] ?? 0)
      const last = i === turns ? atoms : (high[i] ?? atoms)
      // A turn that nobody says may follow the last speech.
      this.high[i] = last >= atoms - 1 ? atoms : last
      this.row[i + 1] = (this.row[i] ?? 0) + (this.high[i] ?? 0) - (this.low[i] ?? 0) + 1
    }
  }

  get size(): number {
    return this.row.at(-1) ?? 0
  }

  /** The part of `all` that is row i; its place n is place `low[i] + n` between atoms. */
  rowOf<T extends Float64Array | Int32Array>(all: T, i: number): T {
    return all.subarray(this.row[i] ?? 0, this.row[i + 1] ?? 0) as T
  }
}

/** The cheapest path (Viterbi). */
export function cheapestPath(problem: PathProblem): Path {
  const { turns, atoms } = problem
  const band = new Band(problem)
  const costs = new Float64Array(band.size).fill(Number.POSITIVE_INFINITY)
  const began = new Int32Array(band.size).fill(-1)
  const origins = new Int32Array(band.size)
  const spans = new Spans(problem)
  costs[0] = 0
  for (let i = 0; i <= turns; i += 1) {
    const here = band.rowOf(costs, i)
    const at = band.low[i] ?? 0
    close(here, at, problem, longSkipAt(problem, i), band.rowOf(origins, i))
    if (i === turns) break
    const there = band.rowOf(costs, i + 1)
    const from = band.rowOf(began, i + 1)
    const next = band.low[i + 1] ?? 0
    const last = band.high[i] ?? 0
    const end = band.high[i + 1] ?? 0
    const missing = problem.missing[i] ?? 0
    for (let k = next; k <= last; k += 1) there[k - next] = (here[k - at] ?? 0) + missing
    spans.ofTurn(i, end)
    for (let j = next; j <= last; j += 1) {
      const before = here[j - at] ?? 0
      if (before === Number.POSITIVE_INFINITY) continue
      const count = spans.from(j)
      for (let n = 0, k = j + 1 - next; n < count; n += 1, k += 1) {
        const total = before + (spans.costs[n] ?? 0)
        if (total < (there[k] ?? 0)) {
          there[k] = total
          from[k] = j
        }
      }
    }
  }
  const from = new Int32Array(turns)
  const until = new Int32Array(turns)
  let k = atoms
  for (let i = turns; i >= 0; i -= 1) {
    const row = band.row[i] ?? 0
    const low = band.low[i] ?? 0
    k = origins[row + k - low] ?? k
    if (i === 0) break
    const j = began[row + k - low] ?? -1
    until[i - 1] = k
    from[i - 1] = j < 0 ? k : j
    k = from[i - 1] ?? k
  }
  return { cost: costs.at(-1) ?? Number.POSITIVE_INFINITY, from, until }
}

/** What leaving much out costs at once, before turn `i`. */
const longSkipAt = ({ turns, longSkip }: PathProblem, i: number): number =>
  i === 0 || i === turns ? longSkip.outside : longSkip.between

/**
 * Leaving atoms out: each of `values`, the first of which lies before atom `low`, becomes the least of all earlier plus what is left
 * out between; `origin` says from where. Noise costs by its length; an announcement costs `longSkip` at once and then little.
 */
function close(
  values: Float64Array,
  low: number,
  { skip, moreSkip }: PathProblem,
  longSkip: number,
  origin: Int32Array,
): void {
  let short = Number.POSITIVE_INFINITY
  let shortFrom = low
  let long = Number.POSITIVE_INFINITY
  let longFrom = low
  let isOwn = true
  origin[0] = low
  for (let n = 1, k = low + 1; n < values.length; n += 1, k += 1) {
    const before = values[n - 1] ?? 0
    if (isOwn) {
      if (before < short) {
        short = before
        shortFrom = k - 1
      }
      if (before + longSkip < long) {
        long = before + longSkip
        longFrom = k - 1
      }
    }
    short += (skip[k] ?? 0) - (skip[k - 1] ?? 0)
    long += (moreSkip[k] ?? 0) - (moreSkip[k - 1] ?? 0)
    const here = values[n] ?? 0
    isOwn = here <= short && here <= long
    origin[n] = k
    if (!isOwn) {
      values[n] = Math.min(short, long)
      origin[n] = short <= long ? shortFrom : longFrom
    }
  }
}

/** How probable each atom is as a turn's first. */
export class StartProbabilities {
  readonly #rows: readonly Float64Array[]
  readonly #low: Int32Array
  readonly #none: Float64Array

  constructor(rows: readonly Float64Array[], low: Int32Array, none: Float64Array) {
    this.#rows = rows
    this.#low = low
    this.#none = none
  }

  /** The first and the last atom that turn `i` can begin with. */
  first(i: number): number {
    return this.#low[i] ?? 0
  }
  last(i: number): number {
    return this.first(i) + (this.#rows[i]?.length ?? 0) - 1
  }

  /** That turn `i` begins with atom `j`. */
  at(i: number, j: number): number {
    return this.#rows[i]?.[j - (this.#low[i] ?? 0)] ?? 0
  }

  /** That turn `i` has no speech. */
  none(i: number): number {
    return this.#none[i] ?? 0
  }
}

/**
 * How probable each atom is as a turn's first: forward and backward sums over all paths (Baum and Welch), at a temperature that makes
 * up for costs that count the same evidence more than once.
 */
export function startProbabilities(problem: PathProblem, temperature: number): StartProbabilities {
  const { turns, skip, moreSkip } = problem
  const band = new Band(problem)
  const spans = new Spans(problem)
  const factors = (sums: Float64Array): Float64Array =>
    sums.map((sum, k) => (k === 0 ? 0 : Math.exp(-(sum - (sums[k - 1] ?? 0)) / temperature)))
  const skipFactor = factors(skip)
  const moreFactor = factors(moreSkip)
  const weightOf = (cost: number): number => Math.exp(-cost / temperature)
  // Sums before each turn, leaving out included, each row scaled to a maximum of 1.
  const forward = new Float64Array(band.size)
  forward[0] = 1
  for (let i = 0; i < turns; i += 1) {
    const here = band.rowOf(forward, i)
    const at = band.low[i] ?? 0
    const enter = weightOf(longSkipAt(problem, i))
    for (let n = 1, short = 0, long = 0; n < here.length; n += 1) {
      const before = (here[n - 1] ?? 0) - short - long
      short = (short + before) * (skipFactor[at + n] ?? 0)
      long = (long + before * enter) * (moreFactor[at + n] ?? 0)
      here[n] = (here[n] ?? 0) + short + long
    }
    scale(here)
    const there = band.rowOf(forward, i + 1)
    const next = band.low[i + 1] ?? 0
    const last = band.high[i] ?? 0
    const missing = weightOf(problem.missing[i] ?? 0)
    for (let k = next; k <= last; k += 1) there[k - next] = (here[k - at] ?? 0) * missing
    spans.ofTurn(i, band.high[i + 1] ?? 0)
    for (let j = next; j <= last; j += 1) {
      const before = here[j - at] ?? 0
      if (before <= LEAST_SUM) continue
      const count = spans.from(j)
      for (let n = 0, k = j + 1 - next; n < count; n += 1, k += 1)
        there[k] = (there[k] ?? 0) + before * weightOf(spans.costs[n] ?? 0)
    }
  }
  const rows: Float64Array[] = []
  const none = new Float64Array(turns)
  let backward = new Float64Array((band.high[turns] ?? 0) - (band.low[turns] ?? 0) + 1)
  backward[backward.length - 1] = 1
  for (let i = turns - 1; i >= 0; i -= 1) {
    const next = band.low[i + 1] ?? 0
    const enter = weightOf(longSkipAt(problem, i + 1))
    for (let n = backward.length - 2, short = 0, long = 0; n >= 0; n -= 1) {
      const behind = (backward[n + 1] ?? 0) - short - enter * long
      short = (short + behind) * (skipFactor[next + n + 1] ?? 0)
      long = (long + behind) * (moreFactor[next + n + 1] ?? 0)
      backward[n] = (backward[n] ?? 0) + short + enter * long
    }
    scale(backward)
    const at = band.low[i] ?? 0
    const last = band.high[i] ?? 0
    const here = band.rowOf(forward, i)
    const before = new Float64Array(here.length)
    const row = new Float64Array(Math.max(0, last - next + 1))
    const missing = weightOf(problem.missing[i] ?? 0)
    let sum = 0
    spans.ofTurn(i, band.high[i + 1] ?? 0)
    for (let j = next; j <= last; j += 1) {
      const reached = here[j - at] ?? 0
      const unsaid = missing * (backward[j - next] ?? 0)
      none[i] = (none[i] ?? 0) + reached * unsaid
      before[j - at] = unsaid
      if (reached <= LEAST_SUM) continue
      const count = spans.from(j)
      let all = 0
      for (let n = 0, k = j + 1 - next; n < count; n += 1, k += 1)
        all += weightOf(spans.costs[n] ?? 0) * (backward[k] ?? 0)
      before[j - at] = unsaid + all
      row[j - next] = reached * all
      sum += reached * all
    }
    sum += none[i] ?? 0
    if (sum > 0) {
      none[i] = (none[i] ?? 0) / sum
      for (let n = 0; n < row.length; n += 1) row[n] = (row[n] ?? 0) / sum
    }
    rows[i] = row
    backward = before
  }
  return new StartProbabilities(rows, problem.low, none)
}

const LEAST_SUM = 1e-200

function scale(values: Float64Array): void {
  let most = 0
  for (const value of values) if (value > most) most = value
  if (most > 0 && Number.isFinite(most))
    for (let k = 0; k < values.length; k += 1) values[k] = (values[k] ?? 0) / most
}
