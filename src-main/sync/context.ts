import { isMainThread } from 'node:worker_threads'
import type { EarmarkEvent } from '@contract'
import type { SecretStore } from '../connections/secrets'
import type { WriteDb } from '../db/open'
import type { WorkspacePaths } from '../db/workspace'

/** What the parts that write `calls.db` are given: by the calls worker, and by the command line. */
export interface CallsContext {
  db: WriteDb
  paths: WorkspacePaths
  secrets: SecretStore
  emit: (event: EarmarkEvent) => void
  /** Contact addresses of this computer only. */
  loopbackOnly: boolean
  /** Where the sample calls that come with Earmark lie. */
  sampleFolder: string
  appVersion: string
  /** Who this is, as a subject for sentences that others read. Default: see `programOf`. */
  program?: string
}

/** Who works, for others' sentences: the window works in threads of its own, the command line in the main one. */
export const programOf = ({ program }: Pick<CallsContext, 'program'>): string =>
  program ?? (isMainThread ? 'The command line' : 'The window')
