import { useQuery } from '@tanstack/react-query'
import { closeDialog } from '../app/dialogs'
import { openCall } from '../app/open-call'
import { t } from '../app/words'
import { Button, Dialog, EmptyState, formatDate } from '../ui'
import { leftQuery } from './queries'
import './retention.css'

/** Calls that are gone and that somebody wrote on; each leads to what was written. */
export function LeftCallsDialog() {
  const left = useQuery(leftQuery).data
  return (
    <Dialog title={t('retention.leftTitle')} isOpen onClose={closeDialog} size="l">
      {left && left.total === 0 ? (
        <EmptyState title={t('retention.leftNone')}>{t('retention.leftNoneWords')}</EmptyState>
      ) : (
        <ul className="left-calls" aria-label={t('retention.leftTitle')}>
          {(left?.calls ?? []).map((call) => (
            <li key={call.callId}>
              <span className="left-call-words">
                <bdi>{call.externalId}</bdi>
                <span className="soft">
                  {[
                    call.connectionName,
                    ...(call.startedAt ? [formatDate(call.startedAt)] : []),
                    call.purgedAt
                      ? t('retention.purgedOn', { when: formatDate(call.purgedAt) })
                      : t('retention.notHere'),
                  ].join(' · ')}
                </span>
              </span>
              <Button
                size="s"
                onPress={() => {
                  openCall(call.callId)
                  closeDialog()
                }}
              >
                {t('retention.showAnnotations', { count: call.annotations })}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  )
}
