import { Vendor } from '@contract'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { parseSaved, recognise, vendors } from './index'
import { parseJson, toJsonValue } from './json'
import { captured } from './testing'

test('every vendor of the contract has its line, under its own name', () => {
  expect(Object.keys(vendors).sort()).toEqual([...Vendor.options].sort())
  for (const [kind, api] of Object.entries(vendors)) expect(api.kind).toBe(kind)
})

describe('a saved answer', () => {
  it('is recognised by its content', () => {
    expect(recognise(captured('prosper-list'))).toEqual({ vendor: 'prosper', kind: 'list' })
    expect(recognise(captured('prosper-detail'))).toEqual({ vendor: 'prosper', kind: 'detail' })
    expect(recognise(captured('malakai-inbound-logs'))).toEqual({ vendor: 'malakai', kind: 'logs' })
    expect(recognise({ name: 'earmark', version: '1' })).toBeNull()
  })

  it('of both vendors in one list is read part by part, and strangers are set aside', () => {
    const parts = parseSaved([
      captured('prosper-detail'),
      { a: 1 },
      captured('malakai-inbound-logs'),
      captured('prosper-list'),
      null,
    ])
    expect(
      parts.map(({ vendor, answer }) => [vendor, answer.calls.length, answer.unreadable.length]),
    ).toEqual([
      ['prosper', 2, 2],
      ['malakai', 2, 0],
    ])
    expect(parts[1]?.answer.campaignInfo).not.toEqual({})
  })

  it('that is no vendor’s gives nothing', () => {
    for (const json of [{}, [], null, 'text', 7, [{ a: 1 }], { items: [{ sku: 1 }], total: 1 }])
      expect(parseSaved(json)).toEqual([])
  })

  it('of any JSON is read without throwing', () => {
    fc.assert(fc.property(fc.jsonValue(), (json) => void JSON.stringify(parseSaved(json))))
  })
})

describe('JSON', () => {
  it('is parsed as JSON.parse does, whole numbers beyond 2^53 aside, which stay exact as text', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const text = JSON.stringify(json)
        expect(parseJson(text)).toEqual(JSON.parse(text))
      }),
    )
    expect(
      parseJson('{"id": 12345678901234567890, "n": [1e300, 1234567890123456, 0.12345678901234568]}'),
    ).toEqual({
      id: '12345678901234567890',
      n: [1e300, 1234567890123456, 0.12345678901234568],
    })
    expect(() => parseJson('{"a":')).toThrow(SyntaxError)
  })

  it('is cut below 200 levels', () => {
    const deep = JSON.parse('['.repeat(5000) + ']'.repeat(5000))
    const { value, isCut } = toJsonValue(deep)
    expect(isCut).toBe(true)
    expect(JSON.stringify(value)).toBe(`${'['.repeat(200)}"…"${']'.repeat(200)}`)
    expect(toJsonValue({ a: [1, null, 'x'] })).toEqual({ value: { a: [1, null, 'x'] }, isCut: false })
  })
})
