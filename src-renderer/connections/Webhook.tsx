import type { ConnectionId, WebhookStatus } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { Eye, EyeOff } from 'lucide-react'
import { useState } from 'react'
import { client } from '../app/client'
import { queryClient, webhookQuery } from '../app/queries'
import { t } from '../app/words'
import { useNow } from '../sync/use-now'
import {
  Banner,
  Button,
  CopyButton,
  confirm,
  ErrorState,
  formatAgo,
  formatNumber,
  IconButton,
  Spinner,
  Switch,
  TextField,
  toast,
  toastFailure,
} from '../ui'
import { WebhookSettings } from './WebhookSettings'
import { sameWebhook, type WebhookChange } from './webhook-form'
import './Webhook.css'

/** The receiver of a Prosper connection: switch, address, port, signature, and how it does. */
export function Webhook({ connectionId }: { connectionId: ConnectionId }) {
  const query = useQuery(webhookQuery(connectionId))
  const [isSwitching, setSwitching] = useState<boolean | null>(null)
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data) return <Spinner />
  const status = query.data

  const keep = (next: WebhookStatus) => queryClient.setQueryData(webhookQuery(connectionId).queryKey, next)
  /** Raises what the backend raises. */
  const set = async (change: WebhookChange) => {
    keep(await client.webhooks.set(change))
  }
  const toggle = async (isEnabled: boolean) => {
    setSwitching(isEnabled)
    try {
      await set({ ...sameWebhook(status), isEnabled })
    } catch (thrown) {
      toastFailure(thrown)
    } finally {
      setSwitching(null)
    }
  }
  return (
    <div className="webhook">
      <div className="webhook-switch">
        <Switch
          isSelected={isSwitching ?? status.isEnabled}
          onChange={(isOn) => void toggle(isOn)}
          isDisabled={isSwitching !== null}
          description={t('connections.webhook.what')}
        >
          {t('connections.webhook.switch')}
        </Switch>
        {isSwitching === null ? null : <Spinner size={14} />}
      </div>
      {status.problem === null ? null : (
        <Banner
          tone={status.isEnabled && !status.isListening ? 'bad' : 'warning'}
          isUrgent
          title={t(
            status.isEnabled && !status.isListening
              ? 'connections.webhook.notListening'
              : 'connections.webhook.lastRefused',
          )}
        >
          {status.problem}
        </Banner>
      )}
      {status.isEnabled ? (
        <>
          <Address status={status} onRenewed={keep} />
          <WebhookSettings status={status} onSave={set} />
        </>
      ) : null}
      {status.isEnabled || status.accepted + status.refused > 0 ? <Numbers status={status} /> : null}
      <details className="webhook-how" open={!status.isEnabled}>
        <summary>{t('connections.webhook.howTitle')}</summary>
        <ol>
          {['loopback', 'tunnel', 'vendor', 'without'].map((step) => (
            <li key={step}>{t(`connections.webhook.how.${step}`)}</li>
          ))}
        </ol>
      </details>
    </div>
  )
}

/** The secret address: hidden until somebody wants to see it. */
function Address({
  status,
  onRenewed,
}: {
  status: WebhookStatus
  onRenewed: (status: WebhookStatus) => void
}) {
  const [isShown, setShown] = useState(false)
  const [isRenewing, setRenewing] = useState(false)
  const { url, connectionId } = status
  const renew = async () => {
    const isSure = await confirm({
      title: t('connections.webhook.renewTitle'),
      body: t('connections.webhook.renewWords'),
      confirmLabel: t('connections.webhook.renew'),
      tone: 'danger',
    })
    if (!isSure) return
    setRenewing(true)
    try {
      onRenewed(await client.webhooks.renew({ connectionId }))
      toast({ title: t('connections.webhook.renewed'), tone: 'good', topic: `webhook ${connectionId}` })
    } catch (thrown) {
      toastFailure(thrown)
    } finally {
      setRenewing(false)
    }
  }
  if (url === null) return null
  return (
    <TextField
      label={t('connections.webhook.address')}
      description={t('connections.webhook.addressHint')}
      className="webhook-address"
      type={isShown ? 'text' : 'password'}
      autoComplete="off"
      value={url}
      isReadOnly
      end={
        <>
          <IconButton
            label={t(isShown ? 'connections.webhook.hide' : 'connections.webhook.show')}
            variant="outline"
            icon={isShown ? <EyeOff size={15} aria-hidden="true" /> : <Eye size={15} aria-hidden="true" />}
            onPress={() => setShown((before) => !before)}
          />
          <CopyButton text={url} label={t('connections.webhook.copy')} />
          <Button onPress={() => void renew()} isPending={isRenewing}>
            {t('connections.webhook.renew')}
          </Button>
        </>
      }
    />
  )
}

function Numbers({ status }: { status: WebhookStatus }) {
  const now = useNow(status.lastAt !== null, 20_000)
  return (
    <dl className="webhook-numbers tabular">
      <dt>{t('connections.webhook.accepted')}</dt>
      <dd>{formatNumber(status.accepted)}</dd>
      <dt>{t('connections.webhook.refused')}</dt>
      <dd>{formatNumber(status.refused)}</dd>
      <dt>{t('connections.webhook.last')}</dt>
      <dd>
        {status.lastAt === null
          ? t('connections.webhook.lastNever')
          : formatAgo(status.lastAt, new Date(now))}
      </dd>
    </dl>
  )
}
