import { appendFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { WriteDb } from './open'
import { explainSqliteError } from './sqlite-errors'
import type { Stored, TableShape } from './table-shapes'

/** Puts rows into the new database: the first version of one stays, unless a later one is known to be newer. */
export class RowKeeper {
  setAside = 0
  #kept = 0
  readonly #db: WriteDb
  readonly #inserts = new Map<string, Database.Statement>()

  constructor(
    db: WriteDb,
    readonly shapes: readonly TableShape[],
    private readonly asidePath: string | null,
    private readonly onRows: (rows: number) => void,
  ) {
    this.#db = db
  }

  keep(table: TableShape, values: readonly Stored[]): void {
    try {
      const { changes } = this.#insert(table, values.length).run(values)
      this.#kept += changes
      if (changes > 0 && this.#kept % 500 === 0) this.onRows(this.#kept)
    } catch (error) {
      if (!isConstraint(error)) throw explainSqliteError(error, 'The repaired database', this.#db.name)
      // Two calls that claim one place in the order of the search: the second gets another.
      const place = table.columns.findIndex(({ name }) => name === 'search_key')
      if (place >= 0 && values[place] !== null && error.code === 'SQLITE_CONSTRAINT_UNIQUE')
        this.keep(table, values.with(place, null))
      else if (!this.#isThere(table, values))
        this.rescue(
          table.name,
          table.columns.map(({ name }) => name),
          values,
        )
    }
  }

  /** Into a text file beside, where there is one: it was read, but no table can hold it. */
  rescue(table: string, names: readonly string[], values: readonly Stored[]): void {
    const row = Object.fromEntries(
      values.map((value, i) => [names[i] ?? '', Buffer.isBuffer(value) ? value.toString('base64') : value]),
    )
    if (this.asidePath !== null)
      appendFileSync(this.asidePath, `${JSON.stringify({ table, row })}\n`, { mode: 0o600 })
    this.setAside += 1
  }

  #insert(table: TableShape, count: number): Database.Statement {
    const name = `${table.name} ${count}`
    const known = this.#inserts.get(name)
    if (known) return known
    const columns = table.columns.slice(0, count).map((column) => column.name)
    const update = columns.filter((column) => !table.key.includes(column))
    const newer =
      table.newer !== null && columns.includes(table.newer)
        ? `(${table.key.join(', ')}) DO UPDATE SET ${update.map((column) => `${column} = excluded.${column}`).join(', ')}
           WHERE excluded.${table.newer} > ${table.newer}`
        : 'DO NOTHING'
    const made = this.#db.prepare(
      `INSERT INTO ${table.name} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
       ON CONFLICT ${newer}`,
    )
    this.#inserts.set(name, made)
    return made
  }

  #isThere(table: TableShape, values: readonly Stored[]): boolean {
    const key = table.key.map(
      (name) => values[table.columns.findIndex((column) => column.name === name)] ?? null,
    )
    const where = table.key.map((name) => `${name} = ?`).join(' AND ')
    return this.#db.prepare(`SELECT 1 FROM ${table.name} WHERE ${where}`).get(key) !== undefined
  }
}

/** What a row's own values are the reason for. */
export const isConstraint = (error: unknown): error is InstanceType<typeof Database.SqliteError> =>
  error instanceof Database.SqliteError && error.code.startsWith('SQLITE_CONSTRAINT')

/** A row of a statement in raw mode. */
export const rawRow = (row: unknown): Stored[] => (Array.isArray(row) ? row : [])
