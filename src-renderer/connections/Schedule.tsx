import type { Connection } from '@contract'
import { useState } from 'react'
import { client } from '../app/client'
import { queryClient } from '../app/queries'
import { t } from '../app/words'
import { useNow } from '../sync/use-now'
import { Select, Spinner, toastFailure } from '../ui'
import { minutesOf, nextWords, scheduleId, scheduleOptions } from './schedule'

/** "Sync by itself": how often, when next, and what it needs. Takes effect at once. */
export function Schedule({ connection }: { connection: Connection }) {
  const { id, vendor, name, baseUrl, campaignIds, settings, nextSyncAt } = connection
  const [saving, setSaving] = useState<string | null>(null)
  const now = useNow(nextSyncAt !== null, 20_000)
  const change = async (choice: string) => {
    if (choice === scheduleId(settings.everyMinutes)) return
    setSaving(choice)
    try {
      const draft = {
        vendor,
        name,
        baseUrl,
        campaignIds,
        settings: { ...settings, everyMinutes: minutesOf(choice) },
      }
      await client.connections.update({ id, draft, secrets: null })
      await queryClient.invalidateQueries({ queryKey: ['connections'] })
    } catch (thrown) {
      toastFailure(thrown)
    } finally {
      setSaving(null)
    }
  }
  return (
    <div className="connection-schedule">
      <div className="connection-schedule-line">
        <Select
          label={t('connections.schedule.label')}
          isLabelHidden
          size="s"
          className="connection-schedule-select"
          options={scheduleOptions(settings.everyMinutes)}
          value={saving ?? scheduleId(settings.everyMinutes)}
          onChange={(choice) => void change(choice)}
          isDisabled={saving !== null}
        />
        {saving !== null ? <Spinner size={13} /> : null}
        {saving === null && nextSyncAt !== null ? (
          <span className="tabular">{nextWords(nextSyncAt, new Date(now))}</span>
        ) : null}
      </div>
      <span className="ui-hint">
        {t('connections.schedule.hint')} <code>earmark sync</code> {t('connections.schedule.hintCron')}
      </span>
    </div>
  )
}
