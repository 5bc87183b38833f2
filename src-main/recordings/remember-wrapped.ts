import { stat } from 'node:fs/promises'
import type { Wrapped } from './ranges'

/** The call that is open, the one before it, and the one that is prepared. */
const KEPT = 3

/**
 * Remembers how the last few recordings are served: a player asks for a file many times, and has to get the same each
 * time. A file that was replaced is asked for anew.
 *
 * @param ask reads the call's file; null: it is served as it is. May fail; then it is asked again the next time
 */
export function rememberWrapped(
  ask: (callId: string) => Promise<Wrapped | null>,
): (callId: string, path: string) => Promise<Wrapped | null> {
  const kept = new Map<string, Promise<Wrapped | null>>()
  return async (callId, path) => {
    const file = await stat(path).catch(() => null)
    if (!file) return null
    const name = `${path}\0${file.size}\0${file.mtimeMs}`
    const known = kept.get(name) ?? ask(callId)
    // The last used goes last, so that the first in the map is the one to forget.
    kept.delete(name)
    kept.set(name, known)
    for (const oldest of kept.keys()) if (kept.size > KEPT) kept.delete(oldest)
    return known.catch(() => {
      // Served as it is this time: a player that can't seek well is better than none.
      kept.delete(name)
      return null
    })
  }
}
