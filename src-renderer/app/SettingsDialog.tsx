import { Theme } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ListeningSettings } from '../player/ListeningSettings'
import { PrivacySettings } from '../privacy/PrivacySettings'
import { ProtectionSettings } from '../protection/ProtectionSettings'
import { RecordingsSettings } from '../recordings/RecordingsSettings'
import { RetentionSettings } from '../retention/RetentionSettings'
import { Button, Dialog, SegmentedControl, TextField, toastFailure } from '../ui'
import { client } from './client'
import { closeDialog } from './dialogs'
import { settingsQuery, workspaceQuery } from './queries'
import { changeSettings } from './settings'
import { UpdatesSettings } from './UpdatesSettings'
import { t } from './words'

/** The reviewer's name, the colours, where everything is, and what recordings take. */
export function SettingsDialog({
  section,
  host,
}: {
  section?: 'recordings' | undefined
  host?: string | null | undefined
}) {
  const settings = useQuery(settingsQuery).data
  const workspace = useQuery(workspaceQuery).data
  const [typed, setTyped] = useState<string | null>(null)
  const name = typed ?? (settings?.reviewer || workspace?.userName || '')
  const save = async () => {
    if (name.trim() !== '') await changeSettings({ reviewer: name.trim() })
    closeDialog()
  }
  return (
    <Dialog
      title={t('app.settings.title')}
      isOpen
      onClose={closeDialog}
      footer={
        <>
          <span className="ui-dialog-foot-start soft">
            {workspace
              ? t('app.settings.about', { version: workspace.version, electron: workspace.electronVersion })
              : null}
          </span>
          <Button onPress={closeDialog}>{t('ui.cancel')}</Button>
          <Button variant="primary" onPress={() => void save()}>
            {t('app.settings.save')}
          </Button>
        </>
      }
    >
      <form
        className="settings"
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <TextField
          label={t('app.settings.reviewer')}
          description={t('app.settings.reviewerHint')}
          value={name}
          maxLength={200}
          onChange={setTyped}
          autoFocus={section === undefined}
        />
        <div className="settings-row">
          <span className="ui-label">{t('app.settings.theme')}</span>
          <SegmentedControl
            label={t('app.settings.theme')}
            options={Theme.options.map((id) => ({ id, label: t(`app.settings.themes.${id}`) }))}
            value={settings?.theme ?? 'system'}
            onChange={(theme) => void changeSettings({ theme })}
          />
        </div>
        <div className="settings-row">
          <span className="ui-label">{t('app.settings.workspace')}</span>
          <div className="settings-path">
            <span className="soft">{workspace?.path}</span>
            <Button size="s" onPress={() => void client.workspace.reveal({}).catch(toastFailure)}>
              {t('app.settings.reveal')}
            </Button>
          </div>
        </div>
        <ProtectionSettings />
      </form>
      <ListeningSettings />
      <PrivacySettings />
      <RetentionSettings />
      <RecordingsSettings isAskedFor={section === 'recordings'} host={host ?? null} />
      <UpdatesSettings />
    </Dialog>
  )
}
