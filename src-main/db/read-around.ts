import Database from 'better-sqlite3'
import { isConstraint, type RowKeeper, rawRow } from './row-keeper'
import type { TableShape } from './table-shapes'

/** Questions that one table may cost: a minute at most, on a laptop. */
const MOST_TRIES = 200_000

/**
 * The rows of a table that lie between broken pages: each page that can be read is reached by its keys, by halving what was not
 * reached yet. For files whose pages can't be read without SQLite; tables without row numbers are read from both ends only.
 */
export function readAround(db: Database.Database, shape: TableShape, into: RowKeeper): void {
  if (shape.isWithoutRowid) return
  const columns = shape.columns.map(({ name }) => name).join(', ')
  const walk = (order: 'ASC' | 'DESC') =>
    db
      .prepare<[number, number], unknown[]>(
        `SELECT rowid, ${columns} FROM ${shape.name} WHERE rowid BETWEEN ? AND ? ORDER BY rowid ${order}`,
      )
      .raw()
  try {
    const up = walk('ASC')
    const down = walk('DESC')
    let tries = 0
    /** From one number to another: the last row that could be read, and whether that was all. */
    const follow = (statement: typeof up, from: number, to: number) => {
      let last: number | null = null
      tries += 1
      try {
        for (const row of statement.iterate(from, to)) {
          last = Number(row[0])
          into.keep(shape, rawRow(row.slice(1)))
        }
        return { last, isAll: true }
      } catch (error) {
        if (!(error instanceof Database.SqliteError) || isConstraint(error)) throw error
        return { last, isAll: false }
      }
    }
    // The widest first: what one broken page hides is narrow, and not worth all tries.
    const open: [from: number, to: number][] = [[Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]]
    for (let part = open.shift(); part !== undefined && tries < MOST_TRIES; part = open.shift()) {
      const upward = follow(up, ...part)
      if (upward.isAll) continue
      const from = upward.last === null ? part[0] : upward.last + 1
      const downward = follow(down, from, part[1])
      if (downward.isAll) continue
      const to = downward.last === null ? part[1] : downward.last - 1
      if (from >= to) continue
      const middle = from + Math.floor((to - from) / 2)
      open.push([from, middle], [middle + 1, to])
    }
  } catch (error) {
    // Not even the way to the table can be read.
    if (!(error instanceof Database.SqliteError) || isConstraint(error)) throw error
  }
}
