/** A list's answer that went out whole. */
export interface Delivery {
  /** null: of the whole organisation. */
  campaignId: string | null
  /** As it was asked for; 0 where there are no pages. */
  page: number
  /** The calls on it, in order, one twice where it was listed twice. */
  externalIds: readonly string[]
}

/** What a simulator told, for who wants to compare it with what was kept. Grows with each answer: for tests. */
export class Ledger {
  readonly deliveries: Delivery[] = []
  /** The latest record of each call that a list showed, and that its details showed, as it went out. */
  readonly listed = new Map<string, unknown>()
  readonly detailed = new Map<string, unknown>()
  /** Ids whose details were asked for and were not there. */
  readonly unknown = new Set<string>()

  noteList(campaignId: string | null, page: number, rows: readonly { id: string; record: unknown }[]): void {
    this.deliveries.push({ campaignId, page, externalIds: rows.map(({ id }) => id) })
    for (const { id, record } of rows) this.listed.set(id, record)
  }

  noteDetail(id: string, record: unknown): void {
    this.detailed.set(id, record)
  }
}
