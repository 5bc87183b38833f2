export interface Rate {
  /** Tokens that come back each second. */
  perSec: number
  /** The most that can be saved up. */
  burst: number
}

/** Limits how often something happens: full at first, one token each time ("token bucket"). */
export class TokenBucket {
  readonly #rate: Rate
  #tokens: number
  #filledAtMs: number

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate
    this.#tokens = rate.burst
    this.#filledAtMs = nowMs
  }

  /** Takes a token; answers 0, or in how many milliseconds there is one. A clock that was set back gives none. */
  take(nowMs: number): number {
    const { perSec, burst } = this.#rate
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs)
    this.#filledAtMs = nowMs
    this.#tokens = Math.min(burst, this.#tokens + (elapsedMs * perSec) / 1000)
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) * 1000) / perSec)
    this.#tokens -= 1
    return 0
  }
}
