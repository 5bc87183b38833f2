import type { CallDetail, CallId, EarmarkEvent } from '@contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { AudioLines, CircleAlert, Download, HardDriveDownload, KeyRound, VolumeX, X } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { client, onEvent } from '../app/client'
import { showRecordingHost } from '../app/dialogs'
import { syncStatusQuery } from '../app/queries'
import { t } from '../app/words'
import { Button, describeFailure, formatBytes, formatDay, Spinner, toastFailure } from '../ui'

/** Why there is no sound, and what to do; in the waveform's place. */
export function RecordingNotice({ call }: { call: CallDetail }) {
  const { state, problem, removedAt, logInHost, bytes } = call.recording
  switch (state) {
    case 'none':
      return <Notice icon={<VolumeX size={16} />}>{t('player.none')}</Notice>
    case 'waiting':
      return (
        <Notice
          icon={<AudioLines size={16} />}
          action={<FetchButton callId={call.id} label={t('player.download')} />}
        >
          {t('player.waiting')}
        </Notice>
      )
    case 'removed':
      return (
        <Notice
          icon={<HardDriveDownload size={16} />}
          action={<FetchButton callId={call.id} label={t('player.downloadAgain')} />}
        >
          {removedAt === null ? t('player.removed') : t('player.removedOn', { date: formatDay(removedAt) })}
          {bytes === null ? null : <span className="soft"> {formatBytes(bytes)}</span>}
        </Notice>
      )
    case 'downloading':
      return <DownloadingNotice call={call} />
    case 'failed':
      return (
        <Notice
          isBad
          icon={<CircleAlert size={16} />}
          action={
            <>
              {logInHost === null ? null : (
                <Button
                  size="s"
                  icon={<KeyRound size={13} aria-hidden="true" />}
                  onPress={() => showRecordingHost(logInHost)}
                >
                  {t('player.logIn')}
                </Button>
              )}
              <FetchButton callId={call.id} />
            </>
          }
        >
          {problem ?? t('player.failed')}
        </Notice>
      )
    case 'ready':
      return null
  }
}

type Progress = Extract<EarmarkEvent, { type: 'recordings.progress' }>

/** How far the download is, with an end to it where it is not part of a sync. */
function DownloadingNotice({ call }: { call: CallDetail }) {
  const [progress, setProgress] = useState<Progress | null>(null)
  const isSync = (useQuery(syncStatusQuery).data ?? []).some((one) => one.connectionId === call.connectionId)
  useEffect(
    () =>
      onEvent((event) => {
        if (event.type === 'recordings.progress' && event.callId === call.id) setProgress(event)
      }),
    [call.id],
  )
  const words =
    progress === null
      ? t('player.downloading')
      : progress.totalBytes === null
        ? t('player.downloadingSome', { done: formatBytes(progress.bytes) })
        : t('player.downloadingOf', {
            done: formatBytes(progress.bytes),
            total: formatBytes(progress.totalBytes),
          })
  return (
    <Notice
      icon={<Spinner size={16} />}
      action={
        isSync ? null : (
          <Button
            size="s"
            icon={<X size={13} aria-hidden="true" />}
            onPress={() => void client.recordings.cancelFetch({ callId: call.id }).catch(toastFailure)}
          >
            {t('player.cancelDownload')}
          </Button>
        )
      }
    >
      <span className="tabular">{words}</span>
    </Notice>
  )
}

/** The file is here, but it can't be played or drawn. */
export function BrokenNotice({ callId, reason }: { callId: CallId; reason: string }) {
  return (
    <Notice isBad icon={<CircleAlert size={16} />} action={<FetchButton callId={callId} />}>
      {reason}
    </Notice>
  )
}

/** It plays, but not all of it: the end is missing, or something in it can't be decoded. */
export function TruncatedNotice({ callId }: { callId: CallId }) {
  return (
    <Notice
      icon={<CircleAlert size={16} />}
      action={<FetchButton callId={callId} label={t('player.downloadAgain')} />}
    >
      {t('player.truncated')}
    </Notice>
  )
}

/** Downloads the recording (again). */
function FetchButton({ callId, label = t('ui.tryAgain') }: { callId: CallId; label?: string }) {
  const fetching = useMutation({ mutationFn: () => client.recordings.fetch({ callId }) })
  const failure = fetching.isError ? describeFailure(fetching.error) : null
  return (
    <>
      {/* Who stopped it knows; why it failed is kept with the recording, and said there. */}
      {failure && failure.code !== 'cancelled' && failure.code !== 'recording_missing' ? (
        <span className="player-notice-problem">{failure.message}</span>
      ) : null}
      <Button
        size="s"
        icon={<Download size={13} aria-hidden="true" />}
        isPending={fetching.isPending}
        onPress={() => fetching.mutate()}
      >
        {label}
      </Button>
    </>
  )
}

function Notice({
  icon,
  children,
  action,
  isBad = false,
}: {
  icon: ReactNode
  children: ReactNode
  action?: ReactNode
  isBad?: boolean
}) {
  return (
    <div className={isBad ? 'player-notice player-notice-bad' : 'player-notice'} role="status">
      {icon}
      <span className="player-notice-words">{children}</span>
      {action}
    </div>
  )
}
