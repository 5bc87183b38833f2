import type { CallId } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { MiddleColumn } from '../app/Columns'
import { client } from '../app/client'
import { ErrorState } from '../ui'

/** The open call: the middle column (what was said) and the right one (what is judged). */
export function CallView({ callId }: { callId: CallId }) {
  const call = useQuery({ queryKey: ['calls', 'get', callId], queryFn: () => client.calls.get({ callId }) })
  return (
    <MiddleColumn>
      {call.isError ? <ErrorState error={call.error} onRetry={() => void call.refetch()} /> : null}
      {call.data ? (
        <section aria-label="Transcript">
          <ol>
            {call.data.turns.map((turn) => (
              <li key={turn.index}>
                {turn.speaker}: {turn.text}
              </li>
            ))}
          </ol>
        </section>
      ) : null}
    </MiddleColumn>
  )
}
