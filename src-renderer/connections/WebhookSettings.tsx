import type { WebhookStatus } from '@contract'
import { useEffect, useRef, useState } from 'react'
import { t } from '../app/words'
import { Button, Chip, confirm, TextField, toast, toastFailure } from '../ui'
import {
  isWebhookChanged,
  readWebhookForm,
  sameWebhook,
  type WebhookChange,
  type WebhookForm,
  type WebhookProblems,
  webhookFormOf,
} from './webhook-form'

/** Port and signature of a receiver; saved together. */
export function WebhookSettings({
  status,
  onSave,
}: {
  status: WebhookStatus
  onSave: (change: WebhookChange) => Promise<void>
}) {
  const [form, setForm] = useState<WebhookForm>(() => webhookFormOf(status))
  const [problems, setProblems] = useState<WebhookProblems>({})
  const [busy, setBusy] = useState<'no' | 'saving' | 'removing'>('no')
  const element = useRef<HTMLFormElement>(null)
  const { port, hmacHeader } = status
  // What was saved (here or on the command line) is what the form starts from.
  useEffect(() => {
    setForm({ port: port === null ? '' : String(port), hmacHeader, hmacSecret: '' })
  }, [port, hmacHeader])

  const bind = (field: keyof WebhookForm) => ({
    value: form[field],
    onChange: (value: string) => {
      setForm((before) => ({ ...before, [field]: value }))
      setProblems(({ [field]: _, ...rest }) => rest)
    },
    problem: problems[field],
    isDisabled: busy !== 'no',
  })
  const attempt = async (how: 'saving' | 'removing', change: WebhookChange, said: string) => {
    setBusy(how)
    try {
      await onSave(change)
      setForm((before) => ({ ...before, hmacSecret: '' }))
      toast({ title: t(said), tone: 'good', topic: `webhook ${status.connectionId}` })
    } catch (thrown) {
      toastFailure(thrown)
    } finally {
      setBusy('no')
    }
  }
  const save = async () => {
    const read = readWebhookForm(form, status)
    if (read.ok) return attempt('saving', read.change, 'connections.webhook.saved')
    setProblems(read.problems)
    requestAnimationFrame(() =>
      element.current?.querySelector<HTMLElement>('input[aria-invalid="true"]')?.focus(),
    )
  }
  const remove = async () => {
    const isSure = await confirm({
      title: t('connections.webhook.removeTitle'),
      body: t('connections.webhook.removeWords'),
      confirmLabel: t('connections.webhook.removeSecret'),
      tone: 'danger',
    })
    if (isSure)
      await attempt(
        'removing',
        { ...sameWebhook(status), removeHmac: true },
        'connections.webhook.secretRemoved',
      )
  }
  const isChanged = isWebhookChanged(form, status)
  return (
    <form
      ref={element}
      className="webhook-settings"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <div className="webhook-fields">
        <TextField
          label={t('connections.webhook.port')}
          placeholder={t('connections.webhook.portAny')}
          description={t('connections.webhook.portHint')}
          inputMode="numeric"
          {...bind('port')}
        />
        <TextField
          label={t('connections.webhook.header')}
          description={t('connections.webhook.headerHint')}
          {...bind('hmacHeader')}
        />
      </div>
      <TextField
        label={t(status.hasHmac ? 'connections.webhook.secretNew' : 'connections.webhook.secret')}
        type="password"
        autoComplete="off"
        placeholder={status.hasHmac ? t('connections.webhook.secretKept') : ''}
        description={t(
          status.hasHmac ? 'connections.webhook.secretKeptHint' : 'connections.webhook.secretHint',
        )}
        end={
          status.hasHmac ? (
            <Button
              onPress={() => void remove()}
              isPending={busy === 'removing'}
              isDisabled={busy === 'saving'}
            >
              {t('connections.webhook.removeSecret')}
            </Button>
          ) : null
        }
        {...bind('hmacSecret')}
      />
      <div className="webhook-foot">
        <Chip tone={status.hasHmac ? 'good' : 'plain'}>
          {t(status.hasHmac ? 'connections.webhook.signed' : 'connections.webhook.unsigned')}
        </Chip>
        <span className="connection-form-space" />
        {isChanged ? (
          <Button
            onPress={() => {
              setForm(webhookFormOf(status))
              setProblems({})
            }}
            isDisabled={busy !== 'no'}
          >
            {t('connections.webhook.undo')}
          </Button>
        ) : null}
        <Button type="submit" isPending={busy === 'saving'} isDisabled={!isChanged || busy === 'removing'}>
          {t('connections.webhook.save')}
        </Button>
      </div>
    </form>
  )
}
