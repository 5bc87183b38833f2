import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ErrorCode } from '@contract'
import type { Page } from '@playwright/test'
import Database from 'better-sqlite3'
import { z } from 'zod'
import { ask, type Earmark } from '../application'
import { type FuzzCall, type FuzzKind, fuzzCalls, SCHEMAS, type World } from './ipc-calls'

/** What became of the calls of one kind. */
export interface Tally {
  calls: number
  answered: number
  refused: number
  /** Thrown by the bridge before anything was sent: a function, say, can't be. */
  byBridge: number
  /** Answered by `internal`: nobody had thought of it. */
  internal: number
  /** An answer of another form than the contract's. */
  misshapen: number
}

export interface FuzzOutcome {
  tallies: Map<FuzzKind, Tally>
  /** The first of each that went wrong, with the call. */
  problems: string[]
  /** Of all processes together, in bytes, every some thousand calls. */
  memory: number[]
  callsPerSec: number
}

const Failure = z.object({
  ok: z.literal(false),
  code: ErrorCode,
  message: z.string().min(1),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
})

/** Annotations that no call names, and how their rows must be in the end. */
export interface Guarded {
  ids: readonly string[]
  rows: () => unknown[]
}

/** Writes annotations into the sample: some that random calls may change and delete, and some that must survive. */
export async function prepareWorld(
  page: Page,
  workspace: string,
): Promise<{ world: World; guarded: Guarded }> {
  const { hits } = await ask(page, 'search', 'page', { query: '', cursor: null, limit: 200, sort: 'date' })
  const callIds = hits.map(({ id }) => id)
  const write = async (at: number): Promise<string> => {
    const id = randomUUID()
    await ask(page, 'annotations', 'create', {
      id,
      callId: callIds[at % callIds.length] ?? '',
      place: { kind: 'call' },
      label: `Label ${at % 7}`,
      severity: null,
      comment: `Written before, number ${at}`,
      reviewer: 'Ada',
    })
    return id
  }
  const annotationIds: string[] = []
  const ids: string[] = []
  for (let at = 0; at < 20; at += 1) annotationIds.push(await write(at))
  for (let at = 0; at < 50; at += 1) ids.push(await write(at))
  const savedSearchIds: string[] = []
  for (let at = 0; at < 5; at += 1) {
    const { id } = await ask(page, 'searches', 'save', {
      id: randomUUID(),
      name: `Search ${at}`,
      query: 'house',
      sort: 'date',
    })
    savedSearchIds.push(id)
  }
  const connections = await ask(page, 'connections', 'list', {})
  return {
    world: { callIds, connectionIds: connections.map(({ id }) => id), annotationIds, savedSearchIds },
    guarded: { ids, rows: () => guardedRows(workspace, ids) },
  }
}

function guardedRows(workspace: string, ids: readonly string[]): unknown[] {
  const db = new Database(join(workspace, 'reviews.db'), { readonly: true, fileMustExist: true })
  try {
    return ids.map((id) => db.prepare('SELECT * FROM annotations WHERE id = ?').get(id))
  } finally {
    db.close()
  }
}

/** Answers every dialog with "cancel", opens nothing outside, and counts what nobody caught. */
export const hushSystem = ({ electron }: Earmark) =>
  electron.evaluate(({ dialog, shell }) => {
    dialog.showOpenDialog = async () => ({ canceled: true, filePaths: [] })
    dialog.showSaveDialog = async () => ({ canceled: true, filePath: '' })
    dialog.showMessageBox = async () => ({ response: 1, checkboxChecked: false })
    shell.showItemInFolder = () => undefined
    const uncaught: string[] = []
    Object.assign(globalThis, { uncaught })
    process.on('unhandledRejection', (reason) => uncaught.push(`rejection: ${String(reason)}`))
    process.on('uncaughtException', (error) => uncaught.push(`exception: ${String(error)}`))
  })

/** What nobody caught, and parts that ended: there must be none. */
export async function breakages({ electron }: Earmark): Promise<string[]> {
  const { uncaught, log } = await electron.evaluate(({ app }) => ({
    uncaught: (globalThis as unknown as { uncaught: string[] }).uncaught,
    log: `${app.getPath('userData')}/logs/main.log`,
  }))
  const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : []
  return [...uncaught, ...lines.filter((line) => line.includes('[error]'))]
}

const BATCH = 250
const MEMORY_EVERY = 5000

/** Makes `count` random calls from the window's own page, through bridge, router and workers. */
export async function fuzz(
  { page, electron }: Earmark,
  world: World,
  { count, seed, onProgress }: { count: number; seed: number; onProgress?: (done: number) => void },
): Promise<FuzzOutcome> {
  const tallies = new Map<FuzzKind, Tally>()
  const problems: string[] = []
  const memory: number[] = []
  const calls = fuzzCalls(world, seed)
  const beganMs = performance.now()
  for (let done = 0; done < count; ) {
    const batch: FuzzCall[] = []
    while (batch.length < Math.min(BATCH, count - done)) {
      const next = calls.next()
      if (next.done === true) break
      batch.push(next.value)
    }
    const answers = await callInPage(page, batch)
    for (const [at, call] of batch.entries()) judge(call, answers[at], tallies, problems)
    done += batch.length
    if (done % MEMORY_EVERY === 0 || done === count) {
      memory.push(
        await electron.evaluate(({ app }) =>
          app.getAppMetrics().reduce((sum, one) => sum + one.memory.workingSetSize * 1024, 0),
        ),
      )
      onProgress?.(done)
    }
  }
  return { tallies, problems, memory, callsPerSec: (count * 1000) / (performance.now() - beganMs) }
}

function judge(call: FuzzCall, answer: unknown, tallies: Map<FuzzKind, Tally>, problems: string[]): void {
  const tally = tallies.get(call.kind) ?? {
    calls: 0,
    answered: 0,
    refused: 0,
    byBridge: 0,
    internal: 0,
    misshapen: 0,
  }
  tallies.set(call.kind, tally)
  tally.calls += 1
  const complain = (what: string) => {
    if (problems.length < 40)
      problems.push(
        `${what}: ${JSON.stringify(call).slice(0, 400)} → ${JSON.stringify(answer)?.slice(0, 400)}`,
      )
  }
  if (isRecord(answer) && 'thrown' in answer) {
    // Only what can't be sent may be thrown back.
    if (
      /could not be cloned|recursion depth|circular|Cannot create|Invalid|object could not/i.test(
        String(answer.thrown),
      )
    )
      tally.byBridge += 1
    else {
      tally.misshapen += 1
      complain('thrown')
    }
    return
  }
  const failure = Failure.safeParse(answer)
  if (failure.success) {
    if (failure.data.code === 'internal') {
      tally.internal += 1
      complain('internal')
    } else tally.refused += 1
    return
  }
  const output =
    typeof call.feature === 'string' && typeof call.call === 'string' && Object.hasOwn(SCHEMAS, call.feature)
      ? SCHEMAS[call.feature]?.[call.call]?.output
      : undefined
  if (isRecord(answer) && answer.ok === true && output?.safeParse(answer.value).success) tally.answered += 1
  else {
    tally.misshapen += 1
    complain('another form')
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** All at once, as a page that went wild would. Answers come as JSON, which is what they must be able to be. */
async function callInPage(page: Page, batch: readonly FuzzCall[]): Promise<unknown[]> {
  const texts = await page.evaluate(async (given) => {
    const { earmark } = globalThis as unknown as { earmark: { invoke(...args: unknown[]): Promise<unknown> } }
    const deep = (make: (inner: unknown) => unknown) => {
      let value: unknown = 1
      for (let level = 0; level < 5000; level += 1) value = make(value)
      return value
    }
    const exotic: Record<string, () => unknown> = {
      undefined: () => undefined,
      function: () => () => 1,
      symbol: () => Symbol('x'),
      bigint: () => 10n ** 30n,
      NaN: () => Number.NaN,
      Infinity: () => Number.POSITIVE_INFINITY,
      '-0': () => -0,
      date: () => new Date(0),
      'bad date': () => new Date(Number.NaN),
      map: () => new Map([['callId', 1]]),
      set: () => new Set([1]),
      regexp: () => /(a+)+$/,
      error: () => new TypeError('x'),
      cyclic: () => {
        const one: Record<string, unknown> = {}
        one.self = one
        return one
      },
      bytes: () => new Uint8Array(1_000_000),
      shared: () => (typeof SharedArrayBuffer === 'undefined' ? null : new SharedArrayBuffer(8)),
      'deep array': () => deep((inner) => [inner]),
      'deep object': () => deep((inner) => ({ inner })),
      'long string': () => 'x'.repeat(200_000),
      'huge array': () => new Array(20_000).fill(1),
      'many keys': () => Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`k${at}`, at])),
      getter: () => ({
        get callId() {
          throw new Error('a getter')
        },
      }),
      proxy: () => new Proxy({}, { get: () => 1, ownKeys: () => ['callId'] }),
      class: () =>
        new (class Draft {
          callId = 'x'
        })(),
      'lone surrogate': () => '\ud800',
      sparse: () => Object.assign([], { length: 1000 }),
      'null prototype': () => Object.create(null),
      'own __proto__': () => JSON.parse('{"__proto__":{"callId":"x"},"callId":1}'),
      element: () => document.body,
      promise: () => Promise.resolve(1),
    }
    const revive = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(revive)
      if (typeof value !== 'object' || value === null) return value
      if ('$fuzz' in value) return exotic[String(value.$fuzz)]?.()
      const revived: Record<string, unknown> = {}
      for (const [key, one] of Object.entries(value))
        Object.defineProperty(revived, key, {
          value: revive(one),
          enumerable: true,
          writable: true,
          configurable: true,
        })
      return revived
    }
    return Promise.all(
      (JSON.parse(given) as { feature: unknown; call: unknown; input: unknown }[]).map(
        async ({ feature, call, input }) => {
          let answer: unknown
          try {
            answer = await earmark.invoke(revive(feature), revive(call), revive(input))
          } catch (error) {
            answer = { thrown: String(error) }
          }
          // What JSON has no word for: typed arrays by their kind and length.
          return (
            JSON.stringify(answer, (_, value: unknown) =>
              ArrayBuffer.isView(value)
                ? {
                    $array: value.constructor.name,
                    length: value.byteLength / ((value as Uint8Array).BYTES_PER_ELEMENT ?? 1),
                  }
                : value,
            ) ?? 'null'
          )
        },
      ),
    )
  }, JSON.stringify(batch))
  return texts.map((text): unknown => JSON.parse(text, reviveArray))
}

const ARRAYS = {
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Float32Array,
  Float64Array,
} as const

const reviveArray = (_: string, value: unknown): unknown => {
  if (!isRecord(value) || typeof value.$array !== 'string') return value
  const Kind = Object.hasOwn(ARRAYS, value.$array) ? ARRAYS[value.$array as keyof typeof ARRAYS] : null
  return Kind === null ? value : new Kind(Number(value.length))
}

/** What is wrong with the databases; empty: nothing. The application must have ended. */
export function databaseProblems(workspace: string): string[] {
  return ['reviews.db', 'calls.db'].flatMap((name) => {
    const db = new Database(join(workspace, name), { readonly: true, fileMustExist: true })
    try {
      const verdict = String(db.pragma('integrity_check', { simple: true }))
      const strays = db.pragma('foreign_key_check') as unknown[]
      return [
        ...(verdict === 'ok' ? [] : [`${name}: ${verdict}`]),
        ...(strays.length === 0 ? [] : [`${name}: ${strays.length} strays`]),
      ]
    } finally {
      db.close()
    }
  })
}
