import type Database from 'better-sqlite3'
import type { ReadDb } from './open'

const CAPACITY = 300
const caches = new WeakMap<ReadDb, Map<string, Database.Statement>>()

/**
 * `db.prepare`, remembered per connection: preparing costs more than running a small statement. `Row` is what
 * the statement's own SELECT (or RETURNING) gives; the SQL is written next to it by whoever states it.
 */
export function prepared<Row>(db: ReadDb, sql: string): Database.Statement<unknown[], Row> {
  let statements = caches.get(db)
  if (!statements) {
    statements = new Map()
    caches.set(db, statements)
  }
  let statement = statements.get(sql)
  if (!statement) {
    // Texts are few (conditions come from a fixed set), but never without a bound.
    if (statements.size >= CAPACITY) statements.clear()
    statement = db.prepare(sql)
    statements.set(sql, statement)
  }
  return statement as Database.Statement<unknown[], Row>
}
