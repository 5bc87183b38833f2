import type { CallDetail } from '@contract'
import { useEffect } from 'react'
import { useCommands } from '../app/use-commands'
import { canPlay, usePlayer } from '../player/player'
import { useAgentChannel } from '../player/use-agent-channel'
import {
  alignAgain,
  canSwap,
  clearStarts,
  removeStart,
  steppedTurn,
  stepStart,
  swapChannels,
} from './actions'
import { tapKeys, timingKeys } from './keys'
import { followMeant, startsNow, useMeant } from './meant'
import { TapBanner } from './TapBanner'
import { TimingBar } from './TimingBar'
import { endTapping, followPicks, isTapping, startTapping, tap, tapBack, useTapping } from './tap-along'
import './timing.css'

/** When the turns of a call were said: how that is known, and the hand that corrects it. Above the transcript. */
export function Timing({ call }: { call: CallDetail }) {
  const agentChannel = useAgentChannel(call)
  const tapping = useTapping((state) => state.tapping)
  useEffect(followMeant, [])
  useEffect(followPicks, [])
  const step = (by: 1 | -1) => () => {
    const turn = steppedTurn()
    if (turn) stepStart(turn, by)
  }
  const activeTurn = usePlayer((state) => state.activeTurn)
  const anchored = call.turns.find((turn) => turn.index === activeTurn && turn.anchor !== null)
  const isReady = call.recording.state === 'ready'
  useCommands(timingKeys, {
    'timing.setStart': {
      perform: () => startsNow(),
      isEnabled: () => canPlay() && useMeant.getState().turnIndex !== null,
    },
    'timing.earlier': { perform: step(-1), isEnabled: () => canPlay() && !isTapping() },
    'timing.later': { perform: step(1), isEnabled: () => canPlay() && !isTapping() },
    'timing.tapAlong': {
      perform: () => (isTapping() ? endTapping() : startTapping()),
      isEnabled: canPlay,
    },
    'timing.swapChannels': {
      perform: () => swapChannels(call, agentChannel),
      isEnabled: () => canSwap(call),
    },
    'timing.removeStart': {
      perform: () => (anchored ? removeStart(anchored) : undefined),
      isEnabled: () => anchored !== undefined,
    },
    'timing.clear': {
      perform: () => clearStarts(call),
      isEnabled: () => call.alignment.anchorCount > 0,
    },
    'timing.align': {
      perform: () => alignAgain(call),
      isEnabled: () => isReady && call.turns.length > 0,
    },
  })
  useCommands(tapKeys, {
    'timing.tap': { perform: tap, isEnabled: isTapping },
    'timing.tapBack': { perform: tapBack, isEnabled: isTapping },
    'timing.tapEnd': { perform: endTapping, isEnabled: isTapping },
  })
  return tapping ? <TapBanner call={call} tapping={tapping} /> : <TimingBar call={call} />
}
