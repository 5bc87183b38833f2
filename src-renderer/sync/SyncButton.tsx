import { useQuery } from '@tanstack/react-query'
import { ChevronDown, RefreshCw } from 'lucide-react'
import { keyOf } from '../app/all-keys'
import { connectionsQuery, syncStatusQuery } from '../app/queries'
import { t } from '../app/words'
import { Button, IconButton, Menu } from '../ui'
import { isSyncable, startSync, syncAll } from './actions'
import './SyncButton.css'

/** "Sync now" for all connections, and beside it (where there are several) a menu to choose one. */
export function SyncButton({ isDisabled }: { isDisabled: boolean }) {
  const connections = useQuery(connectionsQuery).data ?? []
  const running = useQuery(syncStatusQuery).data ?? []
  const syncable = connections.filter(isSyncable)
  const isRunning = (id: string) => running.some((one) => one.connectionId === id)
  const isAllRunning = syncable.length > 0 && syncable.every((connection) => isRunning(connection.id))
  return (
    <div className="sync-button">
      <Button
        icon={<RefreshCw size={14} aria-hidden="true" className={running.length > 0 ? 'sync-turning' : ''} />}
        onPress={() => void syncAll(connections)}
        isDisabled={isDisabled || isAllRunning}
        className={syncable.length > 1 && !isDisabled ? 'sync-button-main' : ''}
      >
        {t('sync.now')}
      </Button>
      {syncable.length > 1 && !isDisabled ? (
        <Menu
          label={t('sync.choose')}
          trigger={
            <IconButton
              label={t('sync.choose')}
              variant="outline"
              className="sync-button-more"
              icon={<ChevronDown size={14} aria-hidden="true" />}
            />
          }
          actions={[
            {
              id: 'all',
              label: t('sync.all'),
              keyHint: keyOf('workspace.sync'),
              isDisabled: isAllRunning,
              perform: () => void syncAll(connections),
            },
            ...syncable.map((connection) => ({
              id: connection.id,
              label: t('sync.one', { name: connection.name }),
              isDisabled: isRunning(connection.id),
              perform: () => void startSync(connection.id),
            })),
          ]}
        />
      ) : null}
    </div>
  )
}
