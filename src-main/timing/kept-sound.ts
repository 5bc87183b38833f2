import type { SoundFeatures } from '../recordings/alignment/features'

/** An hour of two channels is 19 MB. */
const MOST_BYTES = 40 * 2 ** 20
const IDLE_MS = 3 * 60_000

export interface KeptSound {
  /** The sound of a recording (by its hash), if it was listened to lately. */
  of: (recording: string) => SoundFeatures | null
  keep: (recording: string, sound: SoundFeatures) => void
  close: () => void
}

/**
 * The sound of the recordings that were listened to last, for a while and in bounded memory: who corrects a call's times
 * does so turn after turn, and each time the rest is aligned again.
 */
export function keepSound(): KeptSound {
  const sounds = new Map<string, SoundFeatures>()
  let idle: NodeJS.Timeout | undefined
  const used = () => {
    clearTimeout(idle)
    idle = setTimeout(() => sounds.clear(), IDLE_MS)
    idle.unref()
  }
  return {
    of: (recording) => {
      used()
      return sounds.get(recording) ?? null
    },
    keep: (recording, sound) => {
      used()
      sounds.delete(recording)
      sounds.set(recording, sound)
      let bytes = [...sounds.values()].reduce((total, one) => total + bytesOf(one), 0)
      for (const [oldest, one] of sounds) {
        if (bytes <= MOST_BYTES) break
        sounds.delete(oldest)
        bytes -= bytesOf(one)
      }
    },
    close: () => clearTimeout(idle),
  }
}

const bytesOf = ({ channels }: SoundFeatures): number =>
  channels.reduce(
    (total, { bands, levelDb, steadiness, logPitch, voicing }) =>
      total +
      bands.byteLength +
      levelDb.byteLength +
      steadiness.byteLength +
      logPitch.byteLength +
      voicing.byteLength,
    0,
  )
