import { type ConnectionId, EarmarkError, toFailure } from '@contract'
import { getConnection } from '../connections/queries'
import { explainSqliteError } from '../db/sqlite-errors'
import type { CallsContext } from '../sync/context'
import type { SyncEngine } from '../sync/engine'
import { throttled } from '../sync/reporter'
import type { Delivery } from './delivery'
import { type Batch, DeliveryQueue, type QueueRules } from './delivery-queue'
import { getWebhook, noteNews, noteRun, type StoredWebhook, type WebhookNews } from './queries'

const NO_NEWS: WebhookNews = { accepted: 0, refused: 0, lastAtMs: null, problem: undefined }

/** What comes in for one connection: its calls are read, its numbers kept, and all of it told. */
export class Inbox {
  readonly #id: ConnectionId
  readonly #context: CallsContext
  readonly #now: () => number
  readonly #queue: DeliveryQueue
  readonly #saying: ReturnType<typeof throttled>
  /** Not written yet. */
  #news: WebhookNews = { ...NO_NEWS }

  constructor(
    id: ConnectionId,
    context: CallsContext,
    engine: Pick<SyncEngine, 'fetchCall'>,
    rules: { queue: QueueRules; newsMs: number },
    now: () => number,
  ) {
    this.#id = id
    this.#context = context
    this.#now = now
    const fetch = ({ externalId, campaignId }: Delivery) => engine.fetchCall(id, externalId, campaignId)
    this.#queue = new DeliveryQueue(fetch, (batch) => this.#dealtWith(batch), rules.queue, now)
    this.#saying = throttled(rules.newsMs, () => this.#note())
  }

  /** A delivery that is what it says. */
  accept(delivery: Delivery): 'taken' | 'full' {
    const elsewhere = this.#notAskedFor(delivery)
    if (elsewhere === null && this.#queue.add(delivery) === 'full') return 'full'
    this.#news.accepted += 1
    this.#news.lastAtMs = this.#now()
    if (elsewhere !== null) this.#news.problem = elsewhere
    this.#saying.wish()
    return 'taken'
  }

  /** `reason`: the end of a sentence that begins "The last delivery". */
  refuse(reason: string): void {
    this.#news.refused += 1
    this.#news.problem = `A delivery was refused: it ${reason}`
    this.#saying.wish()
  }

  /** The receiver as kept, with what was not written yet. */
  stored(): StoredWebhook {
    const row = getWebhook(this.#context.db, this.#id)
    const { accepted, refused, lastAtMs, problem } = this.#news
    return {
      ...row,
      accepted: row.accepted + accepted,
      refused: row.refused + refused,
      lastAtMs: lastAtMs ?? row.lastAtMs,
      problem: problem === undefined ? row.problem : problem,
    }
  }

  /** Resolves when nothing is being read. For tests. */
  idle(): Promise<void> {
    return this.#queue.idle()
  }

  close(): void {
    this.#queue.close()
    this.#saying.flush()
  }

  /** Only the campaigns of the connection are read; the sentence about another, or null. */
  #notAskedFor({ externalId, campaignId }: Delivery): string | null {
    const { name, campaignIds } = getConnection(this.#context.db, this.#id)
    if (campaignId === null || campaignIds.length === 0 || campaignIds.includes(campaignId)) return null
    return `Call ${externalId} was announced, of campaign ${campaignId}, which is none of "${name}": it was not read. Add the campaign to the connection if its calls belong here.`
  }

  #dealtWith(batch: Batch): void {
    const { db, emit } = this.#context
    this.#news.problem = batch.problem
    try {
      if (batch.added + batch.updated + batch.unchanged + batch.givenUp > 0)
        noteRun(db, this.#id, batch, this.#now())
    } catch (error) {
      this.#news.problem = this.#inWords(error)
    }
    this.#saying.wish()
    if (batch.added + batch.updated > 0) emit({ type: 'calls.changed' })
    emit({ type: 'connections.changed' })
  }

  /** Writes what was counted. A full disk costs numbers only, and only until there is room. */
  #note(): void {
    const news = this.#news
    this.#news = { ...NO_NEWS }
    try {
      noteNews(this.#context.db, this.#id, news)
    } catch (error) {
      this.#news = { ...news, problem: this.#inWords(error) }
    }
    this.#context.emit({ type: 'webhooks.changed', connectionId: this.#id })
  }

  #inWords(error: unknown): string {
    const { paths } = this.#context
    const explained = explainSqliteError(error, 'calls.db', paths.callsDb)
    if (explained instanceof EarmarkError) return explained.message
    return toFailure(explained).message
  }
}
