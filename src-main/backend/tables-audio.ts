import { openCallsForReading } from '../db/workspace'
import { audioHandlers } from '../recordings/handlers'
import type { Served } from './channel'
import type { WorkerContext } from './worker'

/** Decodes. */
export function audioTables({ paths }: WorkerContext): Served {
  const db = openCallsForReading(paths)
  return {
    tables: { recordings: { ...audioHandlers(db, paths) } },
    close: () => {
      db.close()
    },
  }
}
