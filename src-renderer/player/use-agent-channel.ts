import type { AgentChannel, CallDetail } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { peaksQuery } from '../app/queries'
import { guessAgentChannel } from './agent-channel'

/** On which of two channels the agent is shown: as chosen or heard, else as the waveform lets guess; null: nobody knows. */
export function useAgentChannel({ id, turns, recording, alignment }: CallDetail): AgentChannel | null {
  const peaks = useQuery({ ...peaksQuery(id), enabled: recording.state === 'ready' }).data
  return useMemo(
    () => alignment.agentChannel ?? (peaks ? guessAgentChannel(peaks, turns) : null),
    [alignment.agentChannel, peaks, turns],
  )
}
