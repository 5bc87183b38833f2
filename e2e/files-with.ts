import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/**
 * The files below a folder whose bytes hold one of the texts: where a secret would have leaked to. A file that goes away
 * meanwhile is none of them: what it was renamed to is looked at the next time, at the latest when nothing writes any more.
 */
export function filesWith(folder: string, texts: readonly string[]): string[] {
  if (!existsSync(folder)) throw new Error(`${folder} is not there.`)
  const patterns = texts.flatMap((text) => ['-e', text])
  const { stdout, stderr, error } = spawnSync('grep', ['-rlaF', ...patterns, '--', folder], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, LC_ALL: 'C' },
  })
  if (error) throw error
  const problems = lines(stderr).filter((line) => !line.endsWith(': No such file or directory'))
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return lines(stdout)
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '')
