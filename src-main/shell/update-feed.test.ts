import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  administratorsFile,
  feedAddress,
  feedIn,
  installCommand,
  listAddresses,
  readUpdate,
  refusal,
} from './update-feed'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const key = publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
const update = {
  version: '0.2.0',
  files: [
    { url: 'earmark_0.2.0_amd64.deb', sha512: Buffer.alloc(64, 7).toString('base64'), size: 80_000_000 },
  ],
  releaseDate: '2026-11-01T00:00:00.000Z',
}
const signed = (value: unknown) => {
  const list = Buffer.from(JSON.stringify(value))
  return { list, signature: sign(null, list, privateKey).toString('base64') }
}

describe('a list of updates', () => {
  it('is read when its key signed exactly these bytes', () => {
    const { list, signature } = signed(update)
    expect(readUpdate(list, `${signature}\n`, key)).toEqual(update)
  })

  it('is not looked at when one byte differs, the key is another, or there is no signature', () => {
    const { list, signature } = signed(update)
    const changed = Buffer.from(list.toString().replace('0.2.0', '0.3.0'))
    const other = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' })
    expect(() => readUpdate(changed, signature, key)).toThrow('not signed')
    expect(() => readUpdate(list, signature, other.toString('base64'))).toThrow('not signed')
    expect(() => readUpdate(list, '', key)).toThrow('not signed')
    expect(() => readUpdate(list, 'not base64 at all', 'neither is this')).toThrow('not signed')
  })

  it('takes no key of another kind, with which a signature may mean less', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const list = Buffer.from(JSON.stringify(update))
    const signature = sign('sha256', list, rsa.privateKey).toString('base64')
    const rsaKey = rsa.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
    expect(() => readUpdate(list, signature, rsaKey)).toThrow('not signed')
  })

  it('names files of the feed’s own folder only, even when it is signed', () => {
    for (const url of [
      '../a.deb',
      'https://elsewhere.example/a.deb',
      '/a.deb',
      'a/b.deb',
      '..',
      'a\\b.deb',
      'a%2Fb',
    ]) {
      const { list, signature } = signed({ ...update, files: [{ ...update.files[0], url }] })
      expect(() => readUpdate(list, signature, key), url).toThrow('no list')
    }
    const { list, signature } = signed('not a list')
    expect(() => readUpdate(list, signature, key)).toThrow('no list')
  })
})

describe('the address of a feed', () => {
  it('is that of a folder, by https', () => {
    expect(feedAddress(' https://updates.example.org/earmark ')).toBe('https://updates.example.org/earmark/')
    expect(feedAddress('http://127.0.0.1:8080')).toBe('http://127.0.0.1:8080/')
  })

  it('is refused where others could read along, or where it would carry a secret', () => {
    for (const text of [
      '',
      'updates',
      'http://updates.example.org/',
      'file:///tmp/',
      'http://127.0.0.1.example.org/',
    ])
      expect(() => feedAddress(text), text).toThrow('https://')
    for (const text of [
      'https://me:secret@example.org/',
      'https://example.org/?key=1',
      'https://example.org/#a',
    ])
      expect(() => feedAddress(text), text).toThrow('folder')
  })

  it('names one list for each system and processor, and its signature', () => {
    expect(listAddresses('https://a.example/e/', 'linux', 'x64')).toEqual([
      'https://a.example/e/latest-linux-x64.json',
      'https://a.example/e/latest-linux-x64.json.sig',
    ])
    expect(listAddresses('https://a.example/e/', 'darwin', 'arm64')[0]).toBe(
      'https://a.example/e/latest-mac-arm64.json',
    )
    expect(listAddresses('https://a.example/e/', 'win32', 'x64')[0]).toBe(
      'https://a.example/e/latest-win-x64.json',
    )
  })

  it('may come from an administrator, in the system’s own folder', () => {
    expect(administratorsFile('linux', {})).toBe('/etc/earmark/updates.json')
    expect(administratorsFile('win32', { ProgramData: 'D:\\ProgramData' })).toBe(
      'D:\\ProgramData\\Earmark\\updates.json',
    )
    expect(feedIn('{"feed": "https://updates.example.org"}')).toBe('https://updates.example.org/')
    expect(feedIn('{"feed": "http://updates.example.org"}')).toBeNull()
    expect(feedIn('nonsense')).toBeNull()
  })
})

describe('the command that installs what was fetched', () => {
  it('is one that a terminal takes as it stands, whatever the folder is called', () => {
    expect(installCommand('deb', '/home/a/.cache/e/pending/earmark_9.0.0_amd64.deb')).toBe(
      'sudo apt install /home/a/.cache/e/pending/earmark_9.0.0_amd64.deb',
    )
    for (const file of ['/home/it\'s me/$(id) `id` "a".rpm', '/home/a b/\\n.rpm', '/tmp/a;id.rpm'])
      expect(
        execFileSync('sh', ['-c', installCommand('rpm', file).replace('sudo rpm --upgrade', 'printf %s')], {
          encoding: 'utf8',
        }),
      ).toBe(file)
  })
})

describe('an Earmark that can’t be updated', () => {
  const able = { isPackaged: true, isFallback: false, key, feed: 'https://updates.example.org/' }

  it('says why', () => {
    expect(refusal(able)).toBeNull()
    expect(refusal({ ...able, isPackaged: false })).toContain('source')
    expect(refusal({ ...able, key: null })).toContain('without a key')
    expect(refusal({ ...able, isFallback: true })).toContain('testing')
    expect(refusal({ ...able, isFallback: true, feed: 'http://127.0.0.1:9/' })).toBeNull()
  })
})
