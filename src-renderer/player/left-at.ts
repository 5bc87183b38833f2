import type { CallId } from '@contract'
import { readStored, store } from '../app/stored'

/** Where calls were left, the latest last: call and second. */
export type Places = readonly (readonly [CallId, number])[]

/** Of this many calls the place is remembered. */
const KEPT = 500
/** Nearer to the start or the end than this (seconds), there is nothing to come back to. */
const EDGE_SEC = 3
const NAME = 'left-at'

/** The places with this one as the latest; a call that was heard to its end, or hardly begun, has none. */
export function withPlace(places: Places, callId: CallId, sec: number, durationSec: number | null): Places {
  const others = places.filter(([id]) => id !== callId)
  if (sec < EDGE_SEC || (durationSec !== null && sec > durationSec - EDGE_SEC)) return others
  return [...others, [callId, Math.round(sec * 100) / 100] as const].slice(-KEPT)
}

/** What was stored, as far as it can be understood. */
export function parsePlaces(text: string | null): Places {
  try {
    const stored: unknown = JSON.parse(text ?? '[]')
    if (!Array.isArray(stored)) return []
    return stored
      .filter(
        (one): one is [CallId, number] =>
          Array.isArray(one) && typeof one[0] === 'string' && typeof one[1] === 'number' && one[1] >= 0,
      )
      .slice(-KEPT)
  } catch {
    return []
  }
}

let places: Places | null = null
const all = (): Places => {
  places ??= parsePlaces(readStored(NAME))
  return places
}

/** Where a call was left, seconds; null where it was not, or is to be heard from the start. */
export const leftAt = (callId: CallId): number | null => all().find(([id]) => id === callId)?.[1] ?? null

/** How often (ms of listening) the place is written down, so that a crash loses little. */
const EVERY_MS = 5_000

/** Writes down where a call is being left, until the returned function is called (which writes once more). */
export function keepPlace(element: HTMLAudioElement, callId: CallId): () => void {
  const owner = new AbortController()
  const { signal } = owner
  let writtenMs = performance.now()
  const write = () => {
    // Nothing was loaded: nothing is known of where it is.
    if (element.readyState === 0) return
    writtenMs = performance.now()
    const durationSec = Number.isFinite(element.duration) ? element.duration : null
    const next = withPlace(all(), callId, element.currentTime, durationSec)
    if (next.at(-1)?.[0] === callId && leftAt(callId) === next.at(-1)?.[1]) return
    places = next
    store(NAME, JSON.stringify(next))
  }
  for (const event of ['pause', 'seeked', 'ended'] as const)
    element.addEventListener(event, write, { signal })
  element.addEventListener(
    'timeupdate',
    () => {
      if (performance.now() - writtenMs > EVERY_MS) write()
    },
    { signal },
  )
  window.addEventListener('pagehide', write, { signal })
  return () => {
    owner.abort()
    write()
  }
}
