import { type MessagePort, Worker } from 'node:worker_threads'
import { EarmarkError, type EarmarkEvent, type Result, toFailure } from '@contract'
import { type Connected, connect } from './channel'
import { type WorkerName, workerFor } from './routes'

/** What every worker is told when it starts. */
export interface WorkerData {
  workspaceRoot: string
  /** Of a protected workspace: what its keys are made from. Given in memory alone, never in arguments or the environment. */
  masterKey?: Uint8Array | null
  /** Where the sample calls that come with Earmark lie. */
  sampleFolder: string
  appVersion: string
  /** On a runtime that is not the official one, only addresses of this computer are contacted. */
  loopbackOnly: boolean
  /** A decoding worker's end of a line to Chromium's decoders; absent where there is no window. */
  decoderLine?: MessagePort | undefined
}

export interface Backend {
  /** Resolves when the databases are made and can be written; rejects when the workspace can't be used. */
  ready: Promise<void>
  /** Answers as soon as the worker that is asked is up. */
  invoke: (feature: string, call: string, input: unknown) => Promise<Result<unknown>>
  close: () => Promise<void>
}

/** Workers that decode recordings. */
export type DecodingWorker = Extract<WorkerName, 'audio' | 'timing'>
const isDecoding = (name: WorkerName): name is DecodingWorker => name === 'audio' || name === 'timing'

/**
 * Decoding makes garbage by the megabyte, most of it outside of the heap, where it does not make the collector run. With a
 * small young generation it runs often: an hour of Opus then takes 60 MB less, in the same time.
 */
export const DECODING_LIMITS = { maxYoungGenerationSizeMb: 12 } as const

/** What it does can be done again at any time, and may take longer than whoever quits wants to wait. */
const DISPENSABLE: WorkerName = 'timing'
const DISPENSABLE_MS = 300

/** Workers that the first screen does not need, and how long they wait. */
const LATER = ['audio', 'exports'] as const satisfies WorkerName[]
const LATER_MS = 1500

/**
 * Starts the workers. A worker that dies is started again at its next call, so that a crash in
 * decoding, say, costs one waveform and not the session. `ready` rejects with the worker's own error when the workspace
 * can't be used.
 */
export function startBackend(options: {
  data: WorkerData
  /** The built file of a worker. */
  workerFile: (name: WorkerName) => URL
  /** A new line to Chromium's decoders, for a decoding worker that starts. */
  decoderLine?: (name: DecodingWorker) => MessagePort
  onEvent: (event: EarmarkEvent) => void
  onCrash: (worker: WorkerName, reason: string) => void
}): Backend {
  const running = new Map<WorkerName, Promise<Connected>>()
  const threads = new Map<WorkerName, Worker>()
  let later: NodeJS.Timeout | undefined

  const start = (name: WorkerName): Promise<Connected> => {
    const decoderLine = isDecoding(name) ? options.decoderLine?.(name) : undefined
    const worker = new Worker(options.workerFile(name), {
      workerData: { ...options.data, decoderLine },
      transferList: decoderLine ? [decoderLine] : [],
      name: `earmark-${name}`,
      ...(isDecoding(name) ? { resourceLimits: DECODING_LIMITS } : {}),
    })
    threads.set(name, worker)
    const connected = connect(worker, options.onEvent, (reason) => {
      running.delete(name)
      options.onCrash(name, reason)
    })
    running.set(name, connected)
    // One that could not begin is tried again at its next call.
    connected.catch(() => {
      if (running.get(name) === connected) running.delete(name)
    })
    return connected
  }
  const close = async () => {
    clearTimeout(later)
    const impatient = setTimeout(() => void threads.get(DISPENSABLE)?.terminate(), DISPENSABLE_MS)
    const all = await Promise.allSettled(running.values())
    await Promise.all(all.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)))
    clearTimeout(impatient)
  }
  // The reader comes first and has the processors: the list of calls is there before anything can be written. The two
  // behind it make and migrate the databases that the others only read; where there is something to make, which is
  // seldom, the reader fails and begins again behind them.
  const early = start('search')
  const begin = early.then(
    () => undefined,
    () => undefined,
  )
  const writers = Promise.all(
    (['reviews', 'calls'] as const).map((name) => {
      const connected = begin.then(() => start(name))
      running.set(name, connected)
      return connected
    }),
  )
  const search = early.catch(async () => {
    await writers
    return start('search')
  })
  running.set('search', search)
  search.catch(() => undefined)
  const ready = Promise.all([writers, search]).then(
    () => undefined,
    async (error: unknown) => {
      await close()
      throw error
    },
  )
  // Nobody waits for these two: they begin when the first screen has had the processor to itself, or are asked for.
  const beginLater = () => {
    later = setTimeout(() => {
      for (const name of LATER) if (!running.has(name)) start(name).catch(() => undefined)
    }, LATER_MS)
  }
  ready.then(beginLater, () => undefined)
  return {
    ready,
    invoke: async (feature, call, input) => {
      try {
        const name = workerFor(feature, call)
        if (!name) throw new EarmarkError('invalid_input', `There is no call ${feature}.${call}.`)
        // The others read what the writers have made.
        const worker = await (running.get(name) ?? ready.then(() => running.get(name) ?? start(name)))
        return await worker.invoke(feature, call, input)
      } catch (error) {
        return toFailure(error)
      }
    },
    close,
  }
}
