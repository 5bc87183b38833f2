import type { CallId } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { AnnotationCard } from '../annotations/AnnotationCard'
import { client } from '../app/client'
import { t } from '../app/words'
import { ErrorState, formatDate } from '../ui'
import './retention.css'

/** A call that is not here (any more): when it was purged, and what was written on it. */
export function GoneCall({
  callId,
  error,
  onRetry,
}: {
  callId: CallId
  error: unknown
  onRetry: () => void
}) {
  const purgedAt = useQuery({
    queryKey: ['retention', 'purgedAt', callId],
    queryFn: () => client.retention.purgedAt({ callId }),
  }).data?.purgedAt
  const annotations = useQuery({
    queryKey: ['annotations', callId],
    queryFn: () => client.annotations.list({ callId }),
  }).data
  return (
    <div className="gone-call">
      {purgedAt ? (
        <div className="ui-state">
          <h2 className="ui-state-title">{t('retention.callPurged', { when: formatDate(purgedAt) })}</h2>
          <div className="ui-state-words">{t('retention.callPurgedWords')}</div>
        </div>
      ) : (
        <ErrorState error={error} onRetry={onRetry} />
      )}
      {annotations && annotations.length > 0 ? (
        <section className="gone-call-annotations" aria-label={t('annotations.title')}>
          <h3 className="ui-section-title">{t('annotations.title')}</h3>
          {annotations.map((annotation) => (
            <AnnotationCard key={annotation.id} shown={{ annotation, unsaved: null }} turns={[]} isReadOnly />
          ))}
        </section>
      ) : null}
    </div>
  )
}
