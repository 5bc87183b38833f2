import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import type { EarmarkEvent } from '@contract'
import { type WorkspacePaths, workspacePaths } from '../db/workspace'
import { WorkspaceKeys } from '../protection/keys'
import { type Served, serve } from './channel'
import type { WorkerData } from './host'

export interface WorkerContext extends Omit<WorkerData, 'masterKey'> {
  paths: WorkspacePaths
  emit: (event: EarmarkEvent) => void
}

/** Behind what somebody waits for: typing, saving, drawing. */
const YIELDING = 5

/**
 * What each `worker-<name>.ts` does first and last: opens what it needs and serves its table. `yields`: its work is long
 * and nobody's hands wait for it, so the processors are for others first.
 */
export function startWorker(
  build: (context: WorkerContext) => Served | Promise<Served>,
  { yields = false } = {},
): void {
  if (!parentPort) throw new Error('This file is started as a worker, not by itself.')
  if (yields) giveWay()
  const { masterKey = null, ...data } = workerData as WorkerData
  const { workspaceRoot } = data
  const paths = workspacePaths(workspaceRoot, masterKey && new WorkspaceKeys(masterKey))
  void serve(parentPort, (emit) => build({ ...data, paths, emit }), workspaceRoot)
}

function giveWay(): void {
  // On Linux a thread has a priority of its own (setpriority(2)); elsewhere it would be the whole process's.
  if (process.platform !== 'linux') return
  try {
    setPriority(YIELDING)
  } catch {
    // Who was started nicer than that may not take it back (EACCES), and some containers let nobody ask (EPERM): the work is
    // done all the same.
  }
}
