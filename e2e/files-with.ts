import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** The files below a folder whose bytes hold one of the texts: where a secret would have leaked to. */
export function filesWith(folder: string, texts: readonly string[]): string[] {
  if (!existsSync(folder)) throw new Error(`${folder} is not there.`)
  const patterns = texts.flatMap((text) => ['-e', text])
  try {
    return execFileSync('grep', ['-rlaF', ...patterns, '--', folder], { encoding: 'utf8' })
      .trim()
      .split('\n')
  } catch (error) {
    // grep exits with 1 when it finds nothing.
    if (error instanceof Error && 'status' in error && error.status === 1) return []
    throw error
  }
}
