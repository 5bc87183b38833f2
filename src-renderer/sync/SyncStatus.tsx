import { useQuery } from '@tanstack/react-query'
import { CircleAlert, X } from 'lucide-react'
import { useEffect } from 'react'
import { Button as PlainButton } from 'react-aria-components'
import { onEvent } from '../app/client'
import { showConnections } from '../app/dialogs'
import { connectionsQuery, syncStatusQuery } from '../app/queries'
import { t } from '../app/words'
import { formatAgo, IconButton, ProgressBar } from '../ui'
import { announceSync, cancelSync } from './actions'
import { progressLine } from './phases'
import { useNow } from './use-now'
import './SyncStatus.css'

/** In the footer: the sync that is going on with its progress and an end to it, else how the last one went. */
export function SyncStatus() {
  const running = useQuery(syncStatusQuery).data ?? []
  const first = running[0]
  const now = useNow(running.some((one) => one.phase === 'waiting'))
  useEffect(() => onEvent((event) => event.type === 'sync.done' && announceSync(event)), [])
  return (
    <div className="sync-status">
      {/* Read out on demand only: it changes many times a second. Toasts say how a sync ended. */}
      <span role="status" aria-live="off" aria-label={t('sync.region')} className="sync-status-words">
        {first ? (
          <PlainButton
            className="sync-status-line tabular"
            onPress={() => showConnections(first.connectionId)}
          >
            <span className="truncate" title={progressLine(first, now)}>
              {progressLine(first, now, { isShort: true })}
              {running.length > 1 ? ` ${t('sync.more', { count: running.length - 1 })}` : ''}
            </span>
          </PlainButton>
        ) : (
          <LastSync />
        )}
      </span>
      {first ? (
        <>
          <ProgressBar
            label={t('sync.progress', { name: first.connectionName })}
            done={first.done}
            total={first.phase === 'waiting' && first.total === null ? 0 : first.total}
            className="sync-status-bar"
          />
          <IconButton
            label={
              running.length > 1 ? t('sync.cancelOne', { name: first.connectionName }) : t('sync.cancel')
            }
            size="s"
            className="sync-status-cancel"
            icon={<X size={13} />}
            onPress={() => cancelSync(first.connectionId)}
          />
        </>
      ) : null}
    </div>
  )
}

function LastSync() {
  const connections = useQuery(connectionsQuery).data ?? []
  const now = useNow(true, 30_000)
  const runs = connections.flatMap((one) => (one.lastRun?.finishedAt ? [one.lastRun] : []))
  runs.sort((a, b) => (b.finishedAt ?? '').localeCompare(a.finishedAt ?? ''))
  // A connection whose last sync failed is not hidden by another one that went well.
  const last = runs.find((run) => run.outcome === 'failed') ?? runs[0]
  if (!last?.finishedAt) return t('sync.idle')
  const ago = formatAgo(last.finishedAt, new Date(now))
  if (last.outcome !== 'failed') return t('sync.lastSync', { ago })
  return (
    <PlainButton
      className="sync-status-line sync-status-failed"
      onPress={() => showConnections(last.connectionId)}
    >
      <CircleAlert size={13} aria-hidden="true" /> {t('sync.lastFailed', { ago })}
    </PlainButton>
  )
}
