import { alignTurns } from '../../src-main/recordings/alignment/align-turns'
import { FeatureAccumulator } from '../../src-main/recordings/alignment/features'
import type { TurnToAlign } from '../../src-main/recordings/alignment/turns'
import type { BenchCall } from './align-calls'
import { BENCH_RATE } from './align-speech'

export interface Speed {
  readonly audioSec: number
  readonly turns: number
  /** Computing time, ms, of listening to decoded sound, and of finding the turns in it. */
  readonly listenMs: number
  readonly alignMs: number
}

const computingMs = (): number => process.cpuUsage().user / 1000

/**
 * How long one call of at least `audioSec` takes, made of `calls` one after the other, again and again; all of one kind. In computing
 * time, which other programs do not lengthen.
 */
export function measureSpeed(calls: readonly BenchCall[], audioSec: number): Speed {
  const features = new FeatureAccumulator()
  const turns: TurnToAlign[] = []
  let sec = 0
  let listenMs = 0
  for (let i = 0; sec < audioSec; i += 1) {
    const call = calls[i % calls.length]
    if (!call) break
    const startMs = computingMs()
    features.add(call.channels, BENCH_RATE)
    listenMs += computingMs() - startMs
    turns.push(...call.turns)
    sec += (call.channels[0]?.length ?? 0) / BENCH_RATE
  }
  const sound = features.finish()
  const startMs = computingMs()
  alignTurns(sound, turns)
  return { audioSec: sec, turns: turns.length, listenMs, alignMs: computingMs() - startMs }
}
