import type { CallDetail, CallId, EarmarkEvent, Peaks, Result } from '@contract'
import PQueue from 'p-queue'
import type { z } from 'zod'
import type { internalContract } from './internal-contract'

type Invoke = (feature: string, call: string, input: unknown) => Promise<Result<unknown>>
type Timing = (typeof internalContract)['timing']
type Listened = z.output<Timing['listen']['output']>
type Due = z.output<Timing['due']['output']>

/** Whoever sets anchors sets several: the sound is asked again when they pause. */
const SETTLE_MS = 800
/** After a sync has written, and after the start, until it is looked what is to be listened to. */
const SWEEP_AFTER_MS = 3000
/** A worker that fails so often in a row is broken; one that fails once may have died of that call alone. */
const MOST_FAILURES = 3
/** What is over sooner, is not told to have begun. */
const TELL_AFTER_MS = 200

interface Job {
  readonly callId: CallId
  /** By hand: although it is up to date. */
  readonly again: boolean
  /** In the line: the highest is next, 0 is the background. */
  readonly priority: number
}

const CLOSED: Result<never> = {
  ok: false,
  code: 'cancelled',
  message: 'Earmark is closing.',
  details: {},
}

export interface Preparing {
  /** To be called with every event of the backend. */
  onEvent: (event: EarmarkEvent) => void
  /** `recordings.peaks`, for whoever opens a call: its alignment is next then. */
  peaks: (input: { callId: CallId }) => Promise<Result<unknown>>
  /** `timing.align`. */
  align: (input: { callId: CallId }) => Promise<Result<unknown>>
  /** `calls.get`, which says whether the call is being aligned at this moment. */
  get: (input: { callId: CallId }) => Promise<Result<unknown>>
  /** Looks soon for calls that are to be listened to. */
  sweep: () => void
  close: () => void
}

/**
 * Listens to each recording once it has arrived, or when its transcript, an anchor, or the way of listening changed: in the
 * background and one at a time, so that waveform, true length and the times of turns are there when the call is
 * opened. The open call comes first: what is under way for another is given up and done later. What was found out is
 * kept with the call, whoever asked for it. A recording that can't be decoded is no failure here: whoever opens the
 * call is told. `emit`: for events of its own.
 */
export function prepareRecordings(invoke: Invoke, emit: (event: EarmarkEvent) => void): Preparing {
  const queue = new PQueue({ concurrency: 1 })
  const inLine = new Map<CallId, Promise<Result<unknown>>>()
  const settling = new Map<CallId, NodeJS.Timeout>()
  const noting = new Set<CallId>()
  let running: Job | null = null
  let asked = 0
  let sweeping: NodeJS.Timeout | 'under way' | 'again' | null = null
  let isClosed = false

  /** Listens when its turn comes, and keeps what was found. Answers how that ended. */
  const inTurn = async (job: Job): Promise<Result<unknown>> => {
    // What waits for its turn needs no second place in the line, unless a better one.
    const known = job.priority === 0 && !job.again ? inLine.get(job.callId) : undefined
    if (known) return known
    if (job.priority > 0 && running && running.priority < job.priority && running.callId !== job.callId)
      void invoke('timing', 'interrupt', {})
    const added = queue.add(() => run(job), { priority: job.priority })
    if (job.priority === 0)
      inLine.set(
        job.callId,
        added.finally(() => inLine.delete(job.callId)),
      )
    const result = await added
    // It made room for another call.
    return !result.ok && result.code === 'cancelled' && !isClosed ? inTurn({ ...job, priority: 0 }) : result
  }

  /** That a length is known now is told as a change of the recording: by this, and to others than this. */
  const noteFacts = async (callId: CallId, facts: NonNullable<Listened['facts']>): Promise<void> => {
    noting.add(callId)
    await invoke('recordings', 'noteFacts', { callId, ...facts })
    noting.delete(callId)
  }

  const run = async (job: Job): Promise<Result<unknown>> => {
    const { callId, again } = job
    if (isClosed) return CLOSED
    running = job
    const telling = setTimeout(() => emit({ type: 'timing.changed', callId }), TELL_AFTER_MS)
    try {
      const result = await invoke('timing', 'listen', { callId, again })
      if (!result.ok) return result
      const { facts, heard, talk } = result.value as Listened
      if (facts) await noteFacts(callId, facts)
      const noted = await invoke('timing', 'note', { callId, heard, talk })
      return noted.ok ? result : noted
    } finally {
      clearTimeout(telling)
      running = null
    }
  }

  /** Tells when something may have become different. */
  const listen = async (job: Job): Promise<Result<unknown>> => {
    const result = await inTurn(job)
    const { facts, heard } = result.ok ? (result.value as Listened) : { facts: null, heard: null }
    if (!result.ok || facts || heard) emit({ type: 'timing.changed', callId: job.callId })
    return result
  }
  const next = (): number => {
    asked += 1
    return asked
  }

  /** Listens to all that is due, newest first; ends early when the worker proves broken. */
  const listenToDue = async (): Promise<void> => {
    let before: number | null = null
    let failures = 0
    do {
      const due = await invoke('timing', 'due', { before })
      if (!due.ok) return
      const { callIds, next: following } = due.value as Due
      for (const callId of callIds) {
        const result = await listen({ callId, again: false, priority: 0 })
        failures = !result.ok && result.code === 'internal' ? failures + 1 : 0
        if (isClosed || failures === MOST_FAILURES) return
      }
      before = following
    } while (before !== null)
  }
  const sweepNow = async (): Promise<void> => {
    sweeping = 'under way'
    await listenToDue()
    const isAgain = (sweeping as string) === 'again'
    sweeping = null
    if (isAgain) sweep()
  }
  const sweep = (): void => {
    if (isClosed) return
    if (sweeping === 'under way' || sweeping === 'again') sweeping = 'again'
    else {
      clearTimeout(sweeping ?? undefined)
      sweeping = setTimeout(() => void sweepNow(), SWEEP_AFTER_MS)
    }
  }

  const settle = (callId: CallId): void => {
    clearTimeout(settling.get(callId))
    settling.set(
      callId,
      setTimeout(() => {
        settling.delete(callId)
        void listen({ callId, again: false, priority: next() })
      }, SETTLE_MS),
    )
  }

  return {
    sweep,
    peaks: async ({ callId }) => {
      const result = await invoke('recordings', 'peaks', { callId })
      if (result.ok) {
        const { durationSec, channels, facts } = result.value as Peaks
        const loudnessLufs = facts?.loudnessLufs ?? null
        await noteFacts(callId, { durationSec, channels, loudnessLufs })
      }
      if (result.ok || result.code !== 'recording_missing')
        void listen({ callId, again: false, priority: next() })
      return result
    },
    align: async ({ callId }) => {
      const result = await listen({ callId, again: true, priority: next() })
      return result.ok ? { ok: true, value: {} } : result
    },
    get: async (input) => {
      const result = await invoke('calls', 'get', input)
      if (!result.ok || running?.callId !== input.callId) return result
      const call = result.value as CallDetail
      const { state } = call.alignment
      return state === 'waiting' || running.again
        ? { ok: true, value: { ...call, alignment: { ...call.alignment, state: 'running', problem: null } } }
        : result
    },
    onEvent: (event) => {
      if (event.type === 'recordings.changed' && event.state === 'ready') {
        if (!noting.has(event.callId)) void listen({ callId: event.callId, again: false, priority: 0 })
      } else if (event.type === 'timing.changed' && event.callId !== null) settle(event.callId)
      else if (event.type === 'calls.changed' || event.type === 'sync.done') sweep()
    },
    close: () => {
      isClosed = true
      if (typeof sweeping === 'object') clearTimeout(sweeping ?? undefined)
      for (const timer of settling.values()) clearTimeout(timer)
    },
  }
}
