import { toFailure } from '@contract'
import { create } from 'zustand'

/** What the footer says of the reviewer's work: being written, on disk, or not and why. */
export interface Saves {
  /** Writes under way. */
  pending: number
  /** Writes that failed and were not repeated with success since, by what they write: the reason. */
  failures: Readonly<Record<string, string>>
}

export const startSave = (saves: Saves): Saves => ({ ...saves, pending: saves.pending + 1 })

/** A write has ended; `problem: null` when it is on disk. Success only clears the failure of the same thing. */
export function endSave(saves: Saves, key: string, problem: string | null): Saves {
  const { [key]: _, ...others } = saves.failures
  return {
    pending: Math.max(0, saves.pending - 1),
    failures: problem === null ? others : { ...others, [key]: problem },
  }
}

export const useSaves = create<Saves>(() => ({ pending: 0, failures: {} }))

/** Follows a write from its start to its end. `key` names what is written, so that a later success clears it. */
export async function trackSave<T>(key: string, write: () => Promise<T>): Promise<T> {
  useSaves.setState(startSave)
  try {
    const value = await write()
    useSaves.setState((saves) => endSave(saves, key, null))
    return value
  } catch (thrown) {
    useSaves.setState((saves) => endSave(saves, key, toFailure(thrown).message))
    throw thrown
  }
}

/** The reviewer has read why it failed and lets it go. */
export const forgetFailures = (): void => useSaves.setState({ failures: {} })

const SAVES = new Set([
  'annotations.create',
  'annotations.update',
  'annotations.remove',
  'annotations.restore',
  'annotations.undoPlace',
  'reviews.set',
  'reviews.noteSeen',
  'reviews.changeSettings',
  'timing.setAnchor',
  'timing.undoAnchor',
  'timing.removeAnchor',
  'timing.clearAnchors',
  'timing.restoreAnchors',
  'timing.setAgentChannel',
])

/**
 * What a contract call writes into reviews.db, as a key for `trackSave`: the annotation, the call's review or
 * the settings. Null when it writes nothing of the reviewer's.
 */
export function saveKey(feature: string, name: string, input: unknown): string | null {
  if (!SAVES.has(`${feature}.${name}`)) return null
  if (typeof input !== 'object' || input === null) return feature
  if ('id' in input) return `${feature} ${String(input.id)}`
  if ('callId' in input) return `${feature} ${String(input.callId)}`
  return `${feature} ${Object.keys(input).sort().join(' ')}`
}
