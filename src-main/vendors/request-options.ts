import type { Limits } from './deadlines'

/** When to give up waiting. */
export interface Timeouts {
  /** Until connected; default 10 s. */
  connectTimeoutMs?: number
  /** Between two pieces of the answer; default 30 s. */
  idleTimeoutMs?: number
  /** For everything, redirects included; default 5 min for an answer, 1 h for a file. */
  totalTimeoutMs?: number
}

/** What every request can be told. */
export interface RequestOptions extends Timeouts {
  url: string
  /** Of the body after decompression. */
  maxBytes: number
  signal?: AbortSignal
}

/** The limits of a request that began at `startedAtMs` (`performance.now()`: no clock that is set back or on makes it longer or shorter), of which redirects may be a later part. */
export function limitsOf(
  options: RequestOptions,
  startedAtMs: number,
  defaultTotalMs: number,
): Limits & { maxBytes: number } {
  const totalTimeoutMs = options.totalTimeoutMs ?? defaultTotalMs
  return {
    signal: options.signal,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 30_000,
    totalTimeoutMs: Math.max(1, totalTimeoutMs - (performance.now() - startedAtMs)),
    maxBytes: options.maxBytes,
  }
}
