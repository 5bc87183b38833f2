import { EarmarkError } from '@contract'

/** When to give up. */
export interface Limits {
  signal: AbortSignal | undefined
  /** From the start until the connection stands. */
  connectTimeoutMs: number
  /** Between two pieces of the answer. */
  idleTimeoutMs: number
  /** From the start to the end of the answer, redirects included. */
  totalTimeoutMs: number
}

/**
 * The three time-outs and the caller's signal as one: whichever comes first destroys what is registered and
 * rejects the race.
 */
export class Clock {
  private readonly timers = new Map<'connect' | 'idle' | 'total', NodeJS.Timeout>()
  private readonly destroyers: ((error: EarmarkError) => void)[] = []
  private failure: EarmarkError | null = null
  private readonly stopped: Promise<never>
  private rejectStopped: (error: EarmarkError) => void = () => {}
  private readonly onAbort = () => this.fail(new EarmarkError('cancelled', 'It was stopped.'))

  constructor(
    private readonly host: string,
    private readonly limits: Limits,
  ) {
    this.stopped = new Promise((_, reject) => {
      this.rejectStopped = reject
    })
    // Nobody may be waiting when it is over.
    this.stopped.catch(() => {})
    this.start('connect', limits.connectTimeoutMs, `No connection to ${host} within`)
    this.start('total', limits.totalTimeoutMs, `The answer of ${host} was not complete after`)
    if (limits.signal?.aborted) this.onAbort()
    limits.signal?.addEventListener('abort', this.onAbort, { once: true })
  }

  private start(name: 'connect' | 'idle' | 'total', ms: number, what: string): void {
    const give = () =>
      this.fail(
        new EarmarkError(
          'timeout',
          `${what} ${Math.round(ms / 100) / 10} s. Check the network, or try again later.`,
          { host: this.host, transient: true },
        ),
      )
    this.timers.set(name, setTimeout(give, ms))
  }

  /** The connection stands; from now on pieces are waited for. Also called when one has come. */
  alive(): void {
    clearTimeout(this.timers.get('connect'))
    const idle = this.timers.get('idle')
    if (idle !== undefined) idle.refresh()
    else if (this.failure === null)
      this.start('idle', this.limits.idleTimeoutMs, `${this.host} sent nothing for`)
  }

  /** While a piece is being consumed nothing is expected from the other side. */
  pause(): void {
    clearTimeout(this.timers.get('idle'))
    this.timers.delete('idle')
  }

  onFailure(destroy: (error: EarmarkError) => void): void {
    if (this.failure !== null) destroy(this.failure)
    else this.destroyers.push(destroy)
  }

  private fail(error: EarmarkError): void {
    if (this.failure !== null) return
    this.failure = error
    this.rejectStopped(error)
    for (const destroy of this.destroyers) destroy(error)
  }

  race<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.stopped])
  }

  stop(): void {
    for (const timer of this.timers.values()) clearTimeout(timer)
    this.limits.signal?.removeEventListener('abort', this.onAbort)
  }
}
