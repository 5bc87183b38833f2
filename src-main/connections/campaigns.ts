import {
  type Connection,
  type ConnectionDraft,
  type ConnectionId,
  type FoundCampaign,
  type FoundCampaigns,
  type Secrets,
  toFailure,
} from '@contract'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import type { CallsContext } from '../sync/context'
import { vendors } from '../vendors'
import { findCampaigns } from '../vendors/find-campaigns'
import { keptSecrets } from './manage'
import { describeConnection, tidyBaseUrl } from './queries'

/** How many vendors' campaigns are remembered until a connection that names them is saved. */
const REMEMBERED = 10

/** "Find my campaigns", and the names of those that a connection then uses. */
export class CampaignFinder {
  readonly #context: CallsContext
  /** What was found in this session, by address: a connection is made after its campaigns were found. */
  readonly #found = new Map<string, readonly FoundCampaign[]>()

  constructor(context: CallsContext) {
    this.#context = context
  }

  /** Asks the vendor; a failure is an answer with what to do. Names of the connection's own campaigns are kept. */
  async find(
    id: ConnectionId | null,
    draft: ConnectionDraft,
    secrets: Secrets | null,
  ): Promise<FoundCampaigns> {
    const api = vendors[draft.vendor]
    const { campaigns } = api
    if (campaigns === null) return seenCampaigns(this.#context.db, id, api.name)
    try {
      const used = secrets ?? (await keptSecrets(this.#context, id, draft))
      if (api.needs.accessToken && used.accessToken === null)
        return {
          ok: false,
          campaigns: [],
          message: `${api.name} wants an access token beside the API key: enter both.`,
        }
      const config = { ...draft, baseUrl: tidyBaseUrl(draft.baseUrl) }
      const { loopbackOnly } = this.#context
      const result = await findCampaigns({ ...api, campaigns }, config, used, { loopbackOnly })
      if (result.campaigns.length > 0) this.#remember(config, result.campaigns)
      if (id !== null) this.#note(id, draft)
      return result
    } catch (error) {
      return { ok: false, campaigns: [], message: toFailure(error).message }
    }
  }

  /** A connection that was just saved, with the names of its campaigns where they were found in this session. */
  named(id: ConnectionId, draft: ConnectionDraft): Connection {
    this.#note(id, draft)
    return describeConnection(this.#context.db, id)
  }

  #note(id: ConnectionId, draft: ConnectionDraft): void {
    const found = this.#found.get(placeOf({ ...draft, baseUrl: tidyBaseUrl(draft.baseUrl) })) ?? []
    if (noteNames(this.#context.db, id, found, Date.now()))
      this.#context.emit({ type: 'connections.changed' })
  }

  #remember(config: ConnectionDraft, campaigns: readonly FoundCampaign[]): void {
    const place = placeOf(config)
    this.#found.delete(place)
    this.#found.set(place, campaigns)
    const oldest = this.#found.keys().next()
    if (this.#found.size > REMEMBERED && !oldest.done) this.#found.delete(oldest.value)
  }
}

const placeOf = ({ vendor, baseUrl }: ConnectionDraft): string => `${vendor} ${baseUrl}`

/** For vendors without a list of campaigns: the ids that stood in the connection's calls. */
function seenCampaigns(db: ReadDb, id: ConnectionId | null, name: string): FoundCampaigns {
  const ids =
    id === null
      ? []
      : prepared<string>(
          db,
          "SELECT DISTINCT campaign_id FROM facets WHERE connection_id = ? AND campaign_id <> '' LIMIT 1000",
        )
          .pluck()
          .all(id)
  const message =
    ids.length === 0
      ? `${name} has no list of campaigns to ask for. Enter their IDs by hand, as ${name} shows them.`
      : `${name} has no list of campaigns to ask for; these stood in the calls so far.`
  const campaigns = ids.map((campaignId) => ({
    campaignId,
    name: null,
    direction: null,
    calls: null,
    status: null,
  }))
  return { ok: ids.length > 0, campaigns, message }
}

/** Keeps the names of those campaigns that the connection uses; whether any was news. */
function noteNames(db: WriteDb, id: ConnectionId, found: readonly FoundCampaign[], nowMs: number): boolean {
  const note = prepared(
    db,
    `INSERT INTO campaigns (connection_id, campaign_id, info, seen_at_ms, name)
     SELECT @id, @campaignId, '{}', @nowMs, @name
     WHERE EXISTS (SELECT 1 FROM connections c, json_each(c.campaign_ids) j
       WHERE c.id = @id AND c.removed_at_ms IS NULL AND j.value = @campaignId)
     ON CONFLICT (connection_id, campaign_id) DO UPDATE SET name = excluded.name WHERE name IS NOT excluded.name`,
  )
  return db.transaction(() => {
    let changes = 0
    for (const { campaignId, name } of found)
      if (name !== null) changes += note.run({ id, campaignId, name: name.slice(0, 500), nowMs }).changes
    return changes > 0
  })()
}
