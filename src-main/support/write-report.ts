import type { ReportPart, ReportSaved } from '@contract'
import yazl from 'yazl'
import { writeWholeFile } from '../exports/whole-file'

/**
 * Writes a report as a zip file, whole or not at all. `isRefused`: see `writeWholeFile`. Raises `file_unwritable`,
 * `disk_full`.
 */
export async function writeReport(
  parts: readonly ReportPart[],
  path: string,
  { nowMs, isRefused }: { nowMs: number; isRefused: (folder: string, name: string) => string | null },
): Promise<ReportSaved> {
  const zip = new yazl.ZipFile()
  const mtime = new Date(nowMs)
  for (const { name, text } of parts) zip.addBuffer(Buffer.from(text), name, { mtime })
  zip.end()
  let bytes = 0
  await writeWholeFile(path, isRefused, async (write) => {
    for await (const chunk of zip.outputStream) {
      const piece = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      bytes += piece.length
      await write(piece)
    }
  })
  return { path, bytes }
}
