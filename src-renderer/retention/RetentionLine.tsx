import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Button as PlainButton } from 'react-aria-components'
import { client, onEvent } from '../app/client'
import { openDialog } from '../app/dialogs'
import { t } from '../app/words'
import { Button, formatNumber, toastFailure } from '../ui'
import { retentionQuery } from './queries'

/** In the footer: a purge that goes on, and the daily rule when it waits for somebody to look. Else nothing. */
export function RetentionLine() {
  const status = useQuery(retentionQuery).data
  const [done, setDone] = useState<number | null>(null)
  useEffect(
    () =>
      onEvent((event) => {
        if (event.type === 'retention.progress') setDone(event.progress.done)
      }),
    [],
  )
  if (!status) return null
  if (status.running !== null)
    return (
      <span className="footer-import tabular">
        <span role="status">
          {status.running.phase === 'wiping'
            ? t('retention.purging')
            : t('retention.purgingSoFar', { n: formatNumber(done ?? status.running.done) })}
        </span>
        <Button size="s" variant="ghost" onPress={() => void client.retention.cancel({}).catch(toastFailure)}>
          {t('retention.stop')}
        </Button>
      </span>
    )
  const { rule } = status
  if (!status.asks || rule === null) return null
  return (
    <PlainButton
      className="footer-button footer-set-aside"
      onPress={() => openDialog({ kind: 'purge', days: rule.days, asRule: true })}
    >
      {t('retention.footerAsks')}
    </PlainButton>
  )
}
