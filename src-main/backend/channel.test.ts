import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel, Worker } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { EarmarkError } from '../contract'
import { answer, connect, serve, threadsEnd } from './channel'

/** A pair of ports that behaves like a worker for `connect`: the far end runs `serve`. */
function pair(build: Parameters<typeof serve>[1]) {
  const { port1, port2 } = new MessageChannel()
  port1.on('close', () => port1.emit('exit', 0))
  void serve(port2, build)
  return port1 as unknown as Worker
}

describe('answer', () => {
  it('makes a failure with its code of an error that a handler throws', async () => {
    const tables = {
      a: {
        b: () => {
          throw new EarmarkError('not_found', 'No call.')
        },
      },
    }
    expect(await answer(tables, 'a', 'b', {})).toEqual({
      ok: false,
      code: 'not_found',
      message: 'No call.',
      details: {},
    })
  })

  it('says of a database that nobody knew more of where there is no room, and how much is needed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'earmark-channel-'))
    const db = new Database(join(folder, 'any.db'))
    db.exec('CREATE TABLE t (x)')
    db.pragma('max_page_count = 3')
    const tables = { a: { b: () => db.exec('INSERT INTO t VALUES (zeroblob(100000))') } }
    const result = await answer(tables, 'a', 'b', {}, folder)
    db.close()
    rmSync(folder, { recursive: true })
    expect(result).toMatchObject({
      code: 'disk_full',
      message: expect.stringMatching(`disk is full.*About 20 MB are needed in ${folder}, where .* are free`),
    })
  })

  it('knows own names only', async () => {
    expect(await answer({ a: {} }, 'a', 'constructor', {})).toMatchObject({
      ok: false,
      code: 'invalid_input',
    })
    expect(await answer({}, '__proto__', 'toString', {})).toMatchObject({ ok: false, code: 'invalid_input' })
  })
})

describe('the channel', () => {
  it('answers many calls at once, each with its own result, and passes events on', async () => {
    const events: unknown[] = []
    const connected = await connect(
      pair((emit) => ({
        tables: {
          math: {
            double: async ({ n }: { n: number }) => {
              emit({ type: 'calls.changed' })
              return n * 2
            },
          },
        },
        close: () => {},
      })),
      (event) => events.push(event),
      () => {},
    )
    const results = await Promise.all([1, 2, 3].map((n) => connected.invoke('math', 'double', { n })))
    expect(results).toEqual([2, 4, 6].map((value) => ({ ok: true, value })))
    expect(events).toHaveLength(3)
    await connected.close()
  })

  it('releases what the worker holds before close resolves, and refuses calls afterwards', async () => {
    let released = false
    const connected = await connect(
      pair(() => ({
        tables: {},
        close: async () => {
          await Promise.resolve()
          released = true
        },
      })),
      () => {},
      () => {},
    )
    await connected.close()
    expect(released).toBe(true)
    expect(await connected.invoke('a', 'b', {})).toMatchObject({ ok: false })
  })

  it('is closed when the worker has released everything, although its thread does not end', async () => {
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads')
       parentPort.postMessage({ type: 'ready' })
       parentPort.on('message', () => {
         parentPort.postMessage({ type: 'closed' })
         Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
       })`,
      { eval: true },
    )
    const connected = await connect(
      worker,
      () => {},
      () => {},
    )
    await connected.close()
    expect(await threadsEnd(50)).toBe(false)
    await worker.terminate()
    expect(await threadsEnd(50)).toBe(true)
  })

  it("rejects with the worker's own error when it can't start", async () => {
    const starting = connect(
      pair(() => {
        throw new EarmarkError('database_too_new', 'Update Earmark.')
      }),
      () => {},
      () => {},
    )
    await expect(starting).rejects.toMatchObject({ code: 'database_too_new', message: 'Update Earmark.' })
  })

  it('fails the calls under way when a real worker dies, and says so once', async () => {
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads')
       parentPort.postMessage({ type: 'ready' })
       parentPort.on('message', () => { throw new Error('out of luck') })`,
      { eval: true },
    )
    const ends: string[] = []
    const connected = await connect(
      worker,
      () => {},
      (reason) => ends.push(reason),
    )
    const result = await connected.invoke('a', 'b', {})
    expect(result).toMatchObject({ ok: false, code: 'internal' })
    expect(ends).toEqual(['out of luck'])
  })
})
