import type { Connection } from '@contract'
import { FolderOpen, TriangleAlert } from 'lucide-react'
import { Fragment, type ReactNode } from 'react'
import { client } from '../app/client'
import { showQuarantine } from '../app/dialogs'
import { t } from '../app/words'
import { countsLine, hasCounts } from '../sync/phases'
import { Button, formatDate, formatNumber, toastFailure } from '../ui'
import { namedCampaigns } from './campaign-choice'
import { Schedule } from './Schedule'

/** How the last sync went: what it brought, or that it is not over. Why it failed is said above. */
function lastRunWords({ outcome, counts }: NonNullable<Connection['lastRun']>): string {
  if (outcome === 'done') return countsLine(counts)
  const words = outcome === null ? t('sync.running') : t(`sync.outcome.${outcome}`)
  return hasCounts(counts) ? `${words}, ${countsLine(counts)}` : words
}

/** Where a connection leads, when it syncs, and what was set aside. */
export function ConnectionFacts({ connection }: { connection: Connection }) {
  const { kind, lastRun, quarantineCount } = connection
  const facts: [string, ReactNode][] = []
  if (kind === 'api') {
    facts.push(['connections.address', connection.baseUrl])
    facts.push(['connections.campaigns', <CampaignNames key="campaigns" connection={connection} />])
    facts.push(['connections.schedule.label', <Schedule key="schedule" connection={connection} />])
  } else if (kind === 'folder')
    facts.push(['connections.folder.label', <FolderPath key="folder" connection={connection} />])
  else facts.push(['connections.address', t('connections.importedWords')])
  facts.push(['connections.created', formatDate(connection.createdAt)])
  if (kind !== 'imported')
    facts.push([
      kind === 'folder' ? 'connections.lastRead' : 'connections.lastSync',
      lastRun
        ? `${formatDate(lastRun.startedAt)} · ${lastRunWords(lastRun)}`
        : t(kind === 'folder' ? 'connections.neverRead' : 'connections.never'),
    ])
  if (quarantineCount > 0)
    facts.push([
      'connections.setAsideLabel',
      <span key="aside" className="connection-aside">
        <TriangleAlert size={14} aria-hidden="true" className="connections-warning" />
        {t('connections.setAside', { count: quarantineCount, n: formatNumber(quarantineCount) })}
        <Button size="s" onPress={() => showQuarantine(connection.id)}>
          {t('connections.showSetAside')}
        </Button>
      </span>,
    ])
  return (
    <dl className="connection-facts tabular">
      {facts.map(([label, value]) => (
        <Fragment key={label}>
          <dt>{t(label)}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  )
}

/** More are counted, not listed. */
const MOST_NAMES = 12

/** The campaigns by their names, where these are known; the id beside. */
function CampaignNames({ connection }: { connection: Connection }) {
  const all = namedCampaigns(connection)
  if (all.length === 0) return t('connections.noCampaigns')
  return (
    <ul className="connection-campaigns">
      {all.slice(0, MOST_NAMES).map(({ campaignId, name }) => (
        <li key={campaignId}>
          {name === null ? (
            campaignId
          ) : (
            <>
              <span dir="auto">{name}</span> <span className="campaign-id">{campaignId}</span>
            </>
          )}
        </li>
      ))}
      {all.length > MOST_NAMES ? (
        <li className="soft">
          {t('connections.moreCampaigns', { n: formatNumber(all.length - MOST_NAMES) })}
        </li>
      ) : null}
    </ul>
  )
}

function FolderPath({ connection }: { connection: Connection }) {
  return (
    <div className="connection-folder">
      <span dir="auto">{connection.folder}</span>
      <Button
        size="s"
        icon={<FolderOpen size={13} aria-hidden="true" />}
        onPress={() => void client.connections.revealFolder({ id: connection.id }).catch(toastFailure)}
      >
        {t('connections.folder.reveal')}
      </Button>
      <span className="ui-hint">{t('connections.folder.watched')}</span>
    </div>
  )
}
