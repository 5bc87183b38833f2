import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { call } from '../contract'
import { createRouter } from './router'

const schemas = { greet: { hello: call(z.object({ name: z.string().max(5) }), z.string()) } }
const asked: unknown[] = []
const route = createRouter(
  { greet: { fromShell: () => 'shell' } },
  async (feature, name, input) => {
    asked.push([feature, name, input])
    return { ok: true, value: 'backend' }
  },
  schemas,
)

describe('the router', () => {
  it('hands a call with a well-formed input to the backend, without what the schema does not know', async () => {
    const result = await route('greet', 'hello', { name: 'Ada', extra: 1 })
    expect(result).toEqual({ ok: true, value: 'backend' })
    expect(asked.at(-1)).toEqual(['greet', 'hello', { name: 'Ada' }])
  })

  it('refuses an input of the wrong form and says which field', async () => {
    const result = await route('greet', 'hello', { name: 'far too long' })
    expect(result).toMatchObject({ ok: false, code: 'invalid_input', details: { field: 'name' } })
  })

  it.each([
    ['constructor', 'name'],
    ['__proto__', 'toString'],
    ['greet', 'constructor'],
    ['greet', '__proto__'],
    ['greet', 'fromShell'],
    ['nothing', 'hello'],
    [null, 'hello'],
    ['greet', Symbol.iterator],
    [['greet'], 'hello'],
  ])('refuses the name %s.%s without running anything', async (feature, name) => {
    const before = asked.length
    const result = await route(feature, name, { name: 'Ada' })
    expect(result).toMatchObject({ ok: false, code: 'invalid_input' })
    expect(asked.length).toBe(before)
  })
})

describe('whatever is asked', () => {
  it('is answered in form, and reaches a handler only under a name of the contract and with its input', async () => {
    const odd = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
      withTypedArray: true,
      maxDepth: 6,
    })
    const name = fc.oneof(
      odd,
      fc.constantFrom<unknown>('greet', 'hello', '__proto__', 'constructor', 'toString', Symbol.iterator),
    )
    await fc.assert(
      fc.asyncProperty(name, name, odd, async (feature, call, input) => {
        const before = asked.length
        const result = await route(feature, call, input)
        const isMeant = feature === 'greet' && call === 'hello' && result.ok
        if (isMeant) expect(asked.at(-1)).toEqual(['greet', 'hello', { name: expect.any(String) }])
        else {
          expect(result).toMatchObject({ ok: false, code: 'invalid_input' })
          expect(asked.length).toBe(before)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('is refused when looking at it raises', async () => {
    const trap = new Proxy(
      {},
      {
        get: () => {
          throw new Error('looked at')
        },
      },
    )
    expect(await route('greet', 'hello', trap)).toMatchObject({ ok: false })
    expect(await route(trap, trap, trap)).toMatchObject({ ok: false, code: 'invalid_input' })
  })
})
