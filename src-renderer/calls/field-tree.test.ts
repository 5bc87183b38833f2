import { describe, expect, it } from 'vitest'
import { fieldTree, humanise } from './field-tree'

describe("a field's name", () => {
  it('is said in words', () => {
    expect(humanise('appointment_scheduled')).toBe('Appointment scheduled')
    expect(humanise('customerInterestLevel')).toBe('Customer Interest Level')
    expect(humanise('call_sid')).toBe('Call SID')
    expect(humanise('Total Conversations')).toBe('Total Conversations')
    expect(humanise('')).toBe('')
  })
})

describe("a vendor's value", () => {
  it('is a readable row', () => {
    expect(fieldTree('appointment_scheduled', true)).toMatchObject({
      label: 'Appointment scheduled',
      text: 'yes',
    })
    expect(fieldTree('customer_interest_level', 'high')).toMatchObject({ text: 'high' })
    expect(fieldTree('months_since_last_visit', 7)).toMatchObject({ text: '7' })
    expect(fieldTree('nothing', null)).toMatchObject({ text: '–' })
    expect(fieldTree('criteria', {})).toMatchObject({ kind: 'value', text: '–' })
  })

  it('that judges is a verdict with its reason', () => {
    expect(fieldTree('identity_verified', { passed: false, comment: 'Not asked.' })).toEqual({
      kind: 'verdict',
      name: 'identity_verified',
      label: 'Identity verified',
      passed: false,
      score: null,
      comment: 'Not asked.',
    })
    expect(fieldTree('next_steps_stated', { score: 9 })).toMatchObject({ kind: 'verdict', score: '9' })
  })

  it('that has more than a verdict is shown whole', () => {
    expect(fieldTree('x', { passed: true, weight: 3 })).toMatchObject({ kind: 'group' })
    expect(fieldTree('x', { passed: 'maybe' })).toMatchObject({ kind: 'group' })
  })

  it('is a tree where it is nested, and short lists are one row', () => {
    expect(
      fieldTree('data', {
        slots: [1, 2],
        next_steps: ['Send a text reminder on 17 June', 'Remind the hygienist'],
      }),
    ).toMatchObject({
      kind: 'group',
      children: [
        { kind: 'value', text: '1, 2' },
        { kind: 'group', children: [{ label: '' }, { label: '' }] },
      ],
    })
  })

  it('is not lost however deep it is', () => {
    let deep: { [key: string]: unknown } = { found: 'me' }
    for (let i = 0; i < 30; i++) deep = { deeper: deep }
    expect(JSON.stringify(fieldTree('deep', JSON.parse(JSON.stringify(deep))))).toContain('found')
  })
})
