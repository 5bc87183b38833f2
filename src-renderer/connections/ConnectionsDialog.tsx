import type { Connection, ConnectionId } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { FileInput, Folder, Plus, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { ToggleButton } from 'react-aria-components'
import { closeDialog } from '../app/dialogs'
import { connectionsQuery, syncStatusQuery } from '../app/queries'
import { t } from '../app/words'
import { vendorName } from '../calls/row-facts'
import { Button, Dialog, EmptyState, ErrorState, formatNumber, Spinner } from '../ui'
import { ConnectionDetail } from './ConnectionDetail'
import { ConnectionFormView } from './ConnectionForm'
import { FolderFormView } from './FolderForm'
import { NewConnection } from './NewConnection'
import './ConnectionsDialog.css'

type View =
  | { kind: 'detail'; id: ConnectionId | null; isFresh?: boolean }
  | { kind: 'form'; id: ConnectionId | null }

/** All connections: a list, and beside it the chosen one or the form. */
export function ConnectionsDialog({
  connectionId,
  isNew,
}: {
  connectionId: ConnectionId | null
  isNew: boolean
}) {
  const connections = useQuery(connectionsQuery)
  const running = useQuery(syncStatusQuery).data ?? []
  const [view, setView] = useState<View>({ kind: isNew ? 'form' : 'detail', id: connectionId })
  const all = connections.data ?? []
  const shown = all.find((one) => one.id === view.id) ?? (view.kind === 'detail' ? all[0] : undefined)
  const title =
    view.kind === 'detail'
      ? t('connections.title')
      : shown
        ? t('connections.edit', { name: shown.name })
        : t('connections.connect')

  return (
    <Dialog
      title={title}
      isOpen
      onClose={closeDialog}
      size={all.length > 0 ? 'xl' : 'm'}
      className="connections"
    >
      {connections.isError ? (
        <ErrorState error={connections.error} onRetry={() => void connections.refetch()} />
      ) : (
        <div className={all.length > 0 ? 'connections-columns' : ''}>
          {all.length > 0 ? (
            <nav className="connections-list" aria-label={t('connections.list')}>
              {all.map((one) => (
                <ToggleButton
                  key={one.id}
                  className="connections-item"
                  isSelected={shown?.id === one.id}
                  onChange={() => setView({ kind: 'detail', id: one.id })}
                >
                  <span className="connections-item-name truncate" dir="auto">
                    {one.name}
                  </span>
                  <span className="connections-item-facts tabular">
                    {one.kind === 'imported' ? <FileInput size={12} aria-hidden="true" /> : null}
                    {one.kind === 'folder' ? <Folder size={12} aria-hidden="true" /> : null}
                    {vendorName(one.vendor)} ·{' '}
                    {t('connections.calls', { count: one.callCount, n: formatNumber(one.callCount) })}
                  </span>
                  {running.some((sync) => sync.connectionId === one.id) ? (
                    <Spinner size={13} />
                  ) : one.quarantineCount > 0 || one.lastRun?.outcome === 'failed' ? (
                    <TriangleAlert size={13} className="connections-warning" aria-hidden="true" />
                  ) : null}
                </ToggleButton>
              ))}
              <Button
                variant="ghost"
                icon={<Plus size={14} aria-hidden="true" />}
                className="connections-add"
                onPress={() => setView({ kind: 'form', id: null })}
              >
                {t('connections.connect')}
              </Button>
            </nav>
          ) : null}
          <div className="connections-detail">
            {view.kind === 'form' ? (
              <Form
                key={shown?.id ?? 'new'}
                connection={shown ?? null}
                onDone={(id) => setView({ kind: 'detail', id, isFresh: true })}
              />
            ) : shown ? (
              <ConnectionDetail
                key={shown.id}
                connection={shown}
                isFresh={view.isFresh ?? false}
                onEdit={() => setView({ kind: 'form', id: shown.id })}
              />
            ) : connections.isSuccess ? (
              <EmptyState
                title={t('connections.none.title')}
                actions={
                  <Button variant="primary" onPress={() => setView({ kind: 'form', id: null })}>
                    {t('connections.connect')}
                  </Button>
                }
              >
                {t('connections.none.words')}
              </EmptyState>
            ) : null}
          </div>
        </div>
      )}
    </Dialog>
  )
}

function Form({
  connection,
  onDone,
}: {
  connection: Connection | null
  onDone: (id: ConnectionId | null) => void
}) {
  if (connection === null) return <NewConnection onDone={onDone} />
  return connection.kind === 'folder' ? (
    <FolderFormView connection={connection} onDone={onDone} />
  ) : (
    <ConnectionFormView connection={connection} vendor={connection.vendor} onDone={onDone} />
  )
}
