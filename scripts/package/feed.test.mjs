import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readUpdate } from '../../src-main/shell/update-feed'
import { listOf, publicPart, targetOf } from './feed.mjs'

describe('a feed of updates', () => {
  it('knows for which system a package is by its name', () => {
    expect(targetOf('earmark_0.1.0_amd64.deb')).toBe('linux-x64')
    expect(targetOf('earmark-for-testing_0.1.0_arm64.deb')).toBe('linux-arm64')
    expect(targetOf('earmark-0.1.0-linux-x86_64.AppImage')).toBe('linux-x64')
    expect(targetOf('earmark-0.1.0-mac-arm64.zip')).toBe('mac-arm64')
    expect(targetOf('earmark-0.1.0-win-x64.exe')).toBe('win-x64')
    for (const other of ['builder-debug.yml', 'earmark-0.1.0-mac-arm64.dmg', 'latest-linux-x64.json'])
      expect(targetOf(other), other).toBeNull()
  })

  it('is one that Earmark reads, with the key that its package was made with', () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const files = [{ url: 'earmark_0.2.0_amd64.deb', sha512: Buffer.alloc(64).toString('base64'), size: 1 }]
    const list = listOf('0.2.0', files, 1_800_000_000)
    const signature = sign(null, list, privateKey).toString('base64')
    expect(readUpdate(list, signature, publicPart(privateKey))).toEqual({
      version: '0.2.0',
      files,
      releaseDate: '2027-01-15T08:00:00.000Z',
    })
  })
})
