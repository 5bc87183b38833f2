import { describe, expect, it } from 'vitest'
import { endSave, type Saves, saveKey, startSave } from './saves'

const none: Saves = { pending: 0, failures: {} }

describe('the state of saving', () => {
  it('counts writes until each has ended', () => {
    const two = startSave(startSave(none))
    expect(two.pending).toBe(2)
    expect(endSave(endSave(two, 'a', null), 'b', null)).toEqual(none)
  })

  it('keeps a failure although another thing was saved afterwards', () => {
    const failed = endSave(startSave(none), 'annotations 1', 'The disk is full.')
    expect(endSave(startSave(failed), 'annotations 2', null).failures).toEqual({
      'annotations 1': 'The disk is full.',
    })
  })

  it('clears a failure when the same thing is saved at last', () => {
    const failed = endSave(startSave(none), 'annotations 1', 'The disk is full.')
    expect(endSave(startSave(failed), 'annotations 1', null)).toEqual(none)
  })

  it('names what a call writes, so that a repeated write is the same thing', () => {
    expect(saveKey('annotations', 'create', { id: 'x', callId: 'c' })).toBe('annotations x')
    expect(saveKey('annotations', 'update', { id: 'x', patch: {} })).toBe('annotations x')
    expect(saveKey('reviews', 'set', { callId: 'c', reviewed: true })).toBe('reviews c')
    expect(saveKey('reviews', 'changeSettings', { theme: 'dark' })).toBe('reviews theme')
  })

  it('does not take reading for writing', () => {
    expect(saveKey('annotations', 'list', { callId: 'c' })).toBeNull()
    expect(saveKey('search', 'page', { query: '' })).toBeNull()
  })
})
