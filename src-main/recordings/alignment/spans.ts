import type { PathProblem } from './path'

/** Frames that a turn lasts at least. */
const LEAST_FRAMES = 4
/** Huber's limit: further out than so many standard deviations the cost grows in proportion. */
const HUBER = 2.5
/** What is longer than that many times the expected is not looked at. */
const MOST_TIMES = 4
const MOST_EXTRA_FRAMES = 500

/** Nothing is known of the letters. */
const NO_TEXT = new Float32Array([0])

const LOGARITHMS = Float64Array.from({ length: 1 << 16 }, (_, i) => Math.log(Math.max(i, 0.5)))

/** The costs of the runs of atoms that a turn may take: for one turn after the other, from one atom after the other. */
export class Spans {
  /** What `from` found: at [n] the cost of taking n + 1 atoms; infinite for what is no run of this turn's speech. */
  costs = new Float64Array(256)
  readonly #problem: PathProblem
  /** Per voice and place: what ending there costs. */
  readonly #ending: readonly Float64Array[]
  #turn = 0
  #end = 0
  #speech: Int32Array = new Int32Array()
  #evidence: Float64Array = new Float64Array()
  #after: Float64Array = new Float64Array()
  #starts: Float64Array | null = null
  #logExpected = 0
  #perDeviation = 1
  #logDeviation = 0
  #most = 0
  /** What lasting so many frames costs the turn, up to `#most`. */
  #lengths = new Float64Array(4096)

  constructor(problem: PathProblem) {
    const { pauses, border } = problem
    this.#problem = problem
    this.#ending = problem.evidence.map((evidence) => {
      const ending = new Float64Array(evidence.length)
      for (let k = 0; k < ending.length; k += 1)
        ending[k] = (pauses[k] ?? 0) - (evidence[k] ?? 0) + (border[k] ?? 0)
      return ending
    })
  }

  /** Turns to turn `i`, whose speech ends before atom `end` at the latest. */
  ofTurn(i: number, end: number): void {
    const { voice, speech, evidence, expected, deviation, startCost } = this.#problem
    const own = voice[i] ?? 0
    const frames = expected[i] ?? 1
    const spread = deviation[i] ?? 1
    this.#turn = i
    this.#end = end
    this.#speech = speech[own] ?? this.#speech
    this.#evidence = evidence[own] ?? this.#evidence
    this.#after = this.#ending[own] ?? this.#after
    this.#starts = startCost(i)
    this.#logExpected = Math.log(frames)
    this.#perDeviation = 1 / spread
    this.#logDeviation = Math.log(spread)
    this.#most = Math.floor(MOST_TIMES * frames + MOST_EXTRA_FRAMES)
    if (this.#most >= this.#lengths.length) this.#lengths = new Float64Array(2 * this.#most)
    for (let length = 0; length <= this.#most; length += 1) this.#lengths[length] = this.#lengthCost(length)
  }

  #lengthCost(frames: number): number {
    if (frames < LEAST_FRAMES) return Number.POSITIVE_INFINITY
    const log = frames < LOGARITHMS.length ? (LOGARITHMS[frames] ?? 0) : Math.log(frames)
    const z = Math.abs(log - this.#logExpected) * this.#perDeviation
    return z < HUBER ? 0.5 * z * z : HUBER * z - 0.5 * HUBER * HUBER
  }

  /** The costs of the runs that begin with atom `j`: fills `costs`, and says how many there are. */
  from(j: number): number {
    const speech = this.#speech
    const after = this.#after
    const start = this.#starts === null ? 0 : (this.#starts[j] ?? 0)
    if (start === Number.POSITIVE_INFINITY) return 0
    const end = this.#end
    if (end - j > this.costs.length) this.costs = new Float64Array(2 * (end - j))
    const costs = this.costs
    const most = this.#most
    const lengths = this.#lengths
    const speechBefore = speech[j] ?? 0
    const fixed = start + (this.#evidence[j] ?? 0) - (this.#problem.pauses[j + 1] ?? 0) + this.#logDeviation
    const text = (j < end && this.#problem.textCosts?.(this.#turn, j)) || NO_TEXT
    const told = text.length
    const behind = text[told - 1] ?? 0
    let count = 0
    for (let k = j + 1; k <= end; k += 1) {
      const frames = (speech[k] ?? 0) - speechBefore
      if (frames > most && count > 0) break
      // Nothing of its own yet: what comes before its own first atom belongs to somebody else.
      if (frames === 0) break
      const length = frames > most ? this.#lengthCost(frames) : (lengths[frames] ?? 0)
      costs[count] = fixed + length + (after[k] ?? 0) + (count < told ? (text[count] ?? 0) : behind)
      count += 1
    }
    return count
  }
}
