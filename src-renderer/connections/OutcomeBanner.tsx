import { type TestOutcome, toFailure } from '@contract'
import { t } from '../app/words'
import { Banner, describeFailure, formatNumber } from '../ui'

export type Outcome = { kind: 'test'; test: TestOutcome } | { kind: 'failed'; thrown: unknown } | null

/** What a test found, or why saving failed; says clearly when nothing was stored. */
export function OutcomeBanner({ outcome }: { outcome: Outcome }) {
  if (!outcome) return null
  if (outcome.kind === 'failed') {
    const { code } = toFailure(outcome.thrown)
    const { title, message } = describeFailure(outcome.thrown)
    const isKeychain = code === 'keychain_unavailable'
    return (
      <Banner tone="bad" isUrgent title={isKeychain ? `${title}. ${t('connections.form.notStored')}` : title}>
        {message}
      </Banner>
    )
  }
  const { test } = outcome
  return (
    <Banner
      tone={test.ok ? 'good' : 'bad'}
      isUrgent
      title={test.ok || !test.code ? t('connections.form.testOk') : t(`errors.${test.code}.title`)}
    >
      {test.message}{' '}
      {test.ok && test.total !== null
        ? t('connections.form.testTotal', { count: test.total, n: formatNumber(test.total) })
        : ''}
    </Banner>
  )
}
