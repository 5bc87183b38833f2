import { Worker } from 'node:worker_threads'
import type { EarmarkEvent, Result } from '@contract'
import { type Connected, connect } from './channel'
import type { WorkerData } from './host'

/** The worker that is asked while the others have the workspace closed, or could not open it. */
export interface RepairWorker {
  ask: (feature: 'repair' | 'support', call: string, input: object) => Promise<Result<unknown>>
  close: () => Promise<void>
}

/**
 * Starts with its first question, and stays: between two it holds nothing, and a thread for each question would be one more each time that
 * may never end (`threadsEnd` says why; each such thread keeps one of the few that V8 has for compiling and collecting).
 */
export function keepRepairWorker(options: {
  file: URL
  data: () => WorkerData
  onEvent: (event: EarmarkEvent) => void
}): RepairWorker {
  let running: Promise<Connected> | null = null
  let key: WorkerData['masterKey'] = null
  const start = (data: WorkerData): Promise<Connected> => {
    const forget = () => {
      running = null
    }
    key = data.masterKey
    const worker = new Worker(options.file, { workerData: data, name: 'earmark-repair' })
    const connected = connect(worker, options.onEvent, forget)
    connected.catch(forget)
    return connected
  }
  const close = async () => {
    const closing = running
    running = null
    await (await closing?.catch(() => null))?.close()
  }
  return {
    ask: async (feature, call, input) => {
      const data = options.data()
      // Another key: the workspace was protected meanwhile, or is no more.
      if (running !== null && data.masterKey !== key) await close()
      running ??= start(data)
      return await (await running).invoke(feature, call, input)
    },
    close,
  }
}
