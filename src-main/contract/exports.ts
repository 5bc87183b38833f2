import { z } from 'zod'
import { call, Done, Nothing } from './common'
import { Query } from './search'

export const ExportKind = z.enum(['annotations', 'calls'])
export type ExportKind = z.infer<typeof ExportKind>

export const ExportOptions = z.object({
  what: ExportKind,
  /** Only calls (or annotations on calls) that this query finds; null for all. */
  query: Query.nullable(),
  /** A byte order mark, for spreadsheet programs that guess the encoding. */
  bom: z.boolean(),
  /** Leaves out the guard against formulas in spreadsheet programs. */
  raw: z.boolean(),
  /** Phone numbers, card numbers and e-mail addresses in texts become [phone], [card] and [email]. */
  redact: z.boolean().default(false),
})
export type ExportOptions = z.infer<typeof ExportOptions>

/** How many were replaced. */
export const RedactedCounts = z.object({
  phone: z.number().int(),
  card: z.number().int(),
  email: z.number().int(),
})

export const ExportDone = z.object({
  path: z.string(),
  rows: z.number().int(),
  /** null: nothing was to be redacted. */
  redacted: RedactedCounts.nullable(),
  /** Phone numbers are masked, because the settings say so. */
  isMasked: z.boolean(),
})
export type ExportDone = z.infer<typeof ExportDone>

export const exports_ = {
  /** How many rows the export would have. */
  count: call(ExportOptions.pick({ what: true, query: true }), z.object({ rows: z.number().int() })),
  /** Asks for a file name, writes the file; null when the reviewer closed the file dialog. */
  save: call(ExportOptions, ExportDone.nullable()),
  /** Stops the export that is being written; nothing of it is left. */
  cancel: call(Nothing, Done),
  /** Shows the last exported file in the system's file manager. */
  reveal: call(Nothing, Done),
}
