import type { CallDetail, CallId } from '@contract'
import { useMutation } from '@tanstack/react-query'
import { AudioLines, CircleAlert, Download, VolumeX } from 'lucide-react'
import type { ReactNode } from 'react'
import { client } from '../app/client'
import { t } from '../app/words'
import { Button, describeFailure, Spinner } from '../ui'

/** Why there is no sound, and what to do; in the waveform's place. */
export function RecordingNotice({ call }: { call: CallDetail }) {
  const { state, problem } = call.recording
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
          icon={<VolumeX size={16} />}
          action={<FetchButton callId={call.id} label={t('player.download')} />}
        >
          {t('player.removed')}
        </Notice>
      )
    case 'downloading':
      return <Notice icon={<Spinner size={16} />}>{t('player.downloading')}</Notice>
    case 'failed':
      return (
        <Notice isBad icon={<CircleAlert size={16} />} action={<FetchButton callId={call.id} />}>
          {problem === null ? t('player.failed') : `${t('player.failed')} ${problem}`}
        </Notice>
      )
    case 'ready':
      return null
  }
}

/** The file is here, but it can't be played or drawn. */
export function BrokenNotice({ callId, reason }: { callId: CallId; reason: string }) {
  return (
    <Notice isBad icon={<CircleAlert size={16} />} action={<FetchButton callId={callId} />}>
      {reason}
    </Notice>
  )
}

/** Downloads the recording (again). */
function FetchButton({ callId, label = t('ui.tryAgain') }: { callId: CallId; label?: string }) {
  const fetching = useMutation({ mutationFn: () => client.recordings.fetch({ callId }) })
  return (
    <>
      {fetching.isError ? (
        <span className="player-notice-problem">{describeFailure(fetching.error).message}</span>
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
