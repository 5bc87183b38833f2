import { type Client, type Contract, type WebhookStatus, webhooks } from '@contract'
import { t } from '../app/words'

/** The receiver's settings as typed. */
export interface WebhookForm {
  port: string
  hmacHeader: string
  /** Empty keeps the one in the keychain. */
  hmacSecret: string
}
export type WebhookProblems = Partial<Record<keyof WebhookForm, string>>
export type WebhookChange = Parameters<Client<Contract['webhooks']>['set']>[0]

export const webhookFormOf = ({ port, hmacHeader }: WebhookStatus): WebhookForm => ({
  port: port === null ? '' : String(port),
  hmacHeader,
  hmacSecret: '',
})

/** Whether something was typed that is not saved. */
export function isWebhookChanged(form: WebhookForm, status: WebhookStatus): boolean {
  const saved = webhookFormOf(status)
  return (['port', 'hmacHeader', 'hmacSecret'] as const).some((field) => form[field].trim() !== saved[field])
}

/** The status as a change that changes nothing: to switch one thing. */
export const sameWebhook = ({ connectionId, isEnabled, port }: WebhookStatus): WebhookChange => ({
  connectionId,
  isEnabled,
  port,
  hmacSecret: null,
  removeHmac: false,
})

/** The form as the contract wants it, or what is wrong with which field. */
export function readWebhookForm(
  form: WebhookForm,
  status: WebhookStatus,
): { ok: true; change: WebhookChange } | { ok: false; problems: WebhookProblems } {
  const problems: WebhookProblems = {}
  const port = form.port.trim() === '' ? null : Number(form.port.trim())
  const change = {
    ...sameWebhook(status),
    port,
    hmacHeader: form.hmacHeader.trim(),
    hmacSecret: form.hmacSecret.trim() === '' ? null : form.hmacSecret.trim(),
  }
  const read = webhooks.set.input.safeParse(change)
  if (read.success) return { ok: true, change }
  for (const { path, message } of read.error.issues) {
    const field = path[0]
    if (field === 'port' || field === 'hmacHeader' || field === 'hmacSecret') problems[field] ??= message
  }
  if (Number.isNaN(port)) problems.port = t('connections.webhook.portProblem')
  return { ok: false, problems }
}
