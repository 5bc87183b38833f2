import type { ConnectionId } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { client } from '../app/client'
import { t } from '../app/words'
import { ErrorState, formatDate } from '../ui'
import { prettyJson } from './pretty-json'

/** The records of a connection that could not be read, each with the reason and as it came. */
export function Quarantine({ connectionId }: { connectionId: ConnectionId }) {
  const records = useQuery({
    queryKey: ['connections', 'quarantine', connectionId],
    queryFn: () => client.connections.quarantine({ connectionId }),
  })
  if (records.isError) return <ErrorState error={records.error} onRetry={() => void records.refetch()} />
  if (!records.data) return null
  if (records.data.length === 0) return <p className="soft">{t('connections.quarantine.nothing')}</p>
  return (
    <>
      <p className="soft">{t('connections.quarantine.words')}</p>
      <ul>
        {records.data.map((record) => (
          <li key={record.id} className="set-aside">
            <div className="set-aside-head">
              <strong>{record.externalId ?? t('connections.quarantine.noId')}</strong>
              <span className="set-aside-seen tabular">
                {t('connections.quarantine.seen', { date: formatDate(record.firstSeenAt) })}
              </span>
            </div>
            <p>{record.reason}</p>
            <details>
              <summary>{t('connections.quarantine.raw')}</summary>
              <pre dir="ltr">{prettyJson(record.raw)}</pre>
            </details>
          </li>
        ))}
      </ul>
    </>
  )
}
