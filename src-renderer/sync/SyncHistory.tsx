import type { ConnectionId, SyncRun } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { CircleAlert, CircleCheck, CirclePause } from 'lucide-react'
import { client } from '../app/client'
import { t } from '../app/words'
import { ErrorState, formatDate, formatDuration, Spinner } from '../ui'
import { countsLine, hasCounts } from './phases'
import './SyncHistory.css'

/** Runs shown; older ones stay in the database. */
const RUNS = 50

/** When a connection was synced, how it went, what it brought and what failed; newest first. */
export function SyncHistory({ connectionId }: { connectionId: ConnectionId }) {
  const history = useQuery({
    queryKey: ['sync', 'history', connectionId],
    queryFn: () => client.sync.history({ connectionId, limit: RUNS }),
  })
  if (history.isError) return <ErrorState error={history.error} onRetry={() => void history.refetch()} />
  if (!history.data) return null
  if (history.data.length === 0) return <p className="soft">{t('sync.noHistory')}</p>
  return (
    <ol className="sync-history" aria-label={t('sync.history')}>
      {history.data.map((run) => (
        <li key={run.id}>
          <Outcome run={run} />
          <span className="sync-history-when tabular">{formatDate(run.startedAt)}</span>
          <span className="sync-history-what">
            {run.outcome === 'done' || hasCounts(run.counts) ? countsLine(run.counts) : null}
            {run.finishedAt ? (
              <span className="soft">
                {' · '}
                {t('sync.took', {
                  duration: formatDuration((Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000),
                })}
              </span>
            ) : null}
            {run.problem ? <span className="sync-history-problem">{run.problem}</span> : null}
          </span>
        </li>
      ))}
    </ol>
  )
}

function Outcome({ run }: { run: SyncRun }) {
  if (run.outcome === null)
    return (
      <span className="sync-outcome">
        <Spinner size={13} /> {t('sync.running')}
      </span>
    )
  const Icon = run.outcome === 'done' ? CircleCheck : run.outcome === 'failed' ? CircleAlert : CirclePause
  return (
    <span className={`sync-outcome sync-outcome-${run.outcome}`}>
      <Icon size={14} aria-hidden="true" /> {t(`sync.outcome.${run.outcome}`)}
    </span>
  )
}
