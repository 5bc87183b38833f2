import type { Connection } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { RefreshCw, Square } from 'lucide-react'
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import { client } from '../app/client'
import { queryClient, syncStatusQuery } from '../app/queries'
import { t } from '../app/words'
import { vendorName } from '../calls/row-facts'
import { cancelSync, connectionTopic, startSync } from '../sync/actions'
import { countsLine, hasCounts, progressLine } from '../sync/phases'
import { SyncHistory } from '../sync/SyncHistory'
import { useNow } from '../sync/use-now'
import { Button, confirm, formatDate, formatNumber, ProgressBar, toast, toastFailure } from '../ui'
import { Campaigns } from './Campaigns'
import { Quarantine } from './Quarantine'

/** How the last sync went: what it brought, why it failed, or that it is not over. */
function lastRunWords({ outcome, problem, counts }: NonNullable<Connection['lastRun']>): string {
  if (problem !== null) return problem
  if (outcome === 'done') return countsLine(counts)
  const words = outcome === null ? t('sync.running') : t(`sync.outcome.${outcome}`)
  return hasCounts(counts) ? `${words}, ${countsLine(counts)}` : words
}

/** One connection: where it leads, how it does, what was set aside, and what can be done with it. */
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
  const now = useNow(running?.phase === 'waiting')
  const isApi = connection.kind === 'api'
  const remove = async () => {
    const isSure = await confirm({
      title: t('connections.removeTitle', { name: connection.name }),
      body: t('connections.removeWords'),
      confirmLabel: t('connections.remove'),
      tone: 'danger',
    })
    if (!isSure) return
    try {
      await client.connections.remove({ id: connection.id })
      await queryClient.invalidateQueries({ queryKey: ['connections'] })
      toast({
        title: t('connections.removed', { name: connection.name }),
        topic: connectionTopic(connection.id),
      })
    } catch (thrown) {
      toastFailure(thrown)
    }
  }

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
        {isApi ? (
          <>
            {running ? null : (
              <Button
                variant="primary"
                autoFocus={isFresh}
                icon={<RefreshCw size={14} aria-hidden="true" />}
                onPress={() => void startSync(connection.id)}
              >
                {t('sync.one', { name: connection.name })}
              </Button>
            )}
            <Button onPress={onEdit}>{t('connections.editButton')}</Button>
          </>
        ) : null}
        <Button onPress={() => void remove()} isDisabled={running !== undefined}>
          {t('connections.remove')}
        </Button>
      </header>

      {running ? (
        <div className="connection-running">
          <div className="connection-running-words">
            <span className="tabular">{progressLine(running, now)}</span>
            <ProgressBar
              label={t('sync.progress', { name: connection.name })}
              done={running.done}
              total={running.total}
            />
            {hasCounts(running.counts) ? (
              <span className="soft tabular">{countsLine(running.counts)}</span>
            ) : null}
          </div>
          <Button icon={<Square size={12} aria-hidden="true" />} onPress={() => cancelSync(connection.id)}>
            {t('connections.cancelSync')}
          </Button>
        </div>
      ) : null}

      <dl className="connection-facts">
        {isApi ? (
          <>
            <dt>{t('connections.address')}</dt>
            <dd>{connection.baseUrl}</dd>
            <dt>{t('connections.campaigns')}</dt>
            <dd>{connection.campaignIds.join(', ') || t('connections.noCampaigns')}</dd>
          </>
        ) : (
          <>
            <dt>{t('connections.address')}</dt>
            <dd>{t('connections.importedWords')}</dd>
          </>
        )}
        <dt>{t('connections.created')}</dt>
        <dd className="tabular">{formatDate(connection.createdAt)}</dd>
        {isApi ? (
          <>
            <dt>{t('connections.lastSync')}</dt>
            <dd className="tabular">
              {connection.lastRun
                ? `${formatDate(connection.lastRun.startedAt)} · ${lastRunWords(connection.lastRun)}`
                : t('connections.never')}
            </dd>
          </>
        ) : null}
      </dl>

      <Tabs
        className="connection-tabs"
        defaultSelectedKey={connection.quarantineCount > 0 ? 'setAside' : isApi ? 'history' : 'campaigns'}
      >
        <TabList aria-label={connection.name}>
          {isApi ? (
            <Tab id="history" className="connection-tab">
              {t('connections.tab.history')}
            </Tab>
          ) : null}
          <Tab id="campaigns" className="connection-tab">
            {t('connections.tab.campaigns')}
          </Tab>
          <Tab id="setAside" className="connection-tab">
            {t('connections.tab.setAside')} {formatNumber(connection.quarantineCount)}
          </Tab>
        </TabList>
        {isApi ? (
          <TabPanel id="history">
            <SyncHistory connectionId={connection.id} />
          </TabPanel>
        ) : null}
        <TabPanel id="campaigns">
          <Campaigns campaigns={connection.campaigns} />
        </TabPanel>
        <TabPanel id="setAside">
          <Quarantine connectionId={connection.id} />
        </TabPanel>
      </Tabs>
    </article>
  )
}
