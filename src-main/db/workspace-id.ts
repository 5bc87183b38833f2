import { randomUUID } from 'node:crypto'
import type { WriteDb } from './open'

/**
 * What tells this workspace from others on the same computer: made once, kept in `calls.db`. With that file lost,
 * the connections are lost as well, and their secrets are to be entered again.
 */
export function workspaceId(db: WriteDb): string {
  db.prepare("INSERT INTO meta (key, value) VALUES ('workspace_id', ?) ON CONFLICT (key) DO NOTHING").run(
    randomUUID(),
  )
  return String(db.prepare("SELECT value FROM meta WHERE key = 'workspace_id'").pluck().get())
}
