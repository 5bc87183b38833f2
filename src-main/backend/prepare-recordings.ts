import type { EarmarkEvent, Peaks, Result } from '@contract'
import PQueue from 'p-queue'

type Invoke = (feature: string, call: string, input: unknown) => Promise<Result<unknown>>

/**
 * Decodes each recording once it has arrived, in the background and one at a time, so that its waveform and its true
 * length are there when the call is opened. What decoding found out is kept with the call, whoever asked for it.
 * A recording that can't be decoded is no failure here: whoever opens the call is told.
 */
export function prepareRecordings(invoke: Invoke): {
  /** To be called with every event of the backend. */
  onEvent: (event: EarmarkEvent) => void
  /** `recordings.peaks`, for whoever opens a call. */
  peaks: (input: { callId: string }) => Promise<Result<unknown>>
} {
  const queue = new PQueue({ concurrency: 1 })
  const peaks = async (input: { callId: string }): Promise<Result<unknown>> => {
    const result = await invoke('recordings', 'peaks', input)
    if (result.ok) {
      const { durationSec, channels, facts } = result.value as Peaks
      const loudnessLufs = facts?.loudnessLufs ?? null
      await invoke('recordings', 'noteFacts', { callId: input.callId, durationSec, channels, loudnessLufs })
    }
    return result
  }
  return {
    peaks,
    onEvent: (event) => {
      if (event.type === 'recordings.changed' && event.state === 'ready')
        void queue.add(() => peaks({ callId: event.callId }))
    },
  }
}
