import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newMasterKey } from './keys'
import { keyOfPhrase, phraseOf } from './phrase'
import { writePhraseFile } from './phrase-file'

let folder: string
let root: string
const master = newMasterKey()
const write = (path: string) => writePhraseFile(path, { root, phrase: phraseOf(master), nowMs: 0 })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earmark-test-'))
  root = join(folder, 'workspace')
  mkdirSync(join(root, 'backups'), { recursive: true })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the file of a recovery phrase', () => {
  it('has the words of the key, numbered, for its owner alone', async () => {
    const path = join(folder, 'phrase.txt')
    await write(path)
    const [about = '', words = ''] = readFileSync(path, 'utf8').split('\n\n')
    expect(about).toContain(`Recovery phrase of the Earmark workspace ${root}, of 1970-01-01.`)
    expect(words.split('\n')[23]).toMatch(/^24\. [a-z]+$/)
    // As it may be pasted into the field that asks for it.
    expect(keyOfPhrase(words)).toEqual(master)
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('is not written into the workspace that it opens, by no name of it, and says so', async () => {
    symlinkSync(root, join(folder, 'link'))
    for (const path of [
      join(root, 'phrase.txt'),
      join(root, 'backups', 'phrase.txt'),
      join(folder, 'link', 'phrase.txt'),
    ])
      await expect(write(path)).rejects.toMatchObject({
        code: 'file_unwritable',
        message: expect.stringContaining('it would lie in the workspace that it opens'),
      })
    expect(readdirSync(root)).toEqual(['backups'])
  })
})
