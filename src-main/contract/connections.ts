import { z } from 'zod'
import { ConnectionId, call, Done, Instant, JsonValue, Nothing, Vendor } from './common'
import { ErrorCode } from './errors'

export const Dialect = z.enum(['auto', 'page', 'openapi'])
export type Dialect = z.infer<typeof Dialect>

export const ConnectionSettings = z.object({
  /** Prosper only: which of the two published shapes of the API to speak. */
  dialect: Dialect.default('auto'),
  /** Prosper only: the header that carries the key, and what stands before the key in it. */
  authHeader: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,100}$/, 'A header name has letters, digits and hyphens.')
    .default('Authorization'),
  authPrefix: z
    .string()
    .regex(/^[\x20-\x7e]{0,50}$/)
    .default('Bearer '),
  /** Requests a second to one host; null for the default (5; none for loopback). */
  ratePerSec: z.number().positive().max(10_000).nullable().default(null),
  /** Requests at once; null for the default (4). */
  concurrency: z.number().int().min(1).max(64).nullable().default(null),
  /** Sync by itself this often while the window is open; null: only when somebody asks. Five minutes to a week. */
  everyMinutes: z.number().int().min(5).max(10_080).nullable().default(null),
})
export type ConnectionSettings = z.infer<typeof ConnectionSettings>

/** Sent once, put into the keychain, never sent back. */
export const Secrets = z.object({
  apiKey: z.string().min(1).max(10_000),
  /** Malakai's second secret. */
  accessToken: z.string().min(1).max(10_000).nullable().default(null),
})
export type Secrets = z.infer<typeof Secrets>

export const BaseUrl = z
  .url({ protocol: /^https?$/, error: 'Give the whole address, such as https://api.example.com' })
  .max(2000)
  .refine((text) => {
    if (!URL.canParse(text)) return false
    const url = new URL(text)
    return url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  }, 'The address must not hold a user name, a password, a "?" or a "#".')

export const ConnectionDraft = z.object({
  vendor: Vendor,
  name: z.string().trim().min(1).max(100),
  baseUrl: BaseUrl,
  campaignIds: z.array(z.string().trim().min(1).max(200)).max(500),
  settings: ConnectionSettings,
})
export type ConnectionDraft = z.infer<typeof ConnectionDraft>

/** A connection to a folder of files. On an update, `folder: null` keeps the one that there is. */
export const FolderDraft = z.object({
  vendor: Vendor,
  name: z.string().trim().min(1).max(100),
  folder: z.string().min(1).max(4096).nullable(),
})
export type FolderDraft = z.infer<typeof FolderDraft>

/** What is in a folder that somebody chose. */
export const ChosenFolder = z.object({
  folder: z.string(),
  /** Whose calls its first files hold; null: no vendor's, or there are no files yet. */
  vendor: Vendor.nullable(),
  jsonFiles: z.number().int(),
  audioFiles: z.number().int(),
})
export type ChosenFolder = z.infer<typeof ChosenFolder>

/** A file of a folder connection, as it was when it was last looked at. */
export const FolderFile = z.object({
  /** Below the folder, with `/`. */
  path: z.string(),
  bytes: z.number().int(),
  modifiedAt: Instant,
  readAt: Instant,
  /** How many calls it held; of audio, 1 when its call is there, 0 while it waits for it. */
  calls: z.number().int(),
  /** Why it (or a part of it) was not taken, and what to do; null: all of it was. */
  problem: z.string().nullable(),
})
export type FolderFile = z.infer<typeof FolderFile>

/** A campaign that "Find my campaigns" found; what the vendor does not tell is null. */
export const FoundCampaign = z.object({
  campaignId: z.string(),
  name: z.string().nullable(),
  direction: z.enum(['inbound', 'outbound', 'workflow']).nullable(),
  calls: z.number().int().nullable(),
  status: z.string().nullable(),
})
export type FoundCampaign = z.infer<typeof FoundCampaign>

/** `message`: what was found, or why nothing was and what to do. One list of two failing is `ok`, and said. */
export const FoundCampaigns = z.object({
  ok: z.boolean(),
  campaigns: z.array(FoundCampaign).max(1000),
  message: z.string(),
})
export type FoundCampaigns = z.infer<typeof FoundCampaigns>

export const CampaignInfo = z.object({
  campaignId: z.string(),
  /** The vendor's name for it, where "Find my campaigns" was told one; else null: show the id. */
  name: z.string().nullable(),
  /** What the vendor says of the campaign beside its calls (Malakai: `analytics`, `message`). */
  info: z.record(z.string(), JsonValue),
  seenAt: Instant,
})

export const SyncOutcome = z.enum(['done', 'cancelled', 'failed', 'interrupted'])
export type SyncOutcome = z.infer<typeof SyncOutcome>

export const SyncCounts = z.object({
  listed: z.number().int(),
  added: z.number().int(),
  updated: z.number().int(),
  unchanged: z.number().int(),
  quarantined: z.number().int(),
  recordings: z.object({ downloaded: z.number().int(), failed: z.number().int() }),
})
export type SyncCounts = z.infer<typeof SyncCounts>

/** What began a sync: somebody at the window, a timetable, a vendor's message, a change in a folder, `earmark sync`. */
export const SyncTrigger = z.enum(['person', 'schedule', 'webhook', 'folder', 'command_line'])
export type SyncTrigger = z.infer<typeof SyncTrigger>

export const SyncRun = z.object({
  id: z.number().int(),
  connectionId: ConnectionId,
  trigger: SyncTrigger,
  startedAt: Instant,
  finishedAt: Instant.nullable(),
  outcome: SyncOutcome.nullable(),
  counts: SyncCounts,
  problem: z.string().nullable(),
})
export type SyncRun = z.infer<typeof SyncRun>

/**
 * `imported`: made by an import of files; it has no address and can't be synced. `folder`: files that somebody else
 * puts into a folder; syncing reads what is new there.
 */
export const ConnectionKind = z.enum(['api', 'imported', 'folder'])
export type ConnectionKind = z.infer<typeof ConnectionKind>

export const Connection = ConnectionDraft.extend({
  id: ConnectionId,
  kind: ConnectionKind,
  baseUrl: z.string(),
  /** The watched folder; of kind `folder` only. */
  folder: z.string().nullable(),
  createdAt: Instant,
  callCount: z.number().int(),
  quarantineCount: z.number().int(),
  lastRun: SyncRun.nullable(),
  /** When the schedule syncs it next, if the window is open then; null without a schedule. Not in the past. */
  nextSyncAt: Instant.nullable(),
  campaigns: z.array(CampaignInfo),
})
export type Connection = z.infer<typeof Connection>

/** What "Test connection" found; `message` says what to do. */
export const TestOutcome = z.object({
  ok: z.boolean(),
  code: ErrorCode.nullable(),
  message: z.string(),
  /** Calls that the vendor says there are, when it says. */
  total: z.number().int().nullable(),
})
export type TestOutcome = z.infer<typeof TestOutcome>

export const QuarantinedRecord = z.object({
  id: z.number().int(),
  connectionId: ConnectionId,
  connectionName: z.string(),
  externalId: z.string().nullable(),
  reason: z.string(),
  firstSeenAt: Instant,
  /** At most the first 20,000 characters. */
  raw: z.string(),
})
export type QuarantinedRecord = z.infer<typeof QuarantinedRecord>

export const connections = {
  list: call(Nothing, z.array(Connection)),
  /** Secrets go to the keychain first; without it nothing is kept. */
  create: call(z.object({ draft: ConnectionDraft, secrets: Secrets }), Connection),
  /** `secrets: null` keeps those in the keychain. */
  update: call(
    z.object({ id: ConnectionId, draft: ConnectionDraft, secrets: Secrets.nullable() }),
    Connection,
  ),
  /** The calls stay; secrets are deleted. */
  remove: call(z.object({ id: ConnectionId }), Done),
  /** One real request, nothing kept. With `id` and `secrets: null`, those in the keychain are used. */
  test: call(
    z.object({ id: ConnectionId.nullable(), draft: ConnectionDraft, secrets: Secrets.nullable() }),
    TestOutcome,
  ),
  quarantine: call(z.object({ connectionId: ConnectionId.nullable() }), z.array(QuarantinedRecord)),
  /** The whole record, as indented JSON (or as the text that it is, where it is no JSON). Raises `not_found`. */
  quarantineRaw: call(z.object({ id: z.number().int() }), z.object({ json: z.string() })),
  /**
   * Reads what was set aside once more, with today's parser: one record, those of a connection, or (both null) all.
   * What is readable now is stored and leaves the quarantine. Raises `busy` while a connection is synced, `not_found`.
   */
  retryQuarantine: call(
    z.object({ connectionId: ConnectionId.nullable(), id: z.number().int().nullable() }),
    z.object({ readable: z.number().int(), stillUnreadable: z.number().int() }),
  ),
  /** Asks for a folder in the system's dialog; null when that was cancelled. */
  chooseFolder: call(Nothing, ChosenFolder.nullable()),
  /** From the window: only with a folder from `chooseFolder`. What is in it is read at once. */
  createFolder: call(z.object({ draft: FolderDraft }), Connection),
  updateFolder: call(z.object({ id: ConnectionId, draft: FolderDraft }), Connection),
  /** Shows the folder in the system's file manager. Raises `not_found`, `file_unreadable` when it is gone. */
  revealFolder: call(z.object({ id: ConnectionId }), Done),
  /** At most 200, newest first. */
  folderFiles: call(z.object({ id: ConnectionId, onlyProblems: z.boolean() }), z.array(FolderFile).max(200)),
  /** Asks the vendor which campaigns there are. With `id` and `secrets: null`, those in the keychain are used. */
  findCampaigns: call(
    z.object({ id: ConnectionId.nullable(), draft: ConnectionDraft, secrets: Secrets.nullable() }),
    FoundCampaigns,
  ),
}
