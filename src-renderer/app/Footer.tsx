import { useQuery } from '@tanstack/react-query'
import { CircleAlert, CircleCheck, TriangleAlert, X } from 'lucide-react'
import { DialogTrigger, Button as PlainButton } from 'react-aria-components'
import { RetentionLine } from '../retention/RetentionLine'
import { SyncStatus } from '../sync/SyncStatus'
import { Button, formatNumber, IconButton, Popover, ProgressBar, Spinner } from '../ui'
import { openDialog, showQuarantine } from './dialogs'
import { cancelImport, useImport } from './imports'
import { connectionsQuery, indexQuery, workspaceQuery } from './queries'
import { useReviewer } from './reviewer'
import { forgetFailures, useSaves } from './saves'
import { t } from './words'
import './Footer.css'

/** What is here, what is going on, and whether the reviewer's work is on disk. Always said. */
export function Footer() {
  const workspace = useQuery(workspaceQuery).data
  return (
    <footer className="footer">
      <span className="footer-counts tabular">
        {workspace ? (
          <>
            <span className="footer-dot" aria-hidden="true" />
            {[
              t('app.footer.ready'),
              t('app.footer.calls', { count: workspace.callCount, n: formatNumber(workspace.callCount) }),
              t('app.footer.recordings', {
                count: workspace.recordingCount,
                n: formatNumber(workspace.recordingCount),
              }),
            ].join(' · ')}
          </>
        ) : null}
      </span>
      <span className="footer-space" />
      <SetAside />
      <RetentionLine />
      <IndexStatus />
      <ImportStatus />
      <SyncStatus />
      <Reviewer />
      <SaveState />
    </footer>
  )
}

/** How many records could not be read; opens their page. Nothing when there are none. */
function SetAside() {
  const connections = useQuery(connectionsQuery).data ?? []
  const count = connections.reduce((sum, one) => sum + one.quarantineCount, 0)
  if (count === 0) return null
  return (
    <PlainButton className="footer-button footer-set-aside tabular" onPress={() => showQuarantine()}>
      <TriangleAlert size={13} aria-hidden="true" />{' '}
      <span className="truncate">{t('app.footer.setAside', { count, n: formatNumber(count) })}</span>
    </PlainButton>
  )
}

/** While the search index is being made: how far it is. */
function IndexStatus() {
  const { data: progress } = useQuery(indexQuery)
  if (!progress) return null
  return (
    <span className="footer-import tabular">
      <span role="status">{t('app.index.running')}</span>
      <ProgressBar label={t('app.index.running')} {...progress} className="sync-status-bar" />
    </span>
  )
}

function ImportStatus() {
  const running = useImport((state) => state.running)
  if (!running) return null
  return (
    <span className="footer-import tabular">
      <span role="status">
        {running.total === null
          ? t('app.import.progressOpen', { done: formatNumber(running.done) })
          : t('app.import.progress', {
              done: formatNumber(running.done),
              total: formatNumber(running.total),
            })}
      </span>
      <ProgressBar label={t('app.import.running')} {...running} className="sync-status-bar" />
      <IconButton
        label={t('app.import.cancel')}
        size="s"
        className="sync-status-cancel"
        icon={<X size={13} />}
        onPress={cancelImport}
      />
    </span>
  )
}

/** Whose name is put on annotations; asks quietly until it was confirmed once. */
function Reviewer() {
  const { name, isChosen } = useReviewer()
  return (
    <PlainButton
      className={isChosen ? 'footer-button truncate' : 'footer-button footer-ask truncate'}
      onPress={() => openDialog({ kind: 'settings' })}
    >
      {t(isChosen ? 'app.footer.reviewer' : 'app.footer.reviewerAsk', { name })}
    </PlainButton>
  )
}

function SaveState() {
  const { pending, failures } = useSaves()
  const reasons = [...new Set(Object.values(failures))]
  const failed = Object.keys(failures).length
  return (
    <span className="footer-saves" role="status">
      {failed > 0 ? (
        <DialogTrigger>
          <PlainButton className="footer-button footer-failed">
            <CircleAlert size={13} aria-hidden="true" /> {t('app.footer.failed', { count: failed })}
          </PlainButton>
          <Popover label={t('app.footer.failedTitle')} placement="top end">
            <div className="footer-failures">
              <strong>{t('app.footer.failedTitle')}</strong>
              {reasons.map((reason) => (
                <p key={reason}>{reason}</p>
              ))}
              <p className="soft">{t('app.footer.failedWords')}</p>
              <Button size="s" onPress={forgetFailures}>
                {t('app.footer.forget')}
              </Button>
            </div>
          </Popover>
        </DialogTrigger>
      ) : pending > 0 ? (
        <>
          <Spinner size={12} /> {t('app.footer.saving')}
        </>
      ) : (
        <>
          <CircleCheck size={13} aria-hidden="true" /> {t('app.footer.saved')}
        </>
      )}
    </span>
  )
}
