import type { ConnectionId, QuarantinedRecord } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { CircleCheck, RotateCw } from 'lucide-react'
import { useState } from 'react'
import { ListBox, ListBoxItem } from 'react-aria-components'
import { client } from '../app/client'
import { closeDialog, showConnections } from '../app/dialogs'
import { connectionsQuery } from '../app/queries'
import { t } from '../app/words'
import { Button, Dialog, EmptyState, ErrorState, formatDate, formatNumber, Select, Spinner } from '../ui'
import { QuarantinedDetail } from './QuarantinedDetail'
import { retryQuarantine } from './retry-quarantine'
import './Quarantine.css'

const ALL = 'all'

/** The records that could not be read: which, why, as they came; and to try again. */
export function QuarantineDialog({ connectionId }: { connectionId: ConnectionId | null }) {
  const [filter, setFilter] = useState<ConnectionId | null>(connectionId)
  const [chosenId, setChosenId] = useState<number | null>(null)
  const [isTrying, setTrying] = useState(false)
  const connections = useQuery(connectionsQuery).data ?? []
  const records = useQuery({
    queryKey: ['connections', 'quarantine', filter],
    queryFn: () => client.connections.quarantine({ connectionId: filter }),
    placeholderData: (before) => before,
  })
  const withSome = connections.filter((one) => one.quarantineCount > 0 || one.id === filter)
  const counted = withSome
    .filter((one) => filter === null || one.id === filter)
    .reduce((sum, one) => sum + one.quarantineCount, 0)
  const rows = records.data ?? []
  const total = Math.max(counted, rows.length)
  // A record that left (it can be read now) makes room for the first that is still here.
  const chosen = rows.find((row) => row.id === chosenId) ?? rows[0]
  const tryAll = async () => {
    setTrying(true)
    await retryQuarantine({ connectionId: filter, id: null })
    setTrying(false)
  }

  return (
    <Dialog
      title={t('connections.quarantine.title')}
      isOpen
      onClose={closeDialog}
      size={rows.length > 0 ? 'xl' : 'm'}
      className="quarantine"
      footer={
        rows.length > 0 ? (
          <>
            <span className="ui-dialog-foot-start soft">{t('connections.quarantine.words')}</span>
            <Button
              icon={<RotateCw size={14} aria-hidden="true" />}
              onPress={() => void tryAll()}
              isPending={isTrying}
            >
              {t('connections.quarantine.tryAll', { count: total, n: formatNumber(total) })}
            </Button>
          </>
        ) : undefined
      }
    >
      {records.isError ? (
        <ErrorState error={records.error} onRetry={() => void records.refetch()} />
      ) : !records.data ? (
        <Spinner />
      ) : rows.length === 0 ? (
        <EmptyState
          icon={<CircleCheck size={20} aria-hidden="true" />}
          title={t('connections.quarantine.none')}
          actions={<Button onPress={() => showConnections(filter)}>{t('connections.title')}</Button>}
        >
          {t('connections.quarantine.nothing')}
        </EmptyState>
      ) : (
        <div className="quarantine-columns">
          <div className="quarantine-list">
            <Select
              label={t('connections.quarantine.which')}
              isLabelHidden
              options={[
                { id: ALL, label: t('connections.quarantine.allConnections') },
                ...withSome.map((one) => ({
                  id: one.id,
                  label: one.name,
                  detail: formatNumber(one.quarantineCount),
                })),
              ]}
              value={filter ?? ALL}
              onChange={(id) => setFilter(id === ALL ? null : id)}
            />
            <ListBox
              aria-label={t('connections.quarantine.title')}
              className="quarantine-rows"
              items={rows}
              selectionMode="single"
              selectionBehavior="replace"
              disallowEmptySelection
              selectedKeys={chosen ? [chosen.id] : []}
              onSelectionChange={(keys) => {
                const row = rows.find((one) => keys !== 'all' && keys.has(one.id))
                if (row) setChosenId(row.id)
              }}
            >
              {(row) => <Row row={row} />}
            </ListBox>
            {total > rows.length ? (
              <p className="quarantine-more soft">
                {t('connections.quarantine.more', {
                  count: total - rows.length,
                  n: formatNumber(total - rows.length),
                  shown: formatNumber(rows.length),
                })}
              </p>
            ) : null}
          </div>
          {chosen ? <QuarantinedDetail key={chosen.id} record={chosen} /> : null}
        </div>
      )}
    </Dialog>
  )
}

function Row({ row }: { row: QuarantinedRecord }) {
  const name = row.externalId ?? t('connections.quarantine.noId')
  return (
    <ListBoxItem id={row.id} textValue={name} className="quarantine-row">
      <span className="quarantine-row-id truncate" dir="auto">
        {name}
      </span>
      <span className="quarantine-row-facts truncate tabular" dir="auto">
        {row.connectionName} · {formatDate(row.firstSeenAt)}
      </span>
      <span className="quarantine-row-reason truncate">{row.reason}</span>
    </ListBoxItem>
  )
}
