import type { CallId, SimilarCall } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { client } from '../app/client'
import { closeDialog } from '../app/dialogs'
import { openCall } from '../app/open-call'
import { t } from '../app/words'
import { callGist, callSource, callTitle } from '../calls/row-facts'
import { Dialog, EmptyState, ErrorState, formatShortDate, Spinner } from '../ui'
import './SimilarDialog.css'

/** Calls that are worded like the open one. */
export function SimilarDialog({ callId }: { callId: CallId }) {
  const similar = useQuery({
    queryKey: ['search', 'similar', callId],
    queryFn: () => client.search.similar({ callId, lane: 'similar' }),
  })
  return (
    <Dialog title={t('search.similar.title')} isOpen onClose={closeDialog} size="l">
      {similar.isError ? (
        <ErrorState error={similar.error} onRetry={() => void similar.refetch()} />
      ) : similar.data === undefined ? (
        <p className="similar-wait" role="status">
          <Spinner />
          {t('search.similar.looking')}
        </p>
      ) : similar.data.length === 0 ? (
        <EmptyState title={t('search.similar.none')}>{t('search.similar.noneWords')}</EmptyState>
      ) : (
        <ul className="similar" aria-label={t('search.similar.title')}>
          {similar.data.map((call, index) => (
            <li key={call.id}>
              <Similar call={call} isFirst={index === 0} />
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  )
}

function Similar({ call, isFirst }: { call: SimilarCall; isFirst: boolean }) {
  const share = Math.max(1, Math.round(call.likeness * 100))
  return (
    <button
      type="button"
      className="similar-call"
      // biome-ignore lint/a11y/noAutofocus: what was asked for is there; Enter opens the first
      autoFocus={isFirst}
      onClick={() => {
        closeDialog()
        openCall(call.id)
      }}
    >
      <span className="similar-line">
        <bdi className="similar-title truncate">{callTitle(call)}</bdi>
        <span className="similar-share tabular" title={t('search.similar.shareHint')}>
          {t('search.similar.share', { share })}
        </span>
      </span>
      <span className="similar-gist truncate" dir="auto">
        {callGist(call)}
      </span>
      <span className="similar-line similar-foot">
        <span className="similar-words truncate">
          {t('search.similar.words')}{' '}
          {call.sharedWords.map((word) => (
            <mark key={word}>{word}</mark>
          ))}
        </span>
        <span className="similar-source">
          <bdi>{callSource(call)}</bdi> ·{' '}
          <time dateTime={call.startedAt}>{formatShortDate(call.startedAt)}</time>
        </span>
      </span>
    </button>
  )
}
