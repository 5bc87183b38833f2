import type { Connection } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { RefreshCw } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import { client } from '../app/client'
import { queryClient, syncStatusQuery } from '../app/queries'
import { t } from '../app/words'
import { vendorName } from '../calls/row-facts'
import { connectionTopic, isSyncable, startSync } from '../sync/actions'
import { hasCounts } from '../sync/phases'
import { RunningSync } from '../sync/RunningSync'
import { SyncHistory } from '../sync/SyncHistory'
import { Banner, Button, confirm, formatNumber, toast, toastFailure } from '../ui'
import { Campaigns } from './Campaigns'
import { ConnectionFacts } from './ConnectionFacts'
import { FolderFiles } from './FolderFiles'
import { Webhook } from './Webhook'

async function removeConnection({ id, name, kind }: Connection): Promise<void> {
  const isSure = await confirm({
    title: t('connections.removeTitle', { name }),
    body: t(kind === 'api' ? 'connections.removeWords' : 'connections.removeWordsFiles'),
    confirmLabel: t('connections.remove'),
    tone: 'danger',
  })
  if (!isSure) return
  try {
    await client.connections.remove({ id })
    await queryClient.invalidateQueries({ queryKey: ['connections'] })
    toast({ title: t('connections.removed', { name }), topic: connectionTopic(id) })
  } catch (thrown) {
    toastFailure(thrown)
  }
}

interface Section {
  id: string
  panel: ReactNode
}

/** What a connection has beside its facts; the first is shown first. */
function sectionsOf(connection: Connection): Section[] {
  const { id, kind, vendor, campaigns } = connection
  return [
    ...(isSyncable(connection) ? [{ id: 'history', panel: <SyncHistory connection={connection} /> }] : []),
    ...(kind === 'folder' ? [{ id: 'files', panel: <FolderFiles connectionId={id} /> }] : []),
    { id: 'campaigns', panel: <Campaigns campaigns={campaigns} /> },
    ...(kind === 'api' && vendor === 'prosper'
      ? [{ id: 'webhook', panel: <Webhook connectionId={id} /> }]
      : []),
  ]
}

/** One connection: where it leads, how it does, and what can be done with it. */
export function ConnectionDetail({
  connection,
  isFresh,
  onEdit,
}: {
  connection: Connection
  /** Just saved: the focus is on what comes next. */
  isFresh: boolean
  onEdit: () => void
}) {
  const running = useQuery(syncStatusQuery).data?.find((one) => one.connectionId === connection.id)
  const isFolder = connection.kind === 'folder'
  const sections = sectionsOf(connection)
  const [section, setSection] = useState(sections[0]?.id ?? 'campaigns')
  const { lastRun } = connection
  // A folder that is gone brings nothing at all; files that can't be read leave the others.
  const isPartly = lastRun !== null && hasCounts(lastRun.counts)

  return (
    <article>
      <header className="connection-head">
        <div className="connection-head-words">
          <h3 dir="auto">{connection.name}</h3>
          <span className="soft tabular">
            {vendorName(connection.vendor)}
            {' · '}
            {t('connections.calls', { count: connection.callCount, n: formatNumber(connection.callCount) })}
          </span>
        </div>
        {isSyncable(connection) ? (
          <>
            {running ? null : (
              <Button
                variant="primary"
                autoFocus={isFresh}
                icon={<RefreshCw size={14} aria-hidden="true" />}
                aria-label={
                  isFolder ? t('connections.folder.read') : t('sync.one', { name: connection.name })
                }
                onPress={() => void startSync(connection.id)}
              >
                {isFolder ? t('connections.folder.read') : t('sync.short')}
              </Button>
            )}
            <Button onPress={onEdit}>{t('connections.editButton')}</Button>
          </>
        ) : null}
        <Button onPress={() => void removeConnection(connection)} isDisabled={running !== undefined}>
          {t('connections.remove')}
        </Button>
      </header>

      {running ? <RunningSync running={running} /> : null}
      {!running && lastRun?.outcome === 'failed' && lastRun.problem ? (
        <div className="connection-failed">
          <Banner
            tone="bad"
            title={t(isFolder ? `connections.folder.${isPartly ? 'partly' : 'failed'}` : 'sync.failedTitle')}
            action={
              isFolder ? (
                <Button size="s" onPress={isPartly ? () => setSection('files') : onEdit}>
                  {t(isPartly ? 'connections.tab.files' : 'connections.folder.chooseOther')}
                </Button>
              ) : null
            }
          >
            {lastRun.problem}
          </Banner>
        </div>
      ) : null}

      <ConnectionFacts connection={connection} />

      <Tabs
        className="connection-tabs"
        selectedKey={section}
        onSelectionChange={(key) => setSection(String(key))}
      >
        <TabList aria-label={connection.name}>
          {sections.map((one) => (
            <Tab key={one.id} id={one.id} className="connection-tab">
              {t(isFolder && one.id === 'history' ? 'connections.tab.reads' : `connections.tab.${one.id}`)}
            </Tab>
          ))}
        </TabList>
        {sections.map((one) => (
          <TabPanel key={one.id} id={one.id}>
            {one.panel}
          </TabPanel>
        ))}
      </Tabs>
    </article>
  )
}
