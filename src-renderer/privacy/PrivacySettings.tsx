import { useQuery } from '@tanstack/react-query'
import { settingsQuery } from '../app/queries'
import { changeSettings } from '../app/settings'
import { t } from '../app/words'
import { Switch } from '../ui'

/** What others may see of the people in calls. */
export function PrivacySettings() {
  const settings = useQuery(settingsQuery).data
  return (
    <section className="settings-section">
      <h3 className="ui-section-title">{t('privacy.title')}</h3>
      <Switch
        isSelected={settings?.maskNumbers ?? false}
        onChange={(maskNumbers) => void changeSettings({ maskNumbers })}
        description={t('privacy.maskHint')}
      >
        {t('privacy.mask')}
      </Switch>
    </section>
  )
}
