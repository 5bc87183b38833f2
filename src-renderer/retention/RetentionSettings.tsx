import type { PurgeRecord, RetentionStatus } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { client } from '../app/client'
import { openDialog } from '../app/dialogs'
import { queryClient } from '../app/queries'
import { t } from '../app/words'
import { Banner, Button, formatDate, formatNumber, Select, Switch, toastFailure } from '../ui'
import { leftQuery, purgesQuery, retentionQuery } from './queries'
import './retention.css'

const DAYS = [7, 14, 30, 60, 90, 180, 365, 730]
const USUAL_DAYS = 90

/** How long calls are kept: purged by hand, or by a rule each day; and what was purged. */
export function RetentionSettings() {
  const status = useQuery(retentionQuery).data
  const left = useQuery(leftQuery).data
  const history = useQuery(purgesQuery).data ?? []
  const rule = status?.rule ?? null
  const setRule = async (days: number | null) => {
    try {
      queryClient.setQueryData(retentionQuery.queryKey, await client.retention.setRule({ days }))
    } catch (thrown) {
      toastFailure(thrown)
    }
  }
  return (
    <section className="settings-section" aria-labelledby="retention-title">
      <h3 id="retention-title" className="ui-section-title">
        {t('retention.title')}
      </h3>
      <div className="settings-line">
        <span className="ui-hint">{t('retention.byHandHint')}</span>
        <Button
          size="s"
          icon={<Trash2 size={13} aria-hidden="true" />}
          onPress={() => openDialog({ kind: 'purge', days: rule?.days ?? USUAL_DAYS, asRule: false })}
        >
          {t('retention.byHand')}
        </Button>
      </div>
      <Switch
        isSelected={rule !== null}
        onChange={(isOn) => void setRule(isOn ? USUAL_DAYS : null)}
        description={t('retention.ruleHint')}
      >
        {t('retention.rule')}
      </Switch>
      {rule === null ? null : (
        <Select
          label={t('retention.age')}
          options={[...new Set([...DAYS, rule.days])]
            .sort((a, b) => a - b)
            .map((days) => ({ id: String(days), label: t('retention.days', { count: days }) }))}
          value={String(rule.days)}
          onChange={(id) => void setRule(Number(id))}
        />
      )}
      {status ? <RuleState status={status} /> : null}
      {left && left.total > 0 ? (
        <div className="settings-line">
          <span>{t('retention.left', { count: left.total, n: formatNumber(left.total) })}</span>
          <Button size="s" onPress={() => openDialog({ kind: 'leftCalls' })}>
            {t('retention.showLeft')}
          </Button>
        </div>
      ) : null}
      {history.length === 0 ? null : (
        <details className="retention-history">
          <summary>{t('retention.history', { count: history.length })}</summary>
          <ul>
            {history.map((record) => (
              <li key={record.id}>{purgeWords(record)}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}

function RuleState({ status: { rule, asks, problem } }: { status: RetentionStatus }) {
  if (problem !== null) return <Banner tone="bad">{problem}</Banner>
  if (rule === null) return null
  if (asks)
    return (
      <Banner tone="warning" title={t('retention.asks')}>
        <Button size="s" onPress={() => openDialog({ kind: 'purge', days: rule.days, asRule: true })}>
          {t('retention.look')}
        </Button>
      </Banner>
    )
  return (
    <span className="ui-hint">{t(rule.isConfirmed ? 'retention.ruleRuns' : 'retention.ruleNothing')}</span>
  )
}

/** A purge in one line: when, who, how many; no word of what. */
function purgeWords(record: PurgeRecord): string {
  const who = record.by === 'rule' ? t('retention.byRule') : record.userName
  const line = t('retention.purge', {
    count: record.calls,
    n: formatNumber(record.calls),
    when: formatDate(record.begunAt),
    who,
    before: formatDate(record.before),
  })
  const rest = [
    ...(record.annotationsRemoved > 0
      ? [t('retention.annotationsRemoved', { count: record.annotationsRemoved })]
      : []),
    ...(record.notOverwritten > 0 ? [t('retention.notOverwritten', { count: record.notOverwritten })] : []),
    ...(record.outcome === 'cancelled' ? [t('retention.wasCancelled')] : []),
    ...(record.outcome === null ? [t('retention.goesOn')] : []),
  ]
  return [line, ...rest].join(' · ')
}
