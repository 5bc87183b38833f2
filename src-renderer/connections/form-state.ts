import {
  BaseUrl,
  type Connection,
  ConnectionDraft,
  ConnectionSettings,
  type Dialect,
  Secrets,
  type Vendor,
} from '@contract'
import type { z } from 'zod'
import { t } from '../app/words'

/** The form as typed: texts, however wrong. */
export interface ConnectionForm {
  vendor: Vendor
  name: string
  baseUrl: string
  /** One a line, or with commas between them. */
  campaigns: string
  apiKey: string
  accessToken: string
  dialect: Dialect
  authHeader: string
  authPrefix: string
  ratePerSec: string
  concurrency: string
  /** Not in the form: the schedule is set beside the connection, and an edit leaves it alone. */
  everyMinutes: number | null
}
export type FormField = keyof ConnectionForm
export type FormProblems = Partial<Record<FormField, string>>

/** Where each vendor's published pages say that its API is. */
export const DEFAULT_URLS: Readonly<Record<Vendor, string>> = {
  prosper: 'https://voice.getprosperapp.com',
  malakai: 'https://api.getmalakai.com',
}

export function emptyForm(vendor: Vendor): ConnectionForm {
  const { dialect, authHeader, authPrefix, everyMinutes } = ConnectionSettings.parse({})
  return {
    vendor,
    name: '',
    baseUrl: DEFAULT_URLS[vendor],
    campaigns: '',
    apiKey: '',
    accessToken: '',
    dialect,
    authHeader,
    authPrefix,
    ratePerSec: '',
    concurrency: '',
    everyMinutes,
  }
}

/** The form of an existing connection; its secrets stay in the keychain and are not shown. */
export function formOf(connection: Connection): ConnectionForm {
  const { settings } = connection
  return {
    vendor: connection.vendor,
    name: connection.name,
    baseUrl: connection.baseUrl,
    campaigns: connection.campaignIds.join('\n'),
    apiKey: '',
    accessToken: '',
    dialect: settings.dialect,
    authHeader: settings.authHeader,
    authPrefix: settings.authPrefix,
    ratePerSec: settings.ratePerSec === null ? '' : String(settings.ratePerSec),
    concurrency: settings.concurrency === null ? '' : String(settings.concurrency),
    everyMinutes: settings.everyMinutes,
  }
}

/** The form for another vendor: what was typed stays, a prefilled address changes with the vendor. */
export function withVendor(form: ConnectionForm, vendor: Vendor): ConnectionForm {
  const isDefault = form.baseUrl.trim() === '' || form.baseUrl === DEFAULT_URLS[form.vendor]
  return { ...form, vendor, baseUrl: isDefault ? DEFAULT_URLS[vendor] : form.baseUrl }
}

/** The campaign ids of the form, each once, in the order given. */
export const campaignIdsOf = (text: string): string[] => [
  ...new Set(
    text
      .split(/[\n,]/)
      .map((id) => id.trim())
      .filter((id) => id !== ''),
  ),
]

/** The form with these campaigns as well; what was typed by hand stays, in its order. */
export function withCampaigns(text: string, ids: readonly string[]): string {
  return [...new Set([...campaignIdsOf(text), ...ids])].join('\n')
}

/** The form without these campaigns. */
export function withoutCampaigns(text: string, ids: readonly string[]): string {
  const gone = new Set(ids)
  return campaignIdsOf(text)
    .filter((id) => !gone.has(id))
    .join('\n')
}

/**
 * Whether the key would travel where others can read it: plain http to a host that is not this computer. Such an
 * address is warned of, not refused: it may lie behind a tunnel.
 */
export function isUnprotected(address: string): boolean {
  if (!URL.canParse(address.trim())) return false
  const { protocol, hostname } = new URL(address.trim())
  if (protocol !== 'http:') return false
  // RFC 6761 (localhost and its subdomains), RFC 1122 (127.0.0.0/8), RFC 4291 (::1).
  return !/^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)
}

const numberOrNull = (text: string): number | null => (text.trim() === '' ? null : Number(text.trim()))

/** Which field of the form a path of the draft's schema is about. */
const FIELD_OF: Readonly<Record<string, FormField>> = {
  name: 'name',
  baseUrl: 'baseUrl',
  campaignIds: 'campaigns',
  'settings.dialect': 'dialect',
  'settings.authHeader': 'authHeader',
  'settings.authPrefix': 'authPrefix',
  'settings.ratePerSec': 'ratePerSec',
  'settings.concurrency': 'concurrency',
  apiKey: 'apiKey',
  accessToken: 'accessToken',
}

function addProblems(problems: FormProblems, issues: readonly z.core.$ZodIssue[]): void {
  for (const { path, message } of issues) {
    const names = path.map(String)
    const field = FIELD_OF[names.slice(0, 2).join('.')] ?? FIELD_OF[names[0] ?? '']
    if (field && problems[field] === undefined) problems[field] = message
  }
}

export type ReadForm =
  | { ok: true; draft: ConnectionDraft; secrets: Secrets | null }
  | { ok: false; problems: FormProblems }

/**
 * What is needed to reach the vendor's account, for "Find my campaigns": the name and the campaigns may still be empty.
 */
export function readAccount(form: ConnectionForm, hasSecrets: boolean): ReadForm {
  const read = readForm(
    { ...form, name: form.name.trim() || form.vendor, campaigns: campaignIdsOf(form.campaigns)[0] ?? '-' },
    hasSecrets,
  )
  return read.ok ? { ...read, draft: { ...read.draft, campaignIds: campaignIdsOf(form.campaigns) } } : read
}

/**
 * The form as the contract wants it, or what is wrong with which field. `hasSecrets`: the keychain has some
 * already; then empty secret fields keep them (`secrets: null`).
 */
export function readForm(form: ConnectionForm, hasSecrets: boolean): ReadForm {
  const problems: FormProblems = {}
  const isProsper = form.vendor === 'prosper'

  if (form.name.trim() === '') problems.name = t('connections.problem.name')
  if (form.baseUrl.trim() === '') problems.baseUrl = t('connections.problem.baseUrl')
  else if (!BaseUrl.safeParse(form.baseUrl.trim()).success && !/^https?:\/\//i.test(form.baseUrl.trim()))
    problems.baseUrl = t('connections.problem.scheme')
  const campaignIds = campaignIdsOf(form.campaigns)
  // Prosper lists a whole organisation, but not in the shape of its documentation pages.
  if (campaignIds.length === 0 && (!isProsper || form.dialect === 'page'))
    problems.campaigns = t(isProsper ? 'connections.problem.campaignsPage' : 'connections.problem.campaigns')
  for (const field of ['ratePerSec', 'concurrency'] as const)
    if (!ConnectionSettings.shape[field].safeParse(numberOrNull(form[field])).success)
      problems[field] = t(`connections.problem.${field}`)

  const draft = ConnectionDraft.safeParse({
    vendor: form.vendor,
    name: form.name,
    baseUrl: form.baseUrl.trim(),
    campaignIds,
    settings: {
      ...(isProsper
        ? { dialect: form.dialect, authHeader: form.authHeader.trim(), authPrefix: form.authPrefix }
        : {}),
      ratePerSec: numberOrNull(form.ratePerSec),
      concurrency: numberOrNull(form.concurrency),
      everyMinutes: form.everyMinutes,
    },
  })
  if (!draft.success) addProblems(problems, draft.error.issues)

  const apiKey = form.apiKey.trim()
  const accessToken = form.accessToken.trim()
  const areSecretsGiven = apiKey !== '' || (!isProsper && accessToken !== '')
  let secrets: Secrets | null = null
  if (areSecretsGiven || !hasSecrets) {
    if (apiKey === '') problems.apiKey = t('connections.problem.apiKey')
    if (!isProsper && accessToken === '') problems.accessToken = t('connections.problem.accessToken')
    const read = Secrets.safeParse({ apiKey, accessToken: isProsper ? null : accessToken })
    if (read.success) secrets = read.data
    else addProblems(problems, read.error.issues)
  }

  if (Object.keys(problems).length > 0 || !draft.success) return { ok: false, problems }
  return { ok: true, draft: draft.data, secrets }
}
