import Database from 'better-sqlite3'
import { z } from 'zod'
import type { Migration, WriteDb } from './open'

export type Stored = string | number | Buffer | null

/** A table as its rows lie in pages. */
export interface TableShape {
  name: string
  /** In the order in which they are stored; computed ones are not. */
  columns: { name: string; type: string; isNotNull: boolean }[]
  key: string[]
  isWithoutRowid: boolean
  /** The place of the column that is the row's number, which is not stored among the values. */
  rowidColumn: number | null
  /** Rows of before a column was added have fewer values. */
  leastValues: number
  /** Its rows look like those of an index: they can't be told by their form. */
  isAmbiguous: boolean
  /** Of two versions of a row, the one in which this is higher is the newer; null: not to be told. */
  newer: string | null
}

const Listed = z.array(z.object({ name: z.string(), type: z.string(), wr: z.number() }))
const Columns = z.array(
  z.object({
    name: z.string(),
    type: z.string(),
    notnull: z.number(),
    dflt_value: z.string().nullable(),
    pk: z.number(),
    hidden: z.number(),
  }),
)

/** The tables of a database after these migrations. */
export function tableShapes(migrations: readonly Migration[]): TableShape[] {
  const db = new Database(':memory:') as WriteDb
  try {
    db.pragma('foreign_keys = OFF')
    for (const migration of migrations) migration(db)
    return Listed.parse(db.pragma('table_list'))
      .filter(({ name, type }) => type === 'table' && !name.startsWith('sqlite_'))
      .map(({ name, wr }) => shapeOf(db, name, wr === 1))
  } finally {
    db.close()
  }
}

function shapeOf(db: Database.Database, name: string, isWithoutRowid: boolean): TableShape {
  const stored = Columns.parse(db.pragma(`table_xinfo(${name})`)).filter(({ hidden }) => hidden === 0)
  const keyed = stored.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk)
  const ordered = isWithoutRowid ? [...keyed, ...stored.filter(({ pk }) => pk === 0)] : stored
  const rowidColumn =
    !isWithoutRowid && keyed.length === 1 && keyed[0]?.type === 'INTEGER' ? ordered.indexOf(keyed[0]) : null
  const required = ordered.findLastIndex((one) => one.notnull === 1 && one.dflt_value === null)
  const columns = ordered.map(({ name: column, type, notnull, pk }) => ({
    name: column,
    type,
    isNotNull: notnull === 1 || (isWithoutRowid && pk > 0),
  }))
  return {
    name,
    columns,
    key: keyed.map((one) => one.name),
    isWithoutRowid,
    rowidColumn,
    leastValues: required + 1,
    isAmbiguous: isWithoutRowid && columns.length === 2 && columns[1]?.type === 'INTEGER',
    newer: columns.find((one) => one.name === 'updated_at_ms')?.name ?? null,
  }
}
