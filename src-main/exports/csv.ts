import Papa from 'papaparse'

/** A cell: numbers are written with a dot, null is empty, and only text is guarded against formulas. */
export type Cell = string | number | null

export const BYTE_ORDER_MARK = '\uFEFF'

/** What spreadsheet programs read as the beginning of a formula, or drop or split a cell at before they look. */
const BEGINS_LIKE_FORMULA = /^[=+\-@\t\r\n\0]/
/** ITU-T E.164: a plus, a country code that does not begin with 0, at most 15 digits. */
const PHONE_NUMBER = /^\+[1-9]\d{1,14}$/
const PLAIN_NUMBER = /^-\d+(?:\.\d+)?$/

/**
 * Text that no spreadsheet program takes for a formula: an apostrophe is put before it where it might. Numbers and
 * phone numbers stay as they are. Who reads the file undoes it by the same rule.
 */
export const guardFormula = (text: string): string =>
  BEGINS_LIKE_FORMULA.test(text) && !PHONE_NUMBER.test(text) && !PLAIN_NUMBER.test(text) ? `'${text}` : text

/**
 * Rows as RFC 4180 text: commas, CRLF after every row, quotes where needed and doubled inside. `raw` leaves the
 * guard against formulas out.
 */
export function csvText(rows: readonly (readonly Cell[])[], { raw }: { raw: boolean }): string {
  if (rows.length === 0) return ''
  const written = rows.map((row) => row.map((cell) => textOf(cell, raw)))
  return `${Papa.unparse(written, { newline: '\r\n' })}\r\n`
}

function textOf(cell: Cell, raw: boolean): string {
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : ''
  if (cell === null) return ''
  return raw ? cell : guardFormula(cell)
}
