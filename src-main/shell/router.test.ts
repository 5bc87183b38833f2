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
