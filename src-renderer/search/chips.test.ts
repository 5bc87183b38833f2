import { filtersOf } from '@contract/query'
import { describe, expect, it } from 'vitest'
import { chipText, onlyValue } from './chips'

const chips = (text: string) => filtersOf(text).map(chipText)

describe('the chips of the filters', () => {
  it('name the field only where the value does not speak for itself', () => {
    expect(chips('sentiment:negative campaign:"Inbound sales" score:<70 ')).toEqual([
      'negative',
      'Inbound sales',
      'score: <70',
    ])
  })

  it('say what a choice means', () => {
    expect(chips('has:recording reviewed:no date:last-7-days ')).toEqual([
      'with a recording',
      'not reviewed',
      'last 7 days',
    ])
  })

  it('say that a filter excludes', () => {
    expect(chips('-status:failed ')).toEqual(['not failed'])
  })
})

describe('the one value of a field', () => {
  it('is the one that menus show as chosen', () => {
    expect(onlyValue('has:recording campaign:"Inbound sales" ', 'campaign')).toBe('Inbound sales')
    expect(onlyValue('date:last-7-days ', 'date')).toBe('last-7-days')
  })

  it('is none where there are several, none, or only excluding ones', () => {
    expect(onlyValue('status:failed status:completed ', 'status')).toBeNull()
    expect(onlyValue('-status:failed ', 'status')).toBeNull()
    expect(onlyValue('', 'status')).toBeNull()
  })
})
