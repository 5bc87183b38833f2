import type { Annotation } from '@contract'
import { describe, expect, it } from 'vitest'
import { draftOf, isEmpty, newDraft, previewOf, withDrafts } from './draft'

const CALL = 'abcdefghijklmnop'
const NOW = new Date('2026-01-15T10:30:00Z')
const saved: Annotation = {
  ...previewOf(
    { ...newDraft(CALL, { kind: 'turn', turnIndex: 2 }, NOW), label: 'Missed intent', reviewer: 'M. Ortiz' },
    null,
  ),
  turnIndex: 2,
}

describe('what is shown of annotations', () => {
  it('is each once while a new one is on its way and after it has arrived', () => {
    const draft = { ...newDraft(CALL, { kind: 'call' }, NOW, saved.id), phase: 'saving' as const }
    expect(withDrafts([], [draft], new Set())).toHaveLength(1)
    expect(withDrafts([saved], [draft], new Set())).toHaveLength(1)
  })

  it('has a change over what is saved, and says that it is not saved yet', () => {
    const draft = {
      ...draftOf(saved, NOW),
      comment: 'More',
      phase: 'failed' as const,
      problem: 'The disk is full.',
    }
    const [shown] = withDrafts([saved], [draft], new Set())
    expect(shown?.annotation).toMatchObject({ id: saved.id, comment: 'More', label: 'Missed intent' })
    expect(shown?.unsaved?.problem).toBe('The disk is full.')
  })

  it('leaves a draft that is still being written to the composer', () => {
    const [shown] = withDrafts([saved], [{ ...draftOf(saved, NOW), comment: 'Half' }], new Set())
    expect(shown).toEqual({ annotation: saved, unsaved: null })
  })

  it('does not have what was just deleted', () => {
    expect(withDrafts([saved], [], new Set([saved.id]))).toEqual([])
  })
})

describe('a draft', () => {
  it('is empty until something is typed or chosen', () => {
    const draft = newDraft(CALL, { kind: 'call' }, NOW)
    expect(isEmpty(draft, null)).toBe(true)
    expect(isEmpty({ ...draft, comment: 'x' }, null)).toBe(false)
    expect(isEmpty({ ...draft, severity: 'minor' }, null)).toBe(false)
  })

  it('of a change is empty until something differs', () => {
    const draft = draftOf(saved, NOW)
    expect(isEmpty(draft, saved)).toBe(true)
    expect(isEmpty({ ...draft, place: { kind: 'call' } }, saved)).toBe(false)
  })
})
