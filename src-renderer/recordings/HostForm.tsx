import { EarmarkError, type LogInScheme, type RecordingHost } from '@contract'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { client } from '../app/client'
import { t } from '../app/words'
import { Button, describeFailure, formatNumber, SegmentedControl, TextField, toast } from '../ui'
import { downloadWaiting } from './actions'

/** The log-in of one host, new or changed. `name`: the host that it is for; '' where that is to be entered. */
export function HostForm({
  host,
  name,
  onClose,
}: {
  host: RecordingHost | null
  name: string
  onClose: () => void
}) {
  const hasSecret = host !== null && host.scheme !== null
  const [typed, setTyped] = useState({
    host: name,
    scheme: host?.scheme ?? ('basic' satisfies LogInScheme as LogInScheme),
    username: host?.username ?? '',
    secret: '',
  })
  const saving = useMutation({
    mutationFn: () =>
      client.recordings.setHost({
        ...typed,
        secret: typed.secret === '' ? null : typed.secret,
      }),
    onSuccess: ({ host: kept, requeued }) => {
      toast({
        title: t('recordings.toast.host', { host: kept }),
        topic: `host ${kept}`,
        tone: 'good',
        ...(requeued > 0
          ? {
              description: t('recordings.toast.requeued', { count: requeued, n: formatNumber(requeued) }),
              action: { label: t('recordings.downloadNow'), perform: () => void downloadWaiting() },
            }
          : {}),
      })
      onClose()
    },
  })
  const problem = saving.isError ? describeFailure(saving.error).message : null
  const field = saving.error instanceof EarmarkError ? saving.error.details.field : null
  const problemOf = (wanted: string) => (field === wanted ? problem : null)
  const change = (patch: Partial<typeof typed>) => setTyped((before) => ({ ...before, ...patch }))
  const isBasic = typed.scheme === 'basic'
  return (
    <form
      className="recordings-host-form"
      aria-label={name === '' ? t('recordings.host.formNew') : t('recordings.host.formFor', { host: name })}
      onSubmit={(event) => {
        event.preventDefault()
        saving.mutate()
      }}
    >
      {name === '' ? (
        <TextField
          label={t('recordings.host.name')}
          description={t('recordings.host.nameHint')}
          value={typed.host}
          onChange={(value) => change({ host: value })}
          problem={problemOf('host')}
          maxLength={300}
          autoFocus
          spellCheck="false"
        />
      ) : (
        <strong className="recordings-host-name">{name}</strong>
      )}
      <SegmentedControl
        size="s"
        label={t('recordings.host.scheme')}
        options={[
          { id: 'basic', label: t('recordings.host.basic') },
          { id: 'bearer', label: t('recordings.host.bearer') },
        ]}
        value={typed.scheme}
        onChange={(scheme) => change({ scheme })}
      />
      {isBasic ? (
        <TextField
          label={t('recordings.host.username')}
          value={typed.username}
          onChange={(username) => change({ username })}
          problem={problemOf('username')}
          autoFocus={name !== ''}
          autoComplete="off"
          spellCheck="false"
          maxLength={1000}
        />
      ) : null}
      <TextField
        type="password"
        label={t(isBasic ? 'recordings.host.password' : 'recordings.host.secretToken')}
        description={t(
          hasSecret && typed.scheme === host.scheme
            ? 'recordings.host.secretKept'
            : 'recordings.host.secretHint',
        )}
        value={typed.secret}
        onChange={(secret) => change({ secret })}
        problem={problemOf('secret')}
        autoComplete="off"
        maxLength={10_000}
      />
      {problem !== null && !['host', 'username', 'secret'].includes(String(field)) ? (
        <p className="ui-problem" role="alert">
          {problem}
        </p>
      ) : null}
      <div className="recordings-host-buttons">
        <Button size="s" onPress={onClose}>
          {t('ui.cancel')}
        </Button>
        <Button size="s" variant="primary" type="submit" isPending={saving.isPending}>
          {t('recordings.host.save')}
        </Button>
      </div>
    </form>
  )
}
