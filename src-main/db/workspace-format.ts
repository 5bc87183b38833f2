import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** Beside the databases, readable without opening them: which Earmark brought them to their present form. */
const FormatNote = z.object({
  /** The Earmark that is needed. */
  earmark: z.string().regex(/^\d+\.\d+\.\d+[\w.+-]{0,40}$/),
  calls: z.number().int(),
  reviews: z.number().int(),
})
type FormatNote = z.infer<typeof FormatNote>

const notePath = (root: string): string => join(root, 'earmark.json')

function readNote(root: string): FormatNote | null {
  try {
    return FormatNote.parse(JSON.parse(readFileSync(notePath(root), 'utf8')))
  } catch {
    // Missing or not ours: it only makes a sentence more exact.
    return null
  }
}

/** The Earmark that a workspace needs, by its own note; null: not known. */
export const neededVersion = (root: string): string | null => readNote(root)?.earmark ?? null

/** Notes which Earmark is needed from now on, where the databases' form has changed. */
export function noteFormat(root: string, note: FormatNote): void {
  const known = readNote(root)
  if (known !== null && known.calls >= note.calls && known.reviews >= note.reviews) return
  const temporary = `${notePath(root)}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, `${JSON.stringify(note)}\n`, { mode: 0o600 })
    renameSync(temporary, notePath(root))
  } catch {
    // A disk that is full, say: the next start notes it.
  }
}
