import type { ConnectionDraft, ConnectionId, FoundCampaigns, Secrets } from '@contract'
import { Search } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { client } from '../app/client'
import { t } from '../app/words'
import { Banner, Button, Checkbox, describeFailure, formatNumber, Spinner, TextField } from '../ui'
import { campaignTitle, FILTER_FROM, filterCampaigns } from './campaign-choice'
import { campaignIdsOf, withCampaigns, withoutCampaigns } from './form-state'
import './CampaignFinder.css'

type State = { kind: 'idle' } | { kind: 'asking' } | { kind: 'found'; found: FoundCampaigns }

/**
 * "Find my campaigns": asks the vendor and offers its campaigns to be ticked; what is ticked stands among the ids at
 * once, and ids typed by hand stay. `account`: what was typed so far, or null when something is missing (and said).
 */
export function CampaignFinder({
  connectionId,
  account,
  value,
  onChange,
  isDisabled,
}: {
  connectionId: ConnectionId | null
  account: () => { draft: ConnectionDraft; secrets: Secrets | null } | null
  value: string
  onChange: (campaigns: string) => void
  isDisabled: boolean
}) {
  const [state, setState] = useState<State>({ kind: 'idle' })
  // An answer that nobody waits for any more is not shown.
  const asked = useRef(0)
  useEffect(
    () => () => {
      asked.current += 1
    },
    [],
  )
  const result = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (state.kind === 'found') result.current?.scrollIntoView({ block: 'nearest' })
  }, [state])
  const find = async () => {
    const given = account()
    if (!given) return
    asked.current += 1
    const mine = asked.current
    setState({ kind: 'asking' })
    let found: FoundCampaigns
    try {
      found = await client.connections.findCampaigns({ id: connectionId, ...given })
    } catch (thrown) {
      found = { ok: false, campaigns: [], message: describeFailure(thrown).message }
    }
    if (mine === asked.current) setState({ kind: 'found', found })
  }
  const cancel = () => {
    asked.current += 1
    setState({ kind: 'idle' })
  }
  return (
    <div className="campaign-finder">
      {state.kind === 'asking' ? (
        <div className="campaign-asking" role="status">
          <Spinner size={14} />
          <span>{t('connections.finder.asking')}</span>
          <Button size="s" onPress={cancel} autoFocus>
            {t('ui.cancel')}
          </Button>
        </div>
      ) : (
        <Button
          size="s"
          className="campaign-find"
          icon={<Search size={13} aria-hidden="true" />}
          onPress={() => void find()}
          isDisabled={isDisabled}
        >
          {t(state.kind === 'found' ? 'connections.finder.again' : 'connections.finder.find')}
        </Button>
      )}
      {state.kind === 'found' ? (
        <div ref={result} className="campaign-result">
          <Found found={state.found} value={value} onChange={onChange} />
        </div>
      ) : null}
    </div>
  )
}

function Found({
  found: { ok, campaigns, message },
  value,
  onChange,
}: {
  found: FoundCampaigns
  value: string
  onChange: (campaigns: string) => void
}) {
  const [typed, setTyped] = useState('')
  if (campaigns.length === 0)
    return (
      <Banner
        tone={ok ? 'info' : 'bad'}
        isUrgent
        title={t(ok ? 'connections.finder.none' : 'connections.finder.failed')}
      >
        {message}
      </Banner>
    )
  const chosen = new Set(campaignIdsOf(value))
  const shown = filterCampaigns(campaigns, typed)
  const ids = shown.map((one) => one.campaignId)
  const count = campaigns.filter((one) => chosen.has(one.campaignId)).length
  return (
    <section className="campaign-list" aria-label={t('connections.finder.list')}>
      <div className="campaign-list-head">
        <span role="status" className="tabular">
          {t('connections.finder.chosen', {
            count: campaigns.length,
            n: formatNumber(count),
            all: formatNumber(campaigns.length),
          })}
        </span>
        <Button
          size="s"
          variant="ghost"
          onPress={() => onChange(withCampaigns(value, ids))}
          isDisabled={ids.every((id) => chosen.has(id))}
        >
          {t('connections.finder.all')}
        </Button>
        <Button
          size="s"
          variant="ghost"
          onPress={() => onChange(withoutCampaigns(value, ids))}
          isDisabled={!ids.some((id) => chosen.has(id))}
        >
          {t('connections.finder.nothing')}
        </Button>
      </div>
      {campaigns.length >= FILTER_FROM ? (
        <TextField
          label={t('connections.finder.filter')}
          isLabelHidden
          type="search"
          placeholder={t('connections.finder.filter')}
          value={typed}
          onChange={setTyped}
        />
      ) : null}
      <ul className="campaign-rows">
        {shown.map((one) => (
          <li key={one.campaignId}>
            <Checkbox
              isSelected={chosen.has(one.campaignId)}
              onChange={(isChosen) =>
                onChange((isChosen ? withCampaigns : withoutCampaigns)(value, [one.campaignId]))
              }
              description={factsOf(one)}
            >
              {campaignTitle(one)}
            </Checkbox>
          </li>
        ))}
        {shown.length === 0 ? <li className="soft">{t('connections.finder.noMatch')}</li> : null}
      </ul>
      {/* How many there are stands above; what else was said is about lists that failed. */}
      {message.includes('. ') ? <p className="soft campaign-said">{message}</p> : null}
    </section>
  )
}

function factsOf({
  campaignId,
  name,
  direction,
  calls,
  status,
}: FoundCampaigns['campaigns'][number]): string {
  return [
    direction === null ? null : t(`connections.direction.${direction}`),
    calls === null ? null : t('connections.calls', { count: calls, n: formatNumber(calls) }),
    status,
    name ? campaignId : null,
  ]
    .filter((part) => part !== null && part !== '')
    .join(' · ')
}
