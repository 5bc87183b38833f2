import type { SyncProgress } from '@contract'
import { Square } from 'lucide-react'
import { t } from '../app/words'
import { Button, ProgressBar } from '../ui'
import { cancelSync } from './actions'
import { countsLine, hasCounts, progressWords } from './phases'
import { useNow } from './use-now'
import './RunningSync.css'

/** The sync of a connection that goes on: how far, what it brought, why it waits, and its end. */
export function RunningSync({ running }: { running: SyncProgress }) {
  const isWaiting = running.phase === 'waiting'
  const now = useNow(isWaiting)
  return (
    <div className="running-sync">
      <div className="running-sync-words">
        <span className="tabular">{progressWords(running, now)}</span>
        <ProgressBar
          label={t('sync.progress', { name: running.connectionName })}
          done={running.done}
          total={running.total}
        />
        {hasCounts(running.counts) ? (
          <span className="soft tabular">{countsLine(running.counts)}</span>
        ) : null}
      </div>
      <Button icon={<Square size={12} aria-hidden="true" />} onPress={() => cancelSync(running.connectionId)}>
        {t('sync.cancel')}
      </Button>
    </div>
  )
}
