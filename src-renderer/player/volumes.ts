import { readStored, store } from '../app/stored'
import type { Lane } from './lanes'

/** Whose voice a volume is for: the person's where it is known whose channel it is, else the channel's. */
export type Voice = 'agent' | 'caller' | 'first' | 'second'

/** How loud each voice is to be played, 1 as recorded; a voice that is absent is as recorded. */
export type Volumes = Readonly<Partial<Record<Voice, number>>>

/** The loudest that a voice can be made (1: as recorded), and a step of the keys. */
export const LOUDEST = 1.5
export const VOLUME_STEP = 0.05

const VOICES: readonly Voice[] = ['agent', 'caller', 'first', 'second']
const NAME = 'volumes'

/** The voice of a lane: what is remembered of the agent holds whichever channel is the agent's in the next call. */
export function voiceOf({ speaker, channel }: Lane): Voice {
  if (speaker === 'agent' || speaker === 'caller') return speaker
  return channel === 0 ? 'first' : 'second'
}

/** What was stored, as far as it can be understood. */
export function parseVolumes(text: string | null): Volumes {
  try {
    const stored: unknown = JSON.parse(text ?? '{}')
    if (typeof stored !== 'object' || stored === null) return {}
    const entries = new Map(Object.entries(stored))
    return Object.fromEntries(
      VOICES.flatMap((voice) => {
        const volume: unknown = entries.get(voice)
        return typeof volume === 'number' && volume >= 0 && volume <= LOUDEST ? [[voice, volume]] : []
      }),
    )
  } catch {
    return {}
  }
}

export const storedVolumes = (): Volumes => parseVolumes(readStored(NAME))
export const storeVolumes = (volumes: Volumes): void => store(NAME, JSON.stringify(volumes))
