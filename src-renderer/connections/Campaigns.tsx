import type { Connection } from '@contract'
import { t } from '../app/words'
import { formatDate } from '../ui'
import { campaignTitle } from './campaign-choice'
import { factsOf } from './facts'

/** What the vendor says of each campaign beside its calls, all of it, under the vendor's own names. */
export function Campaigns({ campaigns }: { campaigns: Connection['campaigns'] }) {
  if (campaigns.length === 0) return <p className="soft">{t('connections.campaign.nothing')}</p>
  return campaigns.map((campaign) => (
    <section key={campaign.campaignId} className="campaign">
      <h4>
        <span dir="auto">{campaignTitle(campaign)}</span>
        {campaign.name ? <span className="campaign-id">{campaign.campaignId}</span> : null}
        <span className="campaign-seen tabular">
          {t('connections.campaign.seen', { date: formatDate(campaign.seenAt) })}
        </span>
      </h4>
      <dl className="connection-facts">
        {factsOf(campaign.info).map((fact) => (
          <div key={fact.path} className="campaign-fact">
            <dt>{fact.path}</dt>
            <dd className="tabular">{fact.value}</dd>
          </div>
        ))}
      </dl>
    </section>
  ))
}
