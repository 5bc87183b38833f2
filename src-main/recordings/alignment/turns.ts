import { spokenLength } from '../../calls/spoken-length'

/** A turn to be found in the sound. */
export interface TurnToAlign {
  /** Whose: `agent` and `user` are told apart by sound, anybody else may be either. */
  readonly speaker: string
  readonly text: string
  /** When the vendor says that it begins, s; may be wrong. */
  readonly startSec?: number | null | undefined
  /** When a person said that it begins, s; is right. */
  readonly anchorSec?: number | null | undefined
}

export interface AlignedTurn {
  readonly index: number
  readonly startSec: number
  readonly endSec: number
  /** 0 to 1. */
  readonly confidence: number
}

export interface Alignment {
  /** The channel that the agent is heard on; null for mono. */
  readonly agentChannel: 0 | 1 | null
  readonly turns: readonly AlignedTurn[]
}

/** Voices: the agent's, the user's, anybody's. */
export const VOICES = ['agent', 'user', 'other'] as const
export const OTHER = 2

/** A turn that somebody speaks, measured. */
export interface SpokenTurn {
  /** Its place among all turns. */
  readonly index: number
  readonly voice: 0 | 1 | 2
  /** `spokenLength` of its text. */
  readonly units: number
  /** The part of `units` that numbers make up: how these are read is a guess. */
  readonly numbers: number
  readonly text: string
  readonly startSec: number | null
  readonly anchorSec: number | null
}

/** The turns that are spoken at all: "---" and empty texts are not. */
export function spokenTurns(turns: readonly TurnToAlign[]): SpokenTurn[] {
  return turns.flatMap(({ speaker, text, startSec, anchorSec }, index) => {
    const units = spokenLength(text)
    if (units === 0) return []
    const wordUnits = /\p{Nd}/u.test(text) ? spokenLength(text.replace(/\p{Nd}+/gu, ' ')) : units
    return [
      {
        index,
        voice: speaker === 'agent' ? 0 : speaker === 'user' ? 1 : OTHER,
        units: Math.max(2, units),
        numbers: Math.max(0, Math.min(1, 1 - wordUnits / units)),
        text,
        startSec: finite(startSec),
        anchorSec: finite(anchorSec),
      },
    ]
  })
}

const finite = (value: number | null | undefined): number | null =>
  value !== null && value !== undefined && Number.isFinite(value) ? value : null
