import { join } from 'node:path'
import type { CallId, EarmarkEvent } from '@contract'
import { temporaryWorkspace } from '../db/testing'
import type { WorkspacePaths } from '../db/workspace'
import { type InProcessBackend, openInProcess } from './in-process'

/** A whole backend in this thread, over a fresh workspace with the sample in it. */
export interface SampleBackend {
  backend: InProcessBackend
  paths: WorkspacePaths
  /** The call with this id of the vendor; '' for none. */
  idOf: (externalId: string) => Promise<CallId>
  close: () => Promise<void>
}

/** For tests. */
export async function sampleBackend(
  emit: (event: EarmarkEvent) => void = () => undefined,
): Promise<SampleBackend> {
  const workspace = temporaryWorkspace()
  const backend = openInProcess(
    {
      workspaceRoot: workspace.paths.root,
      sampleFolder: join(import.meta.dirname, '../../resources/sample'),
      appVersion: '0.0.0',
      loopbackOnly: true,
    },
    emit,
  )
  await backend.ask('imports', 'sample', {})
  return {
    backend,
    paths: workspace.paths,
    idOf: async (externalId) => {
      const all = { query: '', cursor: null, limit: 200, sort: 'date' } as const
      const { hits } = await backend.ask('search', 'page', all)
      return hits.find((call) => call.externalId === externalId)?.id ?? ''
    },
    close: async () => {
      await backend.close()
      workspace.remove()
    },
  }
}
