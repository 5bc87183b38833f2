import { Worker } from 'node:worker_threads'
import type { EarmarkEvent, Result } from '@contract'
import { connect } from './channel'
import type { WorkerData } from './host'

/**
 * Asks a worker that is there for this one question: the others have the workspace closed meanwhile, or could not open it.
 */
export async function askRepairWorker(
  options: { file: URL; data: WorkerData; onEvent: (event: EarmarkEvent) => void },
  feature: 'repair' | 'support',
  call: string,
  input: object,
): Promise<Result<unknown>> {
  const worker = new Worker(options.file, { workerData: options.data, name: 'earmark-repair' })
  const connected = await connect(worker, options.onEvent, () => undefined)
  try {
    return await connected.invoke(feature, call, input)
  } finally {
    await connected.close()
  }
}
