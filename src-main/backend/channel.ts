import type { MessagePort, Worker } from 'node:worker_threads'
import type { EarmarkEvent, Result } from '@contract'
import { EarmarkError, toFailure } from '@contract'
import { explainStorage } from '../db/sqlite-errors'

/** The typed channel between main and a worker: requests one way, answers and events the other. */

export type HandlerTable = Record<string, (input: never) => unknown>
/** By feature: a worker's handlers. */
export type HandlerTables = Record<string, HandlerTable>

type ToWorker =
  | { type: 'request'; id: number; feature: string; call: string; input: unknown }
  | { type: 'close' }

type FromWorker =
  | { type: 'ready' }
  | { type: 'unusable'; failure: Extract<Result<never>, { ok: false }> }
  | { type: 'answer'; id: number; result: Result<unknown> }
  | { type: 'event'; event: EarmarkEvent }

/** Finds a handler by own names only, so that "constructor" or "__proto__" is never one. */
export function findHandler(
  tables: HandlerTables,
  feature: string,
  call: string,
): ((input: unknown) => unknown) | null {
  const table = Object.hasOwn(tables, feature) ? tables[feature] : undefined
  const handler = table && Object.hasOwn(table, call) ? table[call] : undefined
  // The router has parsed the input with the schema of this very call.
  return (handler as ((input: unknown) => unknown) | undefined) ?? null
}

/** Runs a handler and makes a `Result` of whatever happens. */
export async function answer(
  tables: HandlerTables,
  feature: string,
  call: string,
  input: unknown,
): Promise<Result<unknown>> {
  try {
    const handler = findHandler(tables, feature, call)
    if (!handler) throw new EarmarkError('invalid_input', `There is no call ${feature}.${call}.`)
    return { ok: true, value: await handler(input) }
  } catch (error) {
    return toFailure(explainStorage(error))
  }
}

export interface Served {
  tables: HandlerTables
  /** Releases everything; called once, when the channel is told to close. */
  close: () => void | Promise<void>
}

/** The worker's end. `build` opens what the handlers need; if it throws, main is told why. */
export async function serve(
  port: MessagePort,
  build: (emit: (event: EarmarkEvent) => void) => Served | Promise<Served>,
): Promise<void> {
  const send = (message: FromWorker) => port.postMessage(message)
  let served: Served
  try {
    served = await build((event) => send({ type: 'event', event }))
  } catch (error) {
    send({ type: 'unusable', failure: toFailure(error) })
    port.close()
    return
  }
  port.on('message', async (message: ToWorker) => {
    if (message.type === 'close') {
      await served.close()
      port.close()
      return
    }
    const result = await answer(served.tables, message.feature, message.call, message.input)
    send({ type: 'answer', id: message.id, result })
  })
  send({ type: 'ready' })
}

export interface Connected {
  invoke: (feature: string, call: string, input: unknown) => Promise<Result<unknown>>
  /** Resolves when the worker has released everything and ended. */
  close: () => Promise<void>
}

/**
 * Main's end. Resolves when the worker is ready; rejects with the worker's own error when it can't be.
 * `onEnd` is called when the worker ends without having been told to; calls under way then fail.
 */
export function connect(
  worker: Worker,
  onEvent: (event: EarmarkEvent) => void,
  onEnd: (reason: string) => void,
): Promise<Connected> {
  const waiting = new Map<number, (result: Result<unknown>) => void>()
  let lastId = 0
  let isClosing = false
  let ended = false
  let crash = 'it ended'

  return new Promise((resolve, reject) => {
    const failAll = (message: string) => {
      for (const settle of waiting.values()) settle({ ok: false, code: 'internal', message, details: {} })
      waiting.clear()
    }
    worker.on('error', (error) => {
      crash = error instanceof Error ? error.message : String(error)
    })
    worker.on('exit', () => {
      ended = true
      const message = `A part of Earmark stopped (${crash}). Try again.`
      failAll(message)
      reject(new EarmarkError('internal', message))
      if (!isClosing) onEnd(crash)
    })
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'event') onEvent(message.event)
      else if (message.type === 'answer') {
        waiting.get(message.id)?.(message.result)
        waiting.delete(message.id)
      } else if (message.type === 'unusable') {
        isClosing = true
        const { code, message: text, details } = message.failure
        reject(new EarmarkError(code, text, details))
      } else
        resolve({
          invoke: (feature, call, input) =>
            new Promise((settle) => {
              if (ended || isClosing)
                return settle({ ok: false, code: 'internal', message: 'Earmark is closing.', details: {} })
              lastId += 1
              waiting.set(lastId, settle)
              worker.postMessage({ type: 'request', id: lastId, feature, call, input } satisfies ToWorker)
            }),
          close: () =>
            new Promise((done) => {
              if (ended) return done()
              isClosing = true
              worker.once('exit', () => done())
              worker.postMessage({ type: 'close' } satisfies ToWorker)
            }),
        })
    })
  })
}
