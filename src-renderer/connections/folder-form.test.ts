import type { ChosenFolder } from '@contract'
import { describe, expect, it } from 'vitest'
import { emptyFolderForm, foundWords, readFolderForm, withFolder } from './folder-form'

const chosen = (changes: Partial<ChosenFolder> = {}): ChosenFolder => ({
  folder: '/home/qa/exports/renewals',
  vendor: 'prosper',
  jsonFiles: 12,
  audioFiles: 10,
  ...changes,
})

describe('the form of a folder', () => {
  it('takes vendor and name from the folder that was chosen', () => {
    expect(withFolder(emptyFolderForm, chosen(), true)).toMatchObject({ name: 'renewals', vendor: 'prosper' })
    expect(withFolder(emptyFolderForm, chosen({ folder: 'C:\\exports\\mine\\' }), true).name).toBe('mine')
  })

  it('keeps a name that was typed, a vendor where none is recognised, and the vendor of what exists', () => {
    const typed = { name: 'Mine', vendor: 'malakai' as const, chosen: null }
    expect(withFolder(typed, chosen({ vendor: null }), true)).toMatchObject({
      name: 'Mine',
      vendor: 'malakai',
    })
    expect(withFolder(typed, chosen(), false).vendor).toBe('malakai')
  })

  it('says what is missing', () => {
    const read = readFolderForm(emptyFolderForm, true)
    expect(read.ok ? [] : Object.keys(read.problems).sort()).toEqual(['folder', 'name', 'vendor'])
    const long = readFolderForm({ name: 'x'.repeat(101), vendor: 'prosper', chosen: chosen() }, true)
    expect(long.ok ? null : long.problems.name).toMatch(/100/)
  })

  it('keeps the folder of an existing connection when none is chosen', () => {
    expect(readFolderForm({ name: 'A', vendor: 'prosper', chosen: null }, false)).toEqual({
      ok: true,
      draft: { vendor: 'prosper', name: 'A', folder: null },
    })
  })

  it('says what was recognised, and warns where it does not fit', () => {
    expect(foundWords(chosen(), 'prosper')).toEqual({
      tone: 'good',
      words: '12 JSON files, 10 recordings. They look like Prosper AI’s calls.',
    })
    expect(foundWords(chosen(), 'malakai').tone).toBe('warning')
    expect(foundWords(chosen({ vendor: null }), null).tone).toBe('warning')
    expect(foundWords(chosen({ vendor: null, jsonFiles: 0, audioFiles: 0 }), null).words).toMatch(/empty/i)
  })
})
