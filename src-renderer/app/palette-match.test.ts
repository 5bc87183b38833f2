import { describe, expect, it } from 'vitest'
import { matchRank } from './palette-match'

describe('finding a command by what is typed', () => {
  it('wants every word of it, in any order and case', () => {
    expect(matchRank('Show all keys', 'KEYS show')).not.toBeNull()
    expect(matchRank('Show all keys', 'keys hide')).toBeNull()
    expect(matchRank('Show all keys', '')).toBe(0)
  })

  it('prefers the beginning of the label, then of a word, then the inside of a word', () => {
    const ranks = ['Sync now', 'Choose what to sync', 'Desync'].map((label) => matchRank(label, 'sync'))
    expect(ranks).toEqual([...ranks].sort((a, b) => (a ?? 99) - (b ?? 99)))
    expect(new Set(ranks).size).toBe(3)
  })
})
