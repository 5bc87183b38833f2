import type { Contract, Handlers } from '@contract'
import type { internalContract } from '../backend/internal-contract'
import { explained, type ReadDb } from '../db/open'
import type { WorkspacePaths } from '../db/workspace'
import type { RetentionKeeper } from './keeper'
import { previewPurge } from './preview'
import { idsOfPurge, leftCalls, listPurges, purgedAtMs, purgeRecordOf } from './records'
import { DAY_MS } from './rule'

/** The calls of `retention` that purge. */
export const retentionHandlers = (
  keeper: RetentionKeeper,
): Pick<Handlers<Contract['retention']>, 'cancel' | 'status' | 'setRule'> &
  Pick<Handlers<(typeof internalContract)['retention']>, 'run'> => ({
  run: async ({ before, by, annotations, exportedTo, exportedRows }) =>
    purgeRecordOf(
      await keeper.run({
        before_ms: Date.parse(before),
        by_whom: by,
        annotations,
        exported_to: exportedTo,
        exported_rows: exportedRows,
      }),
    ),
  cancel: async () => {
    await keeper.cancel()
    return {}
  },
  status: () => keeper.status(),
  setRule: ({ days }) => keeper.setRule(days),
})

/** Those that only read. `db`: both databases (`openBothForReading`). */
export const retentionReaders = (
  db: ReadDb,
  paths: WorkspacePaths,
): Pick<Handlers<Contract['retention']>, 'preview' | 'history' | 'left' | 'purgedAt'> &
  Pick<Handlers<(typeof internalContract)['retention']>, 'ids'> => ({
  preview: ({ olderThanDays }) => previewPurge(db, paths, Date.now() - olderThanDays * DAY_MS),
  history: () => explained(db, () => listPurges(db)),
  left: () => explained(db, () => leftCalls(db)),
  purgedAt: ({ callId }) => {
    const ms = explained(db, () => purgedAtMs(db, callId))
    return { purgedAt: ms === null ? null : new Date(ms).toISOString() }
  },
  ids: ({ purgeId, after, limit }) => ({ ids: explained(db, () => idsOfPurge(db, purgeId, after, limit)) }),
})
