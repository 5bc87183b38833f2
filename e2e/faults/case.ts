import type { FaultSetting } from '../vendors'
import { checkCache, type Expectations } from './check-cache'
import type { Setting, World } from './world'

/** A fault (or several at once) by name, and what has to come of it. */
export interface FaultCase extends Expectations {
  name: string
  /** What goes wrong, for the table. */
  about: string
  setting: Setting
  /** Switched on for the syncs with the fault. The seed says which request is hit. */
  faults?: readonly FaultSetting[] | ((world: World) => readonly FaultSetting[])
  /** Requests pass before it strikes, up to so many; faults that strike once or twice only. Default 4. */
  upToAfter?: number
  /** How the sync with the fault ends. `either`: that depends on which request is hit. */
  ends: 'done' | 'failed' | 'either'
  /** What a sync that fails has to say; of one that is done: what a recording's problem has to say. */
  says?: RegExp
  /** The vendor stays as it is: the last sync has the fault too. */
  isLasting?: boolean
  /** Instead of one sync with the fault. */
  play?: (world: World) => Promise<void>
  /** Between the fault and the last sync. */
  meanwhile?: (world: World) => void | Promise<void>
  /** Looked at after the sync with the fault. */
  check?: (world: World) => void
  /** Looked at in the end, beside everything. */
  checkEnd?: (world: World) => void
}

/** What the user reads of it. */
export interface Played {
  sentence: string | null
}

/** Plays a case in a world to its end. Throws with what is not as it has to be. */
export async function play(fault: FaultCase, world: World): Promise<Played> {
  world.setFaults(faultsOf(fault, world))
  let sentence: string | null = null
  if (fault.play !== undefined) await fault.play(world)
  else {
    const { outcome, problem } = await world.sync()
    if (fault.ends !== 'either' && outcome !== fault.ends)
      throw new Error(
        `The sync with the fault ended as "${outcome}", not "${fault.ends}": ${problem ?? 'no reason'}`,
      )
    sentence = problem
  }
  sentence ??= world.results.find(({ problem }) => problem !== null)?.problem ?? recordingProblem(world)
  if (
    fault.says !== undefined &&
    (sentence !== null || fault.ends !== 'either') &&
    !fault.says.test(sentence ?? '')
  )
    throw new Error(`It says ${JSON.stringify(sentence)}, which is not ${fault.says}.`)
  fault.check?.(world)
  await fault.meanwhile?.(world)
  if (fault.isLasting !== true) world.calm()
  else {
    world.weather = []
    world.setFaults(faultsOf(fault, world))
  }
  const isFailingStill = fault.isLasting === true && fault.ends === 'failed'
  const last = await world.sync()
  if (last.outcome !== (isFailingStill ? 'failed' : 'done'))
    throw new Error(`The last sync ended as "${last.outcome}": ${last.problem ?? 'no reason'}`)
  if (isFailingStill) {
    // Once the vendor has mended it, nothing is missing.
    world.calm()
    const mended = await world.sync()
    if (mended.outcome !== 'done')
      throw new Error(`The sync after the fault ended as "${mended.outcome}": ${mended.problem}`)
  }
  checkCache(world, fault)
  fault.checkEnd?.(world)
  return { sentence }
}

function faultsOf({ faults = [], upToAfter = 4 }: FaultCase, world: World): readonly FaultSetting[] {
  if (typeof faults === 'function') return faults(world)
  return faults.map((fault) => {
    const setting = typeof fault === 'string' ? { name: fault } : fault
    return { after: world.upTo(upToAfter), ...setting }
  })
}

/** Why some recording could not be had. */
export function recordingProblem({ backend }: World): string | null {
  return (
    backend.db
      .prepare<[], string>('SELECT problem FROM recordings WHERE problem IS NOT NULL LIMIT 1')
      .pluck()
      .get() ?? null
  )
}
