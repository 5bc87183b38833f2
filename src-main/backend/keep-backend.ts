import { EarmarkError, type Result, toFailure } from '@contract'
import type { Backend } from './host'

/** A backend that may not have been able to start, and can be started again. */
export interface KeptBackend extends Backend {
  /** Why it could not start; null: it runs. Waits for a start that is going on. */
  problem: () => Promise<EarmarkError | null>
  /** Closes it, does `work` while nobody has the workspace open, and starts it again, however `work` ended. */
  apart: <T>(work: () => Promise<T>) => Promise<T>
}

/** Starts at once; `onProblem` is told of each start that fails. */
export function keepBackend(
  start: () => Promise<Backend>,
  onProblem: (error: EarmarkError) => void,
): KeptBackend {
  type Started = { backend: Backend } | { problem: EarmarkError }
  const begin = (): Promise<Started> =>
    start().then(
      (backend) => ({ backend }),
      (thrown: unknown) => {
        const { code, message, details } = toFailure(thrown)
        const problem = thrown instanceof EarmarkError ? thrown : new EarmarkError(code, message, details)
        onProblem(problem)
        return { problem }
      },
    )
  let current = begin()
  const close = async () => {
    const started = await current
    if ('backend' in started) await started.backend.close()
  }
  return {
    invoke: async (feature, call, input): Promise<Result<unknown>> => {
      const started = await current
      return 'backend' in started ? started.backend.invoke(feature, call, input) : toFailure(started.problem)
    },
    problem: async () => {
      const started = await current
      return 'problem' in started ? started.problem : null
    },
    apart: async (work) => {
      const before = current
      let done: () => void = () => undefined
      // Whoever asks meanwhile waits for what comes behind.
      current = new Promise<void>((resolve) => {
        done = resolve
      }).then(begin)
      try {
        const started = await before
        if ('backend' in started) await started.backend.close()
        return await work()
      } finally {
        done()
        await current
      }
    },
    close,
  }
}
