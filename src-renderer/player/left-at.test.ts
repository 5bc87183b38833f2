import { describe, expect, it } from 'vitest'
import { type Places, parsePlaces, withPlace } from './left-at'

const A = 'a'.repeat(16)
const B = 'b'.repeat(16)

describe('where calls were left', () => {
  it('is remembered for each call once, the latest last', () => {
    const places = withPlace(withPlace(withPlace([], A, 10, 60), B, 20, 60), A, 30.123, 60)
    expect(places).toEqual([
      [B, 20],
      [A, 30.12],
    ])
  })

  it('is forgotten at the start and at the end: there is nothing to come back to', () => {
    const places: Places = [[A, 30]]
    expect(withPlace(places, A, 1, 60)).toEqual([])
    expect(withPlace(places, A, 59, 60)).toEqual([])
    expect(withPlace(places, A, 59, null)).toEqual([[A, 59]])
  })

  it('is kept for the last 500 calls', () => {
    let places: Places = []
    for (let n = 0; n < 600; n++) places = withPlace(places, String(n).padStart(16, 'x'), 10, null)
    expect(places).toHaveLength(500)
    expect(places[0]?.[0]).toBe('100'.padStart(16, 'x'))
  })

  it('survives whatever was stored', () => {
    for (const text of [null, '', '{', '{}', '[1]', '[["a"]]', '[["a", "b"]]', '[["a", -1]]'])
      expect(parsePlaces(text)).toEqual([])
    expect(parsePlaces(JSON.stringify([[A, 3]]))).toEqual([[A, 3]])
  })
})
