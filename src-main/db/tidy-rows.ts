import { removePurgedAgain } from '../retention/records'
import { assignSearchKey } from '../search/search-index'
import type { WriteDb } from './open'
import { type RowKeeper, rawRow } from './row-keeper'

/** Drops what can't be read by anybody: of settings and undo alone; and what was purged and came out of an older copy. */
export function tidyReviews(db: WriteDb, into: RowKeeper): void {
  if (hasTable(db, 'purged')) removePurgedAgain(db)
  dropInvalid(db, into, 'settings', 'value', 'key')
  if (hasTable(db, 'replaced_places')) dropInvalid(db, into, 'replaced_places', 'place', 'id')
}

const hasTable = (db: WriteDb, name: string): boolean =>
  db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined

function dropInvalid(db: WriteDb, into: RowKeeper, table: string, json: string, key: string): void {
  const rows = db.prepare(`SELECT ${key}, ${json} FROM ${table} WHERE NOT json_valid(${json})`).raw().all()
  for (const row of rows) {
    into.rescue(table, [key, json], rawRow(row))
    db.prepare(`DELETE FROM ${table} WHERE ${key} = ?`).run(rawRow(row)[0])
  }
}

/**
 * Makes the links between the rows of `calls.db` whole: connections that were lost get a row that says so, what belongs to a
 * lost call goes (its raw record into the text file beside), and a call whose transcript was lost is read anew by the next sync.
 */
export function tidyCalls(db: WriteDb, into: RowKeeper): void {
  const version = Number(db.pragma('user_version', { simple: true }))
  const tables = into.shapes.map(({ name }) => name)
  const kind = version >= 2 ? ', folder' : ''
  for (const table of tables.filter((name) => name !== 'connections')) {
    const shape = into.shapes.find(({ name }) => name === table)
    if (!shape?.columns.some(({ name }) => name === 'connection_id') || table === 'facets') continue
    const vendor = shape.columns.some(({ name }) => name === 'vendor') ? 'max(vendor)' : "'prosper'"
    db.exec(`
      INSERT INTO connections (id, kind, vendor, name, base_url, campaign_ids, settings, keeps_secrets, created_at_ms${kind})
        SELECT connection_id, 'imported', ${vendor}, 'Recovered calls ' || substr(connection_id, 1, 8), '', '[]', '{}', 0, 0${
          kind === '' ? '' : ', NULL'
        }
        FROM ${table} WHERE connection_id NOT IN (SELECT id FROM connections) GROUP BY connection_id`)
  }
  for (const [column, empty] of [
    ['settings', '{}'],
    ['state', '{}'],
    ['campaign_ids', '[]'],
  ])
    db.exec(`UPDATE connections SET ${column} = '${empty}' WHERE NOT json_valid(${column})`)
  if (hasTable(db, 'transcripts')) dropInvalid(db, into, 'transcripts', 'turns', 'call_pk')
  const orphans = db
    .prepare(
      'SELECT id, call_pk, kind, hash, raw, seen_at_ms FROM revisions WHERE call_pk NOT IN (SELECT pk FROM calls)',
    )
    .raw()
  for (const row of orphans.iterate())
    into.rescue('revisions', ['id', 'call_pk', 'kind', 'hash', 'raw', 'seen_at_ms'], rawRow(row))
  for (const table of ['revisions', 'transcripts', 'turns', 'recordings', 'alignments'])
    if (hasTable(db, table)) db.exec(`DELETE FROM ${table} WHERE call_pk NOT IN (SELECT pk FROM calls)`)
  db.exec(`UPDATE calls SET fields = '{}', content_hash = '' WHERE NOT json_valid(fields)`)
  const said = hasTable(db, 'transcripts') ? 'transcripts' : 'turns'
  db.exec(`UPDATE calls SET content_hash = '', detail_hash = NULL, summary_hash = NULL
    WHERE turn_count > 0 AND pk NOT IN (SELECT call_pk FROM ${said})`)
  db.exec("DELETE FROM meta WHERE key = 'search_index'")
  const placeless = db.prepare('SELECT pk, started_at_ms FROM calls WHERE search_key IS NULL').raw().all()
  for (const row of placeless) {
    const [pk, startedAtMs] = rawRow(row)
    db.prepare('UPDATE calls SET search_key = ? WHERE pk = ?').run(
      assignSearchKey(db, Number(startedAtMs)),
      pk,
    )
  }
}
