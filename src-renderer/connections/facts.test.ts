import { describe, expect, it } from 'vitest'
import { factsOf } from './facts'

describe('what a vendor says of a campaign', () => {
  it('is shown field by field, with where it stands', () => {
    const info = {
      analytics: { 'Total Contacts': 2, 'Total Conversations': 113 },
      message: 'Inbound campaign logs fetched successfully',
    }
    expect(factsOf(info)).toEqual([
      { path: 'analytics › Total Contacts', value: '2' },
      { path: 'analytics › Total Conversations', value: '113' },
      { path: 'message', value: 'Inbound campaign logs fetched successfully' },
    ])
  })

  it('does not hide what is empty or null', () => {
    expect(factsOf({ a: null, b: [], c: {}, d: false })).toEqual([
      { path: 'a', value: '–' },
      { path: 'b', value: '–' },
      { path: 'c', value: '–' },
      { path: 'd', value: 'false' },
    ])
  })
})
