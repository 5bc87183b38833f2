import { realpathSync } from 'node:fs'
import { writeWholeFile } from '../exports/whole-file'
import { isWithin } from '../paths'

/**
 * Writes a recovery phrase as a text file that its owner alone may read, whole or not at all. Not into the workspace
 * (`root`) that it opens: whoever took the folder would have the key, too. Raises `file_unwritable`, `disk_full`.
 */
export async function writePhraseFile(
  path: string,
  { root, phrase, nowMs }: { root: string; phrase: string; nowMs: number },
): Promise<void> {
  const workspace = realpathSync.native(root)
  const isRefused = (folder: string) =>
    isWithin(folder, workspace) ? 'it would lie in the workspace that it opens' : null
  const words = phrase.split(' ').map((word, i) => `${i + 1}. ${word}`)
  const text = `Recovery phrase of the Earmark workspace ${root}, of ${new Date(nowMs).toISOString().slice(0, 10)}.
Whoever has it can open the workspace. Keep it apart from the computer.

${words.join('\n')}
`
  await writeWholeFile(path, isRefused, (write) => write(text), { newMode: 0o600 })
}
