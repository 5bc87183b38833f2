import type { CallId } from '@contract'
import { useEffect } from 'react'
import { client } from '../app/client'

const EVERY_MS = 60_000

/** Says that this call is open, now and every minute: its recording is not removed to make room meanwhile. */
export function useInUse(callId: CallId): void {
  useEffect(() => {
    // Nothing depends on the answer: at worst the recording counts as less recent than it is.
    const say = () => void client.recordings.use({ callId }).catch(() => undefined)
    say()
    const timer = setInterval(say, EVERY_MS)
    return () => clearInterval(timer)
  }, [callId])
}
