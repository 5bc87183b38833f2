import type { QuarantinedRecord } from '@contract'
import { RotateCw } from 'lucide-react'
import { useMemo, useState } from 'react'
import { client } from '../app/client'
import { t } from '../app/words'
import { indentJson } from '../calls/json-indent'
import { Banner, Button, CopyButton, formatDate, formatNumber, LongText, toastFailure } from '../ui'
import { retryQuarantine } from './retry-quarantine'

/** The list's answer cuts a record off at this length. */
const CUT_AT = 20_000

/** One record: why it could not be read, and what came, from its beginning or whole. */
export function QuarantinedDetail({ record }: { record: QuarantinedRecord }) {
  const [whole, setWhole] = useState<string | null>(null)
  const [busy, setBusy] = useState<'no' | 'trying' | 'fetching'>('no')
  const isCut = record.raw.length >= CUT_AT
  const start = useMemo(() => indentJson(record.raw), [record.raw])
  /** All of it; says why when it can't be had, and raises. */
  const fetchWhole = async () => {
    if (whole !== null) return whole
    try {
      const { json } = await client.connections.quarantineRaw({ id: record.id })
      setWhole(json)
      return json
    } catch (thrown) {
      toastFailure(thrown)
      throw thrown
    }
  }
  const showAll = async () => {
    setBusy('fetching')
    // It has been said already.
    await fetchWhole().catch(() => {})
    setBusy('no')
  }
  const tryAgain = async () => {
    setBusy('trying')
    await retryQuarantine({ connectionId: null, id: record.id })
    setBusy('no')
  }
  const text = whole ?? start
  return (
    <article className="quarantine-detail">
      <header className="quarantine-head">
        <div className="connection-head-words">
          <h3 dir="auto">{record.externalId ?? t('connections.quarantine.noId')}</h3>
          <span className="soft tabular" dir="auto">
            {record.connectionName}
            {' · '}
            {t('connections.quarantine.seen', { date: formatDate(record.firstSeenAt) })}
          </span>
        </div>
        <CopyButton text={isCut ? fetchWhole : text} label={t('connections.quarantine.copy')} />
        <Button
          icon={<RotateCw size={14} aria-hidden="true" />}
          onPress={() => void tryAgain()}
          isPending={busy === 'trying'}
        >
          {t('ui.tryAgain')}
        </Button>
      </header>
      <Banner tone="warning">{record.reason}</Banner>
      <LongText text={text} label={t('connections.quarantine.raw')} />
      {isCut ? (
        <div className="quarantine-cut">
          <span className="soft tabular">
            {whole === null
              ? t('connections.quarantine.cut', { n: formatNumber(CUT_AT) })
              : t('connections.quarantine.whole', { n: formatNumber(whole.length) })}
          </span>
          {whole === null ? (
            <Button size="s" onPress={() => void showAll()} isPending={busy === 'fetching'}>
              {t('connections.quarantine.showAll')}
            </Button>
          ) : null}
        </div>
      ) : null}
    </article>
  )
}
