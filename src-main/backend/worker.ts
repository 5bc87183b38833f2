import { parentPort, workerData } from 'node:worker_threads'
import type { EarmarkEvent } from '@contract'
import { type WorkspacePaths, workspacePaths } from '../db/workspace'
import { type Served, serve } from './channel'
import type { WorkerData } from './host'

export interface WorkerContext extends WorkerData {
  paths: WorkspacePaths
  emit: (event: EarmarkEvent) => void
}

/** What each `worker-<name>.ts` does first and last: opens what it needs and serves its table. */
export function startWorker(build: (context: WorkerContext) => Served | Promise<Served>): void {
  if (!parentPort) throw new Error('This file is started as a worker, not by itself.')
  const data = workerData as WorkerData
  void serve(parentPort, (emit) => build({ ...data, paths: workspacePaths(data.workspaceRoot), emit }))
}
