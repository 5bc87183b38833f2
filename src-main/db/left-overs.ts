import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '../system-errors'
import type { WorkspacePaths } from './workspace'

/** The process that wrote a file that never got its name: `….1234.part`, `….1234.tmp`, `….1234.0a1b2c3d4e5f.tmp`. */
const OWNED = /\.(\d{1,10})(?:\.[0-9a-f]{12})?\.(?:part|tmp)$/

/** Whether there is such a process on this computer (also one that took over the number: then its files stay a while longer). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) !== 'ESRCH'
  }
}

/**
 * Removes what killed processes left half written in the workspace; what can be continued (`<call>.part`) stays. Looks through
 * the archive; to be called once, in the background. Answers how many files.
 */
export async function removeLeftOvers(paths: WorkspacePaths, signal: AbortSignal): Promise<number> {
  let removed = 0
  const sweep = async (folder: string): Promise<void> => {
    for (const name of await readdir(folder).catch(() => [])) {
      const pid = Number(OWNED.exec(name)?.[1] ?? Number.NaN)
      if (Number.isNaN(pid) || isAlive(pid)) continue
      await rm(join(folder, name), { force: true })
      removed += 1
    }
  }
  for (const folder of [paths.root, paths.locks]) await sweep(folder)
  for (const archive of [paths.recordings, paths.peaks])
    for (const below of await readdir(archive, { withFileTypes: true }).catch(() => [])) {
      if (signal.aborted) return removed
      if (below.isDirectory()) await sweep(join(archive, below.name))
    }
  return removed
}
