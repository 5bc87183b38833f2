import { EarmarkError } from '@contract'
import Database from 'better-sqlite3'

/** Runs `work`; damage in the index is raised as `index_damaged`, whose cure is to make it anew. */
export function noticingDamage<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    // What FTS5 finds in its own tables; damage of the file itself is SQLITE_CORRUPT without more.
    if (error instanceof Database.SqliteError && error.code === 'SQLITE_CORRUPT_VTAB')
      throw new EarmarkError(
        'index_damaged',
        'The search index is damaged. It is being made anew; calls and annotations are not touched. (On the command line: earmark reindex)',
        {},
        { cause: error },
      )
    throw error
  }
}
