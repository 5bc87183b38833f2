import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { newMasterKey, WorkspaceKeys } from './keys'
import { keyOfPhrase, phraseOf } from './phrase'

describe('a recovery phrase', () => {
  it('stands for its key, also as people type it', () => {
    for (let i = 0; i < 50; i += 1) {
      const master = newMasterKey()
      const phrase = phraseOf(master)
      const words = phrase.split(' ')
      expect(words).toHaveLength(24)
      const typed = [
        phrase,
        `  ${phrase.toUpperCase()}\n`,
        words.map((word, n) => `${n + 1}. ${word}`).join('\n'),
        words.map((word) => word.slice(0, 4)).join(', '),
      ]
      for (const text of typed) expect(keyOfPhrase(text)).toEqual(master)
    }
  })

  it('that was written down wrongly is refused, with the place and without the words', () => {
    const words = phraseOf(new Uint8Array(32)).split(' ')
    expect(() => keyOfPhrase(words.with(6, 'hoouse').join(' '))).toThrow('Word 7 is not a word')
    expect(() => keyOfPhrase(words.slice(1).join(' '))).toThrow('these are 23')
    expect(() => keyOfPhrase(words.with(23, 'zoo').join(' '))).toThrow('no recovery phrase')
    expect(() => keyOfPhrase('')).toThrow('these are 0')
  })
})

describe('the keys of a workspace', () => {
  it('are one for each purpose, the same each time, and printed nowhere', () => {
    const master = randomBytes(32)
    const keys = new WorkspaceKeys(master)
    const all = [keys.databaseKey('calls.db'), keys.databaseKey('reviews.db'), keys.check]
    expect(new Set(all).size).toBe(3)
    expect(new WorkspaceKeys(master).databaseKey('calls.db')).toBe(all[0])
    expect(JSON.stringify(keys)).not.toMatch(/[0-9a-f]{32}/)
    expect(keys.fits(keys.check)).toBe(true)
    expect(keys.fits(new WorkspaceKeys(randomBytes(32)).check)).toBe(false)
    expect(keys.fits('')).toBe(false)
  })
})
