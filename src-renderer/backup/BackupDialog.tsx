import type { BackupFacts } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { Archive, FolderOpen } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { client } from '../app/client'
import { closeDialog } from '../app/dialogs'
import { t } from '../app/words'
import {
  Banner,
  Button,
  Checkbox,
  confirm,
  Dialog,
  describeFailure,
  FailureBanner,
  formatBytes,
  formatDate,
  formatNumber,
  ProgressBar,
  toastFailure,
} from '../ui'
import { AutomaticBackups } from './AutomaticBackups'
import {
  type BackupState,
  backUp,
  chooseBackup,
  restoreCopy,
  restoreHere,
  show,
  useBackup,
  type Working,
} from './backup-state'
import './BackupDialog.css'

/** The workspace into one file, and back. */
export function BackupDialog() {
  const { state } = useBackup()
  const close = () => {
    // What is being written goes on; what has ended was seen.
    if (state.kind !== 'working') show({ kind: 'choosing' })
    closeDialog()
  }
  const back = <Button onPress={() => show({ kind: 'choosing' })}>{t('backup.back')}</Button>
  const reveal = (
    <Button onPress={() => void client.backup.reveal({}).catch(toastFailure)}>{t('backup.show')}</Button>
  )
  const done = (
    <Button variant="primary" onPress={close} autoFocus>
      {t('backup.close')}
    </Button>
  )
  switch (state.kind) {
    case 'choosing':
      return (
        <Frame close={close} footer={<Button onPress={close}>{t('backup.close')}</Button>}>
          <Choosing />
        </Frame>
      )
    case 'working':
      return (
        <Frame
          close={close}
          footer={
            <Button onPress={() => void client.backup.cancel({}).catch(toastFailure)}>
              {t('backup.stop')}
            </Button>
          }
        >
          <Progress state={state} />
        </Frame>
      )
    case 'written':
      return (
        <Frame
          close={close}
          footer={
            <>
              {reveal}
              {done}
            </>
          }
        >
          <Banner tone="good" isUrgent title={t('backup.backupDone')}>
            <span className="backup-path">
              {t('backup.doneWords', { path: state.facts.path, size: formatBytes(state.facts.bytes) })}
            </span>
          </Banner>
          <Facts facts={state.facts} />
          {state.facts.isProtected ? <p className="soft">{t('backup.protected')}</p> : null}
        </Frame>
      )
    case 'chosen':
      return (
        <Frame close={close} footer={back}>
          <Chosen {...state} />
        </Frame>
      )
    case 'restored':
      return (
        <Frame
          close={close}
          footer={
            <>
              {reveal}
              <Button onPress={() => void client.backup.open({}).catch(toastFailure)}>
                {t('backup.open')}
              </Button>
              {done}
            </>
          }
        >
          <Banner tone="good" isUrgent title={t('backup.restoreDone')}>
            <span className="backup-path">{t('backup.restoredWords', { path: state.done.path })}</span>
          </Banner>
          {state.done.missingRecordings === null ? <p className="soft">{t('backup.locked')}</p> : null}
          {state.done.missingRecordings ? (
            <p className="soft">
              {t('backup.missing', {
                count: state.done.missingRecordings,
                n: formatNumber(state.done.missingRecordings),
              })}
            </p>
          ) : null}
          <p className="soft">{t('backup.keys')}</p>
        </Frame>
      )
    case 'failed':
      return (
        <Frame close={close} footer={back}>
          <Banner
            tone="bad"
            isUrgent
            title={t(state.what === 'backup' ? 'backup.failedBackup' : 'backup.failedRestore')}
          >
            <span className="backup-path">{describeFailure(state.thrown).message}</span>
          </Banner>
        </Frame>
      )
  }
}

function Frame({ close, footer, children }: { close: () => void; footer: ReactNode; children: ReactNode }) {
  return (
    <Dialog title={t('backup.title')} isOpen onClose={close} footer={footer}>
      <div className="backup">{children}</div>
    </Dialog>
  )
}

function Choosing() {
  const size = useQuery({
    queryKey: ['backup', 'size'],
    queryFn: () => client.backup.size({}),
    gcTime: 0,
    staleTime: 0,
  })
  const [withRecordings, setWithRecordings] = useState(true)
  const recordings = size.data?.recordingBytes ?? 0
  const total = (size.data?.databaseBytes ?? 0) + (withRecordings ? recordings : 0)
  return (
    <>
      <section className="backup-section" aria-labelledby="backup-make">
        <h3 id="backup-make" className="ui-section-title">
          {t('backup.make')}
        </h3>
        <p className="soft">{t('backup.makeWords')}</p>
        {size.isError ? <FailureBanner error={size.error} title={null} /> : null}
        <Checkbox
          isSelected={withRecordings}
          onChange={setWithRecordings}
          description={t('backup.withoutHint')}
        >
          {t('backup.withRecordings', { size: formatBytes(size.data ? recordings : null) })}
        </Checkbox>
        <div className="backup-line">
          <span className="soft tabular">
            {t('backup.size', { size: formatBytes(size.data ? total : null) })}
          </span>
          <Button
            variant="primary"
            icon={<Archive size={14} aria-hidden="true" />}
            onPress={() => void backUp(withRecordings)}
          >
            {t('backup.save')}
          </Button>
        </div>
      </section>
      <section className="backup-section" aria-labelledby="backup-restore">
        <h3 id="backup-restore" className="ui-section-title">
          {t('backup.restoreTitle')}
        </h3>
        <div className="backup-line">
          <span className="soft">{t('backup.restoreWords')}</span>
          <Button icon={<FolderOpen size={14} aria-hidden="true" />} onPress={() => void chooseBackup()}>
            {t('backup.choose')}
          </Button>
        </div>
      </section>
      <AutomaticBackups />
    </>
  )
}

function Progress({ state: { phase, doneBytes, totalBytes } }: { state: Working }) {
  const words = phase === null ? '\u00a0' : t(`backup.phases.${phase}`)
  return (
    <div className="backup-working" role="status">
      <span>{words}</span>
      <ProgressBar label={words} done={doneBytes} total={totalBytes} />
      <span className="soft tabular">
        {totalBytes === null
          ? '\u00a0'
          : t('backup.doneOf', { done: formatBytes(doneBytes), total: formatBytes(totalBytes) })}
      </span>
    </div>
  )
}

/** What a backup holds, in one line. */
function Facts({ facts }: { facts: BackupFacts }) {
  const counted = (what: 'annotations' | 'calls' | 'recordings' | 'connections') =>
    t(`backup.${what}`, { count: facts[what], n: formatNumber(facts[what]) })
  return (
    <p className="soft tabular">
      {[
        counted('annotations'),
        counted('calls'),
        facts.hasRecordings ? counted('recordings') : t('backup.noRecordings'),
        counted('connections'),
        t('backup.madeAt', { date: formatDate(facts.madeAt) }),
      ].join(' · ')}
    </p>
  )
}

function Chosen({ from, words, facts }: Extract<BackupState, { kind: 'chosen' }>) {
  const here = async () => {
    const isSure = await confirm({
      title: t('backup.replaceTitle'),
      body: <p>{t('backup.replaceQuestion')}</p>,
      confirmLabel: t('backup.replace'),
      tone: 'danger',
    })
    if (isSure) await restoreHere(from)
  }
  return (
    <>
      <section className="backup-section">
        <span className="backup-path backup-name">{words}</span>
        {facts ? <Facts facts={facts} /> : null}
        {facts?.isProtected ? <p className="soft">{t('backup.protected')}</p> : null}
        {facts && facts.connections > 0 ? <p className="soft">{t('backup.keys')}</p> : null}
      </section>
      <section className="backup-section" aria-label={t('backup.where')}>
        <div className="backup-line">
          <span className="soft">{t('backup.copyWords')}</span>
          <Button variant="primary" onPress={() => void restoreCopy(from)} autoFocus>
            {t('backup.copy')}
          </Button>
        </div>
        <div className="backup-line">
          <span className="soft">{t('backup.replaceWords')}</span>
          <Button onPress={() => void here()}>{t('backup.replace')}</Button>
        </div>
      </section>
    </>
  )
}
