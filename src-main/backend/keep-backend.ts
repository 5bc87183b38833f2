import { EarmarkError, type Result, toFailure } from '@contract'
import type { Backend } from './host'

/** A backend that may not have been able to start, and can be started again. */
export interface KeptBackend extends Pick<Backend, 'invoke' | 'close'> {
  /** Why it could not start; null: it runs. Waits for a start that is going on. */
  problem: () => Promise<EarmarkError | null>
  /** Closes it, does `work` while nobody has the workspace open, and starts it again, however `work` ended. */
  apart: <T>(work: () => Promise<T>) => Promise<T>
}

interface Started {
  backend: Backend
  /** As `KeptBackend.problem`. */
  problem: Promise<EarmarkError | null>
  /** The same, once it is known. */
  known: EarmarkError | null
}

/**
 * Starts at once; `onProblem` is told of each start that fails. `start` may take its time: a protected workspace is opened by nobody
 * before its key is there, and whoever asks waits.
 */
export function keepBackend(
  start: () => Promise<Backend>,
  onProblem: (error: EarmarkError) => void,
): KeptBackend {
  const begin = async (): Promise<Started> => {
    const backend = await start().catch(noBackend)
    const started: Started = {
      backend,
      known: null,
      problem: backend.ready.then(
        () => null,
        (thrown: unknown) => {
          const { code, message, details } = toFailure(thrown)
          const problem = thrown instanceof EarmarkError ? thrown : new EarmarkError(code, message, details)
          started.known = problem
          onProblem(problem)
          return problem
        },
      ),
    }
    return started
  }
  const end = async ({ backend, problem }: Started) => {
    // What could not start has closed itself.
    if ((await problem) === null) await backend.close()
  }
  let current = begin()
  return {
    invoke: async (feature, call, input): Promise<Result<unknown>> => {
      const started = await current
      if (started.known !== null) return toFailure(started.known)
      const answer = await started.backend.invoke(feature, call, input)
      // Whoever asked while it went wrong is told the reason, not what came of it.
      return !answer.ok && started.known !== null ? toFailure(started.known) : answer
    },
    problem: async () => (await current).problem,
    apart: async (work) => {
      const before = current
      let done: () => void = () => undefined
      // Whoever asks meanwhile waits for what comes behind.
      current = new Promise<void>((resolve) => {
        done = resolve
      }).then(begin)
      try {
        await end(await before)
        return await work()
      } finally {
        done()
        await (await current).problem
      }
    },
    close: async () => end(await current),
  }
}

/** What there is where not even the key could be looked for. */
const noBackend = (thrown: unknown): Backend => ({
  ready: Promise.reject(thrown),
  invoke: async () => toFailure(thrown),
  close: async () => undefined,
})
