import { EarmarkError, toFailure } from '@contract'
import type { FetchedCall } from '../sync/fetch-call'
import { isTransient } from '../vendors/problems'
import type { Delivery } from './delivery'

export interface QueueRules {
  /** How many deliveries wait at most. */
  capacity: number
  /** Calls read at once. */
  together: number
  /** So many outcomes are told together at most, and this long after the first of them at the latest. */
  batch: number
  tellMs: number
  /** How often a call is asked for at most; each time is patient already (see sync/retry.ts). */
  attempts: number
  /** A call that the vendor does not have, yet: some announce it before it can be read. */
  goneAttempts: number
  /** The first wait, doubled each time. Milliseconds. */
  baseMs: number
  capMs: number
  /** The same delivery again, this soon after its call was read, is not looked at. */
  rememberMs: number
}

export const QUEUE_RULES: QueueRules = {
  capacity: 1000,
  together: 4,
  batch: 50,
  tellMs: 1_000,
  attempts: 8,
  goneAttempts: 4,
  baseMs: 3_000,
  capMs: 300_000,
  rememberMs: 60_000,
}

/** What became of deliveries, told together. */
export interface Batch {
  /** When the first of them began to be read. */
  startedAtMs: number
  added: number
  updated: number
  unchanged: number
  /** Asked for in vain for the last time. */
  givenUp: number
  /** To be asked for again by and by. */
  putOff: number
  /** What was wrong and what comes of it, as sentences; null: nothing was. */
  problem: string | null
}

interface Waiting extends Delivery {
  attempts: number
  notBeforeMs: number
}

type Outcome = { kind: 'read'; as: Exclude<FetchedCall, 'gone'> } | { kind: 'failed'; error: EarmarkError }

/**
 * When to ask again for a call that could not be read; null: not any more. `made`: attempts so far.
 */
export function planNextAttempt(error: EarmarkError, made: number, rules: QueueRules): number | null {
  const passing = error.code === 'busy' || error.code === 'keychain_unavailable' || isTransient(error)
  const most = error.code === 'not_found' ? rules.goneAttempts : passing ? rules.attempts : 1
  return made >= most ? null : Math.min(rules.capMs, rules.baseMs * 2 ** (made - 1))
}

const noBatch = (startedAtMs: number): Batch => ({
  startedAtMs,
  added: 0,
  updated: 0,
  unchanged: 0,
  givenUp: 0,
  putOff: 0,
  problem: null,
})

/**
 * The deliveries of one connection, in memory: each call is read at once, once however often it is announced
 * meanwhile, and one that the vendor is slow to give keeps no other waiting. What is lost with the process, or can't be
 * had, is read by the next sync: it looks at the last seven days of calling again.
 */
export class DeliveryQueue {
  readonly #fetch: (delivery: Delivery) => Promise<FetchedCall>
  readonly #onBatch: (batch: Batch) => void
  readonly #rules: QueueRules
  readonly #now: () => number
  /** By external id, in the order they came. */
  readonly #waiting = new Map<string, Waiting>()
  /** By external id: an answer that was asked for later must not be overtaken by an earlier one. */
  readonly #reading = new Map<string, Promise<void>>()
  /** Digests of deliveries that are being dealt with, or were a short while ago; with when that ends. */
  readonly #known = new Map<string, number>()
  /** Not told yet. */
  #untold: { batch: Batch; count: number; problems: Set<string> } | null = null
  #telling: NodeJS.Timeout | null = null
  #timer: NodeJS.Timeout | null = null
  #isClosed = false

  constructor(
    fetch: (delivery: Delivery) => Promise<FetchedCall>,
    onBatch: (batch: Batch) => void,
    rules: QueueRules = QUEUE_RULES,
    now: () => number = Date.now,
  ) {
    this.#fetch = fetch
    this.#onBatch = onBatch
    this.#rules = rules
    this.#now = now
  }

  get size(): number {
    return this.#waiting.size
  }

  /** `full`: it was not taken, there is no room. */
  add(delivery: Delivery): 'taken' | 'full' {
    if (this.#isClosed) return 'full'
    this.#forgetOld()
    const { externalId } = delivery
    if (this.#known.has(delivery.digest)) return 'taken'
    const before = this.#waiting.get(externalId)
    if (before === undefined && this.#waiting.size >= this.#rules.capacity) return 'full'
    // News of a call that is put off: the vendor may have it now.
    this.#waiting.set(externalId, { ...delivery, attempts: before?.attempts ?? 0, notBeforeMs: 0 })
    this.#goOn()
    return 'taken'
  }

  /** Resolves when nothing is being read; what waits for its time still does. */
  async idle(): Promise<void> {
    while (this.#reading.size > 0) await Promise.all(this.#reading.values())
  }

  /** Forgets what waits. What is being read is up to the engine. */
  close(): void {
    this.#isClosed = true
    this.#waiting.clear()
    for (const timer of [this.#timer, this.#telling]) if (timer) clearTimeout(timer)
  }

  #goOn(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    while (!this.#isClosed && this.#reading.size < this.#rules.together) {
      const next = this.#due()
      if (next === null) break
      const work = this.#deal(next).finally(() => {
        this.#reading.delete(next.externalId)
        this.#goOn()
      })
      this.#reading.set(next.externalId, work)
    }
    if (this.#isClosed) return
    if (this.#reading.size === 0) this.#tell()
    if (this.#reading.size < this.#rules.together) this.#wake()
  }

  /** Goes on when the first of those that were put off is due; whatever is being read goes on by itself. */
  #wake(): void {
    const times = [...this.#waiting.values()]
      .filter(({ externalId }) => !this.#reading.has(externalId))
      .map(({ notBeforeMs }) => notBeforeMs)
    if (times.length === 0) return
    this.#timer = setTimeout(() => this.#goOn(), Math.max(1, Math.min(...times) - this.#now()))
    this.#timer.unref()
  }

  /** The first that is to be read now. */
  #due(): Waiting | null {
    const nowMs = this.#now()
    for (const waiting of this.#waiting.values()) {
      // A clock that was set back must not put anything off for longer than its wait.
      const isPutOff = waiting.notBeforeMs > nowMs && waiting.notBeforeMs <= nowMs + this.#rules.capMs
      if (!isPutOff && !this.#reading.has(waiting.externalId)) return waiting
    }
    return null
  }

  async #deal(waiting: Waiting): Promise<void> {
    const startedAtMs = this.#now()
    this.#waiting.delete(waiting.externalId)
    this.#known.set(waiting.digest, Number.POSITIVE_INFINITY)
    const outcome = await this.#one(waiting)
    if (this.#isClosed) return
    this.#untold ??= { batch: noBatch(startedAtMs), count: 0, problems: new Set() }
    const { batch, problems } = this.#untold
    batch.startedAtMs = Math.min(batch.startedAtMs, startedAtMs)
    this.#untold.count += 1
    if (outcome.kind === 'read') {
      batch[outcome.as] += 1
      this.#known.set(waiting.digest, this.#now() + this.#rules.rememberMs)
    } else {
      problems.add(outcome.error.message)
      this.#known.delete(waiting.digest)
      this.#failed(waiting, outcome.error, batch)
    }
    if (this.#untold.count >= this.#rules.batch) this.#tell()
    else if (this.#telling === null) {
      this.#telling = setTimeout(() => this.#tell(), this.#rules.tellMs)
      this.#telling.unref()
    }
  }

  #tell(): void {
    if (this.#telling) clearTimeout(this.#telling)
    this.#telling = null
    if (this.#untold === null) return
    const { batch, problems } = this.#untold
    this.#untold = null
    if (problems.size > 0) batch.problem = sentences(problems, batch)
    this.#onBatch(batch)
  }

  async #one(waiting: Waiting): Promise<Outcome> {
    try {
      const fetched = await this.#fetch(waiting)
      if (fetched !== 'gone') return { kind: 'read', as: fetched }
      const message = `The vendor has no call ${waiting.externalId}, which a delivery announced.`
      return { kind: 'failed', error: new EarmarkError('not_found', message) }
    } catch (thrown) {
      if (thrown instanceof EarmarkError) return { kind: 'failed', error: thrown }
      const { code, message } = toFailure(thrown)
      return { kind: 'failed', error: new EarmarkError(code, message) }
    }
  }

  #failed(waiting: Waiting, error: EarmarkError, batch: Batch): void {
    const attempts = waiting.attempts + 1
    const waitMs = planNextAttempt(error, attempts, this.#rules)
    // It was announced anew while it was asked for: that one goes on.
    if (this.#waiting.has(waiting.externalId)) return
    if (waitMs === null || this.#waiting.size >= this.#rules.capacity) {
      batch.givenUp += 1
      return
    }
    batch.putOff += 1
    this.#waiting.set(waiting.externalId, { ...waiting, attempts, notBeforeMs: this.#now() + waitMs })
  }

  #forgetOld(): void {
    const nowMs = this.#now()
    for (const [digest, untilMs] of this.#known)
      if (
        untilMs <= nowMs ||
        (untilMs !== Number.POSITIVE_INFINITY && untilMs > nowMs + this.#rules.rememberMs)
      )
        this.#known.delete(digest)
  }
}

/** At most three different troubles, and what comes of them. */
function sentences(problems: ReadonlySet<string>, { givenUp, putOff }: Batch): string {
  const told = [...problems].slice(0, 3)
  if (putOff > 0) told.push('It is tried again soon.')
  if (givenUp > 0) told.push('The next sync reads what is missing.')
  return told.join(' ')
}
