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
}
export type FormField = keyof ConnectionForm
export type FormProblems = Partial<Record<FormField, string>>

/** Where each vendor's published pages say that its API is. */
export const DEFAULT_URLS: Readonly<Record<Vendor, string>> = {
  prosper: 'https://voice.getprosperapp.com',
  malakai: 'https://api.getmalakai.com',
}

export function emptyForm(vendor: Vendor): ConnectionForm {
  const { dialect, authHeader, authPrefix } = ConnectionSettings.parse({})
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
  if (campaignIds.length === 0) problems.campaigns = t('connections.problem.campaigns')
  for (const field of ['ratePerSec', 'concurrency'] as const)
    if (Number.isNaN(numberOrNull(form[field]))) problems[field] = t('connections.problem.number')

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
