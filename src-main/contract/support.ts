import { z } from 'zod'
import { call, Done, Nothing } from './common'

/** A file of a report, as it would be sent. */
export const ReportPart = z.object({ name: z.string(), text: z.string() })
export type ReportPart = z.infer<typeof ReportPart>

export const SupportReport = z.object({
  /** Of this very report, so that what is saved is what was read. */
  id: z.uuid(),
  parts: z.array(ReportPart),
})
export type SupportReport = z.infer<typeof SupportReport>

export const ReportSaved = z.object({ path: z.string(), bytes: z.number().int() })
export type ReportSaved = z.infer<typeof ReportSaved>

export const support = {
  /** Looks at everything and makes a report of it, which is sent nowhere. Takes seconds where there are many calls. */
  report: call(Nothing, SupportReport),
  /** Stops the report that is being made. */
  cancel: call(Nothing, Done),
  /** Asks for a file name and writes the report that was read last; null when the dialog was closed. */
  save: call(z.object({ id: z.uuid() }), ReportSaved.nullable()),
  /** Shows the last report that was saved in the system's file manager. */
  reveal: call(Nothing, Done),
}
