import { useState } from 'react'
import { describeFailure } from '../ui'

/** Runs one thing at a time and keeps what went wrong. */
export function useAttempt() {
  const [isPending, setPending] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const attempt = async (work: () => Promise<unknown>) => {
    setPending(true)
    setProblem(null)
    try {
      await work()
    } catch (thrown) {
      setProblem(describeFailure(thrown).message)
    } finally {
      setPending(false)
    }
  }
  return { isPending, problem, attempt }
}
