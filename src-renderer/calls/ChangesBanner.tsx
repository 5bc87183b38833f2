import type { CallDetail } from '@contract'
import { FileDiff } from 'lucide-react'
import { keyOf } from '../app/all-keys'
import { t } from '../app/words'
import { Button } from '../ui'
import { countWords, SINCE_LOOK, sinceWords, useChanges } from './use-changes'
import './changes.css'

/** Says calmly that the vendor changed the call since the reviewer looked at it. */
export function ChangesBanner({ call, onShow }: { call: CallDetail; onShow: () => void }) {
  const changes = useChanges(call.id, SINCE_LOOK, call.changedSinceReview).data
  if (!call.changedSinceReview) return null
  return (
    <div className="changes-banner" role="note">
      <FileDiff size={15} aria-hidden="true" />
      <span className="changes-banner-words">
        {t('changes.banner', { since: sinceWords(changes) })}
        {changes && changes.count > 0 ? <strong>{` · ${countWords(changes.count)}`}</strong> : null}
      </span>
      <Button size="s" keyHint={keyOf('calls.changes')} onPress={onShow}>
        {t('changes.show')}
      </Button>
    </div>
  )
}
