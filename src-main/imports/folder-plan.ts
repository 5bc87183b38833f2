import type { FoundFile, Scan } from './folder-scan'

/** What is known of a file from when it was read. */
export interface KnownFile {
  kind: 'calls' | 'audio'
  bytes: number
  modifiedAtMs: number
  calls: number
  /** false: to be looked at again, changed or not. */
  isSettled: boolean
  problem: string | null
}

export interface FolderPlan {
  /** Files of calls that are new or changed, oldest first: what was written last is the truth about a call. */
  calls: FoundFile[]
  /** Audio that is new or changed, and (`waiting`) audio whose call had not come when it was looked at. */
  audio: FoundFile[]
  waiting: FoundFile[]
  /** Paths that are known and no longer there. Their calls stay. */
  gone: string[]
}

/** Whether there is anything for a run to do. Audio that waits has to wait for calls, which are files too. */
export const hasWork = ({ calls, audio, gone }: FolderPlan): boolean =>
  calls.length + audio.length + gone.length > 0

/**
 * What a run has to read: state of the folder + what is known of its files. A file of the same size and time is the
 * same file. A folder that lies there empty although files are known of is taken for a drive that is not mounted:
 * nothing is forgotten.
 */
export function planFolder(scan: Scan, known: ReadonlyMap<string, KnownFile>): FolderPlan {
  const plan: FolderPlan = { calls: [], audio: [], waiting: [], gone: [] }
  const there = new Set<string>()
  for (const file of scan.files) {
    there.add(file.path)
    const before = known.get(file.path)
    const isSame =
      before?.kind === file.kind &&
      before.bytes === file.bytes &&
      before.modifiedAtMs === file.modifiedAtMs &&
      before.isSettled
    if (!isSame) plan[file.kind].push(file)
    else if (file.kind === 'audio' && before.calls === 0 && before.problem === null) plan.waiting.push(file)
  }
  plan.calls.sort((a, b) => a.modifiedAtMs - b.modifiedAtMs || (a.path < b.path ? -1 : 1))
  if (scan.files.length > 0)
    for (const path of known.keys())
      if (!there.has(path) && !scan.closed.some((closed) => path.startsWith(`${closed}/`)))
        plan.gone.push(path)
  return plan
}
