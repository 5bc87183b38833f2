import { useQuery } from '@tanstack/react-query'
import { Archive, ChevronRight, FileInput, Library, LockKeyhole, Plug } from 'lucide-react'
import { type ReactNode, useEffect, useId, useState } from 'react'
import { Button as PlainButton } from 'react-aria-components'
import { chooseBackup } from '../backup/backup-state'
import { protectionQuery } from '../protection/queries'
import { isSyncable, syncAll } from '../sync/actions'
import { Button, EmptyState, formatNumber, ProgressBar, TextField } from '../ui'
import { connectVendor, openDialog } from './dialogs'
import { cancelImport, importFiles, openSample, useImport } from './imports'
import { milestonePainted } from './milestones'
import { connectionsQuery, settingsQuery, syncStatusQuery, workspaceQuery } from './queries'
import { changeSettings } from './settings'
import { t } from './words'
import './Welcome.css'

/** Before the first call is here: three ways to get one. */
export function Welcome() {
  useEffect(() => milestonePainted('rows'), [])
  const connections = useQuery(connectionsQuery).data ?? []
  const running = useQuery(syncStatusQuery).data ?? []
  const importing = useImport((state) => state.running)
  const isPlain = useQuery(protectionQuery).data?.state === 'plain'
  const isConnected = connections.some(isSyncable)

  return (
    <main className="app-whole app-roomy">
      {isConnected && !importing ? (
        <EmptyState
          title={t('app.waiting.title')}
          actions={
            running.length > 0 ? null : (
              <Button variant="primary" onPress={() => void syncAll(connections)}>
                {t('app.waiting.start')}
              </Button>
            )
          }
        >
          {running.length > 0 ? t('app.waiting.running') : t('app.waiting.words')}
        </EmptyState>
      ) : (
        <div className="welcome-card">
          <h1>{t('app.welcome.title')}</h1>
          <p className="soft">{t('app.welcome.words')}</p>
          {importing ? (
            <div className="welcome-import" role="status">
              <span className="tabular">
                {importing.total === null
                  ? t('app.import.progressOpen', { done: formatNumber(importing.done) })
                  : t('app.import.progress', {
                      done: formatNumber(importing.done),
                      total: formatNumber(importing.total),
                    })}
              </span>
              <ProgressBar label={t('app.import.running')} {...importing} />
              <Button onPress={cancelImport}>{t('app.import.cancel')}</Button>
            </div>
          ) : (
            <div className="welcome-ways">
              <Way
                icon={<Library size={18} aria-hidden="true" />}
                title={t('app.welcome.sample')}
                words={t('app.welcome.sampleWords')}
                onPress={() => void openSample()}
              />
              <Way
                icon={<Plug size={18} aria-hidden="true" />}
                title={t('app.welcome.connect')}
                words={t('app.welcome.connectWords')}
                onPress={connectVendor}
              />
              <Way
                icon={<FileInput size={18} aria-hidden="true" />}
                title={t('app.welcome.import')}
                words={t('app.welcome.importWords')}
                onPress={() => void importFiles()}
              />
              <Way
                icon={<Archive size={18} aria-hidden="true" />}
                title={t('app.welcome.restore')}
                words={t('app.welcome.restoreWords')}
                onPress={() => {
                  openDialog({ kind: 'backup' })
                  void chooseBackup()
                }}
              />
              {isPlain ? (
                <Way
                  icon={<LockKeyhole size={18} aria-hidden="true" />}
                  title={t('protection.welcome')}
                  words={t('protection.welcomeWords')}
                  onPress={() => openDialog({ kind: 'protect' })}
                />
              ) : null}
            </div>
          )}
          <Name />
          <p className="welcome-privacy">{t('app.welcome.privacy')}</p>
        </div>
      )}
    </main>
  )
}

function Way({
  icon,
  title,
  words,
  onPress,
}: {
  icon: ReactNode
  title: string
  words: string
  onPress: () => void
}) {
  const wordsId = useId()
  return (
    <div className="welcome-way">
      <span className="welcome-way-icon">{icon}</span>
      <span className="welcome-way-words">
        {/* The button covers the whole row. */}
        <PlainButton className="welcome-way-button" aria-describedby={wordsId} onPress={onPress}>
          {title}
        </PlainButton>
        <span id={wordsId} className="soft">
          {words}
        </span>
      </span>
      <ChevronRight size={16} aria-hidden="true" className="welcome-way-arrow" />
    </div>
  )
}

/** Asked once, already filled in, and kept when the field is left. */
function Name() {
  const settings = useQuery(settingsQuery).data
  const workspace = useQuery(workspaceQuery).data
  const [typed, setTyped] = useState<string | null>(null)
  const name = typed ?? (settings?.reviewer || workspace?.userName || '')
  return (
    <TextField
      className="welcome-name"
      label={t('app.welcome.name')}
      description={t('app.welcome.nameHint')}
      value={name}
      maxLength={200}
      onChange={setTyped}
      onBlur={() => {
        if (typed !== null && typed.trim() !== '') void changeSettings({ reviewer: typed.trim() })
      }}
    />
  )
}
