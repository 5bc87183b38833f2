import { useQuery } from '@tanstack/react-query'
import { settingsQuery } from '../app/queries'
import { changeSettings } from '../app/settings'
import { t } from '../app/words'
import { Switch } from '../ui'
import { REWIND_SEC } from './player'

/** How calls are listened to; takes effect at once. */
export function ListeningSettings() {
  const settings = useQuery(settingsQuery).data
  return (
    <section className="settings-section">
      <h3 className="ui-section-title">{t('player.settings.title')}</h3>
      <Switch
        isSelected={settings?.rewindOnResume ?? true}
        onChange={(rewindOnResume) => void changeSettings({ rewindOnResume })}
      >
        {t('player.settings.rewind', { seconds: REWIND_SEC })}
      </Switch>
      <Switch
        isSelected={settings?.skipSilence ?? false}
        onChange={(skipSilence) => void changeSettings({ skipSilence })}
      >
        {t('player.settings.skipSilence')}
      </Switch>
      <Switch
        isSelected={settings?.playNext ?? false}
        onChange={(playNext) => void changeSettings({ playNext })}
      >
        {t('player.settings.playNext')}
      </Switch>
    </section>
  )
}
