import {
  EarmarkError,
  type EarmarkEvent,
  type LogInScheme,
  type RecordingHost,
  type RecordingHostDraft,
} from '@contract'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import { requeueOfHost } from '../recordings/archive-rows'
import { isLoopbackUrl } from '../vendors/addresses'
import type { SecretStore } from './secrets'

/** The keychain's entry of one recording host. */
const account = (host: string): string => `recording-host/${host}`

interface HostRow {
  host: string
  scheme: LogInScheme
  username: string
  added_at_ms: number
  used_at_ms: number | null
  problem: string | null
}

/** As many hosts as are ever shown. */
const MOST_HOSTS = 200

/** The hosts with a log-in and those that want one; those for which recordings wait first. */
export function listRecordingHosts(db: ReadDb): RecordingHost[] {
  const waiting = new Map(
    prepared<{ host: string; count: number }>(
      db,
      `SELECT log_in_host AS host, count(*) AS count FROM recordings INDEXED BY recordings_by_log_in
       WHERE log_in_host IS NOT NULL GROUP BY log_in_host ORDER BY count DESC LIMIT ${MOST_HOSTS}`,
    )
      .all()
      .map(({ host, count }) => [host, count]),
  )
  const known = prepared<HostRow>(db, `SELECT * FROM recording_hosts ORDER BY host LIMIT ${MOST_HOSTS}`).all()
  const all = known.map(
    (row): RecordingHost => ({
      host: row.host,
      scheme: row.scheme,
      username: row.username,
      addedAt: new Date(row.added_at_ms).toISOString(),
      usedAt: row.used_at_ms === null ? null : new Date(row.used_at_ms).toISOString(),
      problem: row.problem,
      waiting: waiting.get(row.host) ?? 0,
    }),
  )
  const names = new Set(known.map(({ host }) => host))
  for (const [host, count] of waiting)
    if (!names.has(host))
      all.push({
        host,
        scheme: null,
        username: '',
        addedAt: null,
        usedAt: null,
        problem: null,
        waiting: count,
      })
  all.sort((a, b) => Number(b.waiting > 0) - Number(a.waiting > 0) || (a.host < b.host ? -1 : 1))
  return all.slice(0, MOST_HOSTS)
}

interface HostsContext {
  db: WriteDb
  secrets: SecretStore
  emit: (event: EarmarkEvent) => void
}

/**
 * Keeps a host's log-in, its secret in the keychain, and puts the recordings that failed for want of it back in line.
 * Raises `invalid_input`, `secret_missing` where there is none to keep, `keychain_unavailable`.
 */
export async function setRecordingHost(
  { db, secrets, emit }: HostsContext,
  draft: RecordingHostDraft,
  nowMs: number,
): Promise<{ host: string; requeued: number }> {
  const host = hostOf(draft.host)
  const username = draft.scheme === 'bearer' ? '' : draft.username.trim()
  const complaint = complaintAbout(draft.scheme, username, draft.secret)
  if (complaint !== null)
    throw new EarmarkError('invalid_input', complaint.message, { field: complaint.field })
  if (draft.secret !== null) await secrets.set(account(host), draft.secret)
  else if (schemeOf(db, host) !== draft.scheme || (await secrets.get(account(host))) === null)
    throw new EarmarkError('secret_missing', `Enter the secret of the log-in at ${host}.`, {
      field: 'secret',
    })
  prepared(
    db,
    `INSERT INTO recording_hosts (host, scheme, username, added_at_ms) VALUES (@host, @scheme, @username, @nowMs)
     ON CONFLICT (host) DO UPDATE SET scheme = @scheme, username = @username, added_at_ms = @nowMs, problem = NULL`,
  ).run({ host, scheme: draft.scheme, username, nowMs })
  const requeued = requeueOfHost(db, host)
  emit({ type: 'recordings.storage' })
  if (requeued > 0) emit({ type: 'calls.changed' })
  return { host, requeued }
}

/** Forgets a host's log-in. Raises `not_found`, and `keychain_unavailable`: then it is still there. */
export async function removeRecordingHost({ db, secrets, emit }: HostsContext, name: string): Promise<void> {
  const host = hostOf(name)
  if (schemeOf(db, host) === null)
    throw new EarmarkError('not_found', `There is no log-in for recordings at ${host}.`, { host })
  await secrets.remove(account(host))
  prepared(db, 'DELETE FROM recording_hosts WHERE host = ?').run(host)
  emit({ type: 'recordings.storage' })
}

/** null: there is no log-in for this host. */
const schemeOf = (db: ReadDb, host: string): LogInScheme | null =>
  prepared<LogInScheme>(db, 'SELECT scheme FROM recording_hosts WHERE host = ?').pluck().get(host) ?? null

/**
 * A host as it is stored, from what somebody typed: a name, with a port, or a whole address. Raises `invalid_input`.
 */
export function hostOf(text: string): string {
  const typed = text.trim()
  const isAddress = /^https?:\/\//i.test(typed)
  const address = isAddress ? typed : `https://${typed}`
  const url = URL.canParse(address) ? new URL(address) : null
  const isPlain = url !== null && url.username === '' && url.password === '' && url.hostname !== ''
  // What stands alone is a host and nothing else; of an address, the rest is let go.
  if (
    !url ||
    !isPlain ||
    (!isAddress && (url.pathname !== '/' || url.search !== '' || /[\s/?#@\\]/.test(typed)))
  )
    throw new EarmarkError(
      'invalid_input',
      'A host is a name such as api.twilio.com, with a port if it has one of its own.',
      { field: 'host' },
    )
  return url.host
}

function complaintAbout(
  scheme: LogInScheme,
  username: string,
  secret: string | null,
): { field: string; message: string } | null {
  if (scheme === 'basic' && username === '')
    return {
      field: 'username',
      message: 'Enter the user name (at telephony providers often the account’s id).',
    }
  // RFC 7617: what stands before the first colon is the name.
  if (/[:\p{Cc}]/u.test(username))
    return { field: 'username', message: 'A user name has no colon and no line break.' }
  if (secret !== null && /\p{Cc}/u.test(secret))
    return { field: 'secret', message: 'A secret is one line. Check what was pasted.' }
  // It goes into a header as it is (RFC 6750, 2.1).
  if (secret !== null && scheme === 'bearer' && !/^[\x21-\x7e]+$/.test(secret))
    return {
      field: 'secret',
      message: 'A token has no spaces and no letters beyond ASCII. Check what was pasted.',
    }
  return null
}

/**
 * The log-ins of recording hosts, for one run of downloads. Each goes to exactly its host and port, over https (or to
 * this computer), whatever address or redirect led there; a vendor's own secrets are never among them.
 */
export class RecordingLogIns {
  readonly #cache = new Map<string, { addedAtMs: number; authorization: string | null }>()
  readonly #context: Pick<HostsContext, 'db' | 'secrets'>
  /** Hosts that were found to want one in this run. */
  readonly wanting = new Set<string>()

  constructor(context: Pick<HostsContext, 'db' | 'secrets'>) {
    this.#context = context
  }

  /** The `Authorization` for a request; null: none is known, or the way there is not safe. Raises `keychain_unavailable`. */
  async authorizationFor(url: URL): Promise<string | null> {
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopbackUrl(url.href))) return null
    const { db, secrets } = this.#context
    const { host } = url
    const row = prepared<HostRow>(db, 'SELECT * FROM recording_hosts WHERE host = ?').get(host)
    if (!row) return null
    const known = this.#cache.get(host)
    // One that was entered anew meanwhile is read anew.
    if (known?.addedAtMs === row.added_at_ms) return known.authorization
    const secret = await secrets.get(account(host))
    const authorization = secret === null ? null : authorizationOf(row.scheme, row.username, secret)
    this.#cache.set(host, { addedAtMs: row.added_at_ms, authorization })
    return authorization
  }

  /** The host took the log-in. */
  noteTaken(host: string, nowMs: number): void {
    prepared(
      this.#context.db,
      `UPDATE recording_hosts SET used_at_ms = ?, problem = NULL
       WHERE host = ? AND (problem IS NOT NULL OR coalesce(used_at_ms, 0) < ?)`,
    ).run(nowMs, host, nowMs - 60_000)
  }

  /** The host refused it. */
  noteRefused(host: string, problem: string): void {
    prepared(this.#context.db, 'UPDATE recording_hosts SET problem = ? WHERE host = ?').run(problem, host)
  }
}

/** RFC 7617 (`Basic`, UTF-8), RFC 6750 (`Bearer`). */
const authorizationOf = (scheme: LogInScheme, username: string, secret: string): string =>
  scheme === 'bearer'
    ? `Bearer ${secret}`
    : `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`
