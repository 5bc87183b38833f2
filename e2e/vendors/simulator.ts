import type { RecordingSource } from './audio'
import { type MakeCalls, makeCalls, type SimulatedCall } from './calls'
import type { World } from './data-faults'
import { BUILT_IN_DIALOGUES, type Dialogue } from './dialogues'
import type { FaultSetting } from './faults'
import type { Ledger } from './ledger'
import type { RecordingLogIn } from './recording-host'
import type { SeenRequest } from './server'

/** What both simulators are started with. */
export interface SimulatorOptions {
  /** Conversations to make calls from; default: a small set of its own. */
  dialogues?: readonly Dialogue[]
  /** How many calls to make (default 24), or the calls themselves. */
  calls?: number | readonly SimulatedCall[]
  campaigns?: readonly string[]
  seed?: string
  apiKey?: string
  /** Below which path the API stands, such as "/api/api"; default: none. */
  basePath?: string
  /** 0 (default): any free port. */
  port?: number
  recordingPort?: number
  /** Default: tones made by code. `null`: no call has a recording. */
  recordings?: RecordingSource | null
  faults?: readonly FaultSetting[]
  /** Each answer comes this much later, milliseconds. */
  delayMs?: number
  /** The name and password that the recording host wants; default: none. */
  recordingLogIn?: RecordingLogIn
  /** Addresses of recordings are new in each answer, and `expireRecordings` makes them worthless. */
  hasExpiringRecordings?: boolean
  /** Remembers all that it told; see `ledger`. */
  keepsLedger?: boolean
  /** Told of each request for calls, before it is answered. */
  onRequest?: (kind: 'list' | 'detail') => void
}

/** A running simulator. */
export interface Simulator {
  /** The base URL to connect to. */
  readonly url: string
  readonly recordingsUrl: string
  readonly campaigns: readonly string[]
  /** Requests to the API and to the recording host, oldest first, up to 20,000 each. */
  readonly requests: readonly SeenRequest[]
  readonly recordingRequests: readonly SeenRequest[]
  /** All requests to the API. */
  readonly requestCount: number
  /** Requests that brought a secret to the recording host; `close` throws when there are any. */
  readonly leaks: readonly string[]
  /** What it told; null unless it was started with `keepsLedger`. */
  readonly ledger: Ledger | null
  /** Newest first, as listed. */
  readonly calls: readonly SimulatedCall[]
  /** The vendor's id of each call, newest first. */
  readonly externalIds: readonly string[]
  /** Replaces the faults that are switched on; none: all is well. */
  setFaults(faults: readonly FaultSetting[]): void
  /** New calls, newer than all others, or those given. They are returned. */
  addCalls(calls: number | readonly SimulatedCall[]): readonly SimulatedCall[]
  /** Lays fields over the vendor's record of a call (QA results that arrive later, another status). */
  updateCall(id: number, changes: Readonly<Record<string, unknown>>): void
  /** The vendor no longer lists it. */
  removeCall(id: number): void
  /** The addresses of recordings that were handed out are refused from now on (with `hasExpiringRecordings`). */
  expireRecordings(): void
  /** What the recording host wants from now on; null: no log-in. */
  setRecordingLogIn(logIn: RecordingLogIn | null): void
  close(): Promise<void>
}

/** The calls of a simulator, newest first, with what can happen to them. */
export class CallBook {
  private book: SimulatedCall[] = []
  private readonly byId = new Map<number, SimulatedCall>()
  private readonly material: Omit<MakeCalls, 'count'>

  constructor(
    options: SimulatorOptions,
    readonly campaigns: readonly string[],
  ) {
    const { dialogues = BUILT_IN_DIALOGUES, calls = 24, seed = 'earmark' } = options
    this.material = { dialogues, campaigns, seed }
    this.insert(typeof calls === 'number' ? makeCalls({ ...this.material, count: calls }) : calls)
  }

  get calls(): readonly SimulatedCall[] {
    return this.book
  }

  get(id: number): SimulatedCall | undefined {
    return this.byId.get(id)
  }

  add(calls: number | readonly SimulatedCall[]): readonly SimulatedCall[] {
    const newest = this.book[0]
    const made =
      typeof calls === 'number'
        ? makeCalls({
            ...this.material,
            count: calls,
            firstId: this.nextId(),
            ...(newest === undefined ? {} : { startMs: newest.createdAtMs }),
          })
        : calls
    this.insert(made)
    return made
  }

  /** A call like the others, at one end of the list. Of the oldest call's campaign, so that a listing of it sees it. */
  addOne(place: 'newest' | 'oldest', campaignId: string): void {
    if (place === 'newest') {
      this.insert(this.makeOne().map((call) => ({ ...call, campaignId })))
      return
    }
    const oldestMs = this.book.at(-1)?.createdAtMs ?? Date.UTC(2026, 0, 5, 9)
    this.insert(this.makeOne().map((call) => ({ ...call, campaignId, createdAtMs: oldestMs - 60_000 })))
  }

  /** What a fault may do to a campaign's calls. */
  world(campaignId: string): World {
    return {
      calls: this.book,
      addCall: (place) => this.addOne(place, campaignId),
      removeCall: (place) => {
        const own = this.book.filter((call) => call.campaignId === campaignId)
        const call = own.at(place === 'newest' ? 0 : -1)
        if (call !== undefined) this.remove(call.id)
      },
    }
  }

  private makeOne(): SimulatedCall[] {
    const startMs = this.book[0]?.createdAtMs ?? Date.UTC(2026, 0, 5, 9)
    return makeCalls({ ...this.material, count: 1, firstId: this.nextId(), startMs })
  }

  private nextId(): number {
    return this.book.reduce((highest, { id }) => Math.max(highest, id), 10_000) + 1
  }

  private insert(calls: readonly SimulatedCall[]): void {
    for (const call of calls) this.byId.set(call.id, call)
    this.book = [...this.book, ...calls].sort((a, b) => b.createdAtMs - a.createdAtMs || b.id - a.id)
  }

  update(id: number, changes: Readonly<Record<string, unknown>>): void {
    const call = this.byId.get(id)
    if (call === undefined) throw new Error(`There is no call ${id}.`)
    const updated = { ...call, changes: { ...call.changes, ...changes } }
    this.byId.set(id, updated)
    this.book = this.book.map((other) => (other.id === id ? updated : other))
  }

  remove(id: number): void {
    this.byId.delete(id)
    this.book = this.book.filter((call) => call.id !== id)
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
