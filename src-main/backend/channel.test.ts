import { MessageChannel, Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { EarmarkError } from '../contract'
import { answer, connect, serve } from './channel'

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
