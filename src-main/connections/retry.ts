import { type ConnectionId, EarmarkError } from '@contract'
import {
  connectionOfRecord,
  connectionsWithQuarantine,
  type RetryResult,
  retryRecords,
} from '../calls/retry-quarantine'
import { explainSqliteError } from '../db/sqlite-errors'
import { type CallsContext, programOf } from '../sync/context'
import { lockConnection } from '../sync/lock'
import { getConnection } from './queries'

/**
 * Reads what was set aside once more: one record, one connection's, or all. Each connection under its own lock; of
 * all, those that are busy are left out unless every one is. Raises `busy`, `not_found`, `disk_full`.
 */
export async function retryQuarantine(
  context: CallsContext,
  connectionId: ConnectionId | null,
  id: number | null,
): Promise<RetryResult> {
  const { db, paths, emit } = context
  const chosen =
    id !== null
      ? [connectionOfRecord(db, id)]
      : connectionId !== null
        ? [connectionId]
        : connectionsWithQuarantine(db)
  const sum: RetryResult = { readable: 0, stillUnreadable: 0 }
  const busy: EarmarkError[] = []
  for (const one of chosen) {
    try {
      const unlock = lockConnection(paths, getConnection(db, one), programOf(context))
      try {
        const { readable, stillUnreadable } = await retryRecords(db, one, id)
        sum.readable += readable
        sum.stillUnreadable += stillUnreadable
      } finally {
        unlock()
      }
    } catch (error) {
      if (!(error instanceof EarmarkError) || error.code !== 'busy')
        throw explainSqliteError(error, 'calls.db', paths.callsDb)
      busy.push(error)
    }
  }
  if (busy[0] !== undefined && busy.length === chosen.length) throw busy[0]
  if (sum.readable > 0) emit({ type: 'calls.changed' })
  if (sum.readable + sum.stillUnreadable > 0) emit({ type: 'connections.changed' })
  return sum
}
