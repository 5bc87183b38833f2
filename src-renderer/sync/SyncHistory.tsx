import type { Connection, SyncProgress, SyncRun } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { CircleAlert, CircleCheck, CirclePause, History } from 'lucide-react'
import { useEffect } from 'react'
import { client } from '../app/client'
import { queryClient, syncStatusQuery } from '../app/queries'
import { t } from '../app/words'
import { Button, EmptyState, ErrorState, formatDate, formatDuration, Spinner } from '../ui'
import { isSyncable, startSync } from './actions'
import { Problem } from './Problem'
import { countsLine, hasCounts, progressWords } from './phases'
import { useNow } from './use-now'
import './SyncHistory.css'

/** Runs shown; older ones stay in the database. */
const RUNS = 50

/** When a connection was synced, what began it, how it went, what it brought and what failed; newest first. */
export function SyncHistory({ connection }: { connection: Pick<Connection, 'id' | 'kind' | 'name'> }) {
  const { id: connectionId } = connection
  const running = useQuery(syncStatusQuery).data?.find((one) => one.connectionId === connectionId)
  const queryKey = ['sync', 'history', connectionId]
  const history = useQuery({ queryKey, queryFn: () => client.sync.history({ connectionId, limit: RUNS }) })
  const isRunning = running !== undefined
  const isListed = history.data?.some((run) => run.outcome === null) ?? true
  // Its end comes as an event, its begin does not: a schedule or another process may have started it.
  useEffect(() => {
    if (isRunning && !isListed)
      void queryClient.invalidateQueries({ queryKey: ['sync', 'history', connectionId] })
  }, [isRunning, isListed, connectionId])

  if (history.isError) return <ErrorState error={history.error} onRetry={() => void history.refetch()} />
  if (!history.data) return <Spinner />
  if (history.data.length === 0)
    return (
      <EmptyState
        icon={<History size={20} aria-hidden="true" />}
        title={t('sync.never.title')}
        actions={
          isSyncable(connection) && !isRunning ? (
            <Button onPress={() => void startSync(connectionId)}>{t('sync.short')}</Button>
          ) : null
        }
      >
        {t(`sync.never.${connection.kind}`)}
      </EmptyState>
    )
  return (
    <>
      <ol className="sync-history" aria-label={t('sync.history')}>
        {history.data.map((run) => (
          <Run key={run.id} run={run} running={run.outcome === null ? running : undefined} />
        ))}
      </ol>
      {history.data.length === RUNS ? <p className="soft">{t('sync.onlyLast', { n: RUNS })}</p> : null}
    </>
  )
}

function Run({ run, running }: { run: SyncRun; running: SyncProgress | undefined }) {
  const counts = running?.counts ?? run.counts
  return (
    <li className="sync-run">
      <Outcome run={run} isRunning={running !== undefined} />
      <span className="sync-run-when">
        <span className="tabular">{formatDate(run.startedAt)}</span>
        <span className="soft">{t(`sync.trigger.${run.trigger}`)}</span>
      </span>
      <span className="sync-run-what">
        {running ? <Live progress={running} /> : null}
        <span className="tabular">
          {run.outcome === 'done' || hasCounts(counts) ? countsLine(counts) : null}
          {run.outcome !== 'done' && run.outcome !== null && !hasCounts(counts)
            ? t('sync.broughtNone')
            : null}
          {run.finishedAt ? (
            <span className="soft">
              {' · '}
              {t('sync.took', { duration: tookWords(run.startedAt, run.finishedAt) })}
            </span>
          ) : null}
        </span>
        {run.problem ? <Problem words={run.problem} isBad={run.outcome === 'failed'} /> : null}
        {run.outcome === 'cancelled' && !run.problem ? (
          <span className="soft">{t('sync.toast.kept')}</span>
        ) : null}
        {run.outcome === null && !running ? <span className="soft">{t('sync.elsewhere')}</span> : null}
      </span>
    </li>
  )
}

/** How long a run took; less than a second is not "0:00". */
function tookWords(startedAt: string, finishedAt: string): string {
  const seconds = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000
  return seconds < 1 ? t('sync.underSecond') : formatDuration(seconds)
}

/** How far the run is that goes on now, with the countdown while the vendor wants peace. */
function Live({ progress }: { progress: SyncProgress }) {
  const now = useNow(progress.phase === 'waiting')
  return <span className="tabular">{progressWords(progress, now)}</span>
}

function Outcome({ run, isRunning }: { run: SyncRun; isRunning: boolean }) {
  if (run.outcome === null)
    return (
      <span className="sync-outcome">
        {isRunning ? <Spinner size={13} /> : <CirclePause size={14} aria-hidden="true" />} {t('sync.running')}
      </span>
    )
  const Icon = run.outcome === 'done' ? CircleCheck : run.outcome === 'failed' ? CircleAlert : CirclePause
  return (
    <span className={`sync-outcome sync-outcome-${run.outcome}`}>
      <Icon size={14} aria-hidden="true" /> {t(`sync.outcome.${run.outcome}`)}
    </span>
  )
}
