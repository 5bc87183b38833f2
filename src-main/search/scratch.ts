import Database from 'better-sqlite3'
import { COLUMNS, type Column, TOKENIZER } from './index-text'

/**
 * A small index in memory, cut into words as the real one is: for marking what the real one finds; `facets` is empty here. One a thread; what is
 * put in is taken out again by `clear`.
 */
export class Scratch {
  readonly #db = new Database(':memory:')
  readonly #clear: () => void
  #rows = 0

  constructor() {
    this.#db.exec(`
      CREATE TABLE texts (id INTEGER PRIMARY KEY, ${COLUMNS.join(', ')});
      CREATE VIRTUAL TABLE scratch USING fts5 (${COLUMNS.join(', ')}, content = 'texts', content_rowid = 'id',
        tokenize = "${TOKENIZER}");`)
    const empty = this.#db.prepare("INSERT INTO scratch (scratch) VALUES ('delete-all')")
    const forget = this.#db.prepare('DELETE FROM texts')
    this.#clear = () => {
      empty.run()
      forget.run()
    }
  }

  /** Puts a whole row in, with its texts, so that they can be marked. */
  addRow(texts: Readonly<Partial<Record<Column, string>>>): number {
    this.#rows += 1
    const values = COLUMNS.map((column) => texts[column] ?? '')
    this.#statement(`INSERT INTO texts VALUES (?, ${COLUMNS.map(() => '?').join(', ')})`).run(
      this.#rows,
      ...values,
    )
    this.#statement(
      `INSERT INTO scratch (rowid, ${COLUMNS.join(', ')}) VALUES (?, ${COLUMNS.map(() => '?').join(', ')})`,
    ).run(this.#rows, ...values)
    return this.#rows
  }

  /** The rows that an FTS5 expression finds, with its matches put between two characters. */
  marked(match: string, open: string, close: string): (Record<Column, string> & { row: number })[] {
    const columns = COLUMNS.map((name, i) => `highlight(scratch, ${i}, ?, ?) AS ${name}`)
    return this.#statement(
      `SELECT rowid AS row, ${columns.join(', ')} FROM scratch WHERE scratch MATCH ?`,
    ).all(...COLUMNS.flatMap(() => [open, close]), match) as (Record<Column, string> & { row: number })[]
  }

  /** Takes everything out. */
  clear(): void {
    this.#clear()
    this.#rows = 0
  }

  readonly #statements = new Map<string, Database.Statement>()
  #statement(sql: string): Database.Statement {
    const known = this.#statements.get(sql) ?? this.#db.prepare(sql)
    this.#statements.set(sql, known)
    return known
  }
}

let shared: Scratch | null = null

/** Runs `work` with the thread's scratch index, which is empty before and afterwards. */
export function withScratch<T>(work: (scratch: Scratch) => T): T {
  shared ??= new Scratch()
  const scratch = shared
  // Inside itself it would find what is not its own.
  shared = null
  try {
    return work(scratch)
  } finally {
    scratch.clear()
    shared = scratch
  }
}
