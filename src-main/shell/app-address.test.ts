import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, posix, win32 } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hostileAddresses, hostileFiles } from '../../e2e/security/hostile-addresses'
import { archivedPath, isReallyIn } from '../recordings/archived-path'
import { resolveAddress } from './app-address'
import { readAssets } from './assets'

const CALL = 'abcdefghijklmnop'
let folder = ''
let canary = ''
let recordings = ''
let assets = new Map<string, { file: string; type: string }>()

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'earmark-addresses-'))
  const renderer = join(folder, 'out', 'renderer')
  recordings = join(folder, 'workspace', 'recordings')
  canary = join(folder, 'outside.txt')
  for (const file of [
    join(renderer, 'index.html'),
    join(renderer, 'assets', 'index.js'),
    join(folder, 'out', 'main', 'index.js'),
    join(folder, 'out', 'package.json'),
    join(folder, 'package.json'),
    join(recordings, 'ab', `${CALL}.mp3`),
    canary,
  ]) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, 'x')
  }
  symlinkSync(canary, join(renderer, 'linked.html'))
  assets = readAssets(renderer)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('addresses of app://', () => {
  it('are played in 200 hostile spellings and more', () => {
    const all = hostileAddresses(canary, CALL)
    expect(all.length).toBeGreaterThanOrEqual(200)
    expect(new Set(all).size).toBe(all.length)
  })

  it('lead to the page’s own files, to a call’s id, or nowhere, however they are spelt', () => {
    for (const address of hostileAddresses(canary, CALL)) {
      const resolved = resolveAddress(address, 'earmark')
      if (resolved?.kind === 'recording') expect(resolved.callId, address).toMatch(/^[a-z2-7]{16}$/)
      const asset = resolved?.kind === 'asset' ? assets.get(resolved.key) : undefined
      if (asset) expect(asset.file, address).toBe(join(folder, 'out', 'renderer', 'index.html'))
    }
  })

  it('are understood where they are honest', () => {
    expect(resolveAddress('app://earmark/', 'earmark')).toEqual({ kind: 'asset', key: '/index.html' })
    expect(resolveAddress('app://earmark/assets/index.js?v=1', 'earmark')).toEqual({
      kind: 'asset',
      key: '/assets/index.js',
    })
    expect(resolveAddress(`app://earmark/recordings/${CALL}`, 'earmark')).toEqual({
      kind: 'recording',
      callId: CALL,
    })
    expect(resolveAddress('app://decoder/decoder.html', 'earmark')).toBeNull()
  })

  it('never lead to a link among the page’s files', () => {
    expect([...assets.keys()].sort()).toEqual(['/assets/index.js', '/index.html'])
  })
})

describe('a recording’s file', () => {
  it.each([
    ['posix', posix, '/data/recordings'],
    ['win32', win32, 'C:\\data\\recordings'],
  ] as const)('stays in its folder by the rules of %s, whatever the database calls it', (_, path, root) => {
    for (const file of hostileFiles(canary, CALL)) {
      const found = archivedPath(root, file, path)
      if (found === null) continue
      const back = path.relative(root, path.resolve(root, file))
      expect(back, file).toMatch(/^[a-z2-7]{2}[/\\][a-z2-7]{16}(\.[a-z0-9]+)+$/)
      expect(found).toBe(path.join(root, back))
    }
    expect(archivedPath(root, `ab/${CALL}.mp3`, path)).toBe(path.join(root, 'ab', `${CALL}.mp3`))
  })

  it('is none when it or its folder is a link that leads outside', () => {
    symlinkSync(canary, join(recordings, 'ab', 'linkedlinkedlink.mp3'))
    symlinkSync(folder, join(recordings, 'cd'))
    writeFileSync(join(folder, 'outsideoutsideou.mp3'), 'x')
    symlinkSync(
      join(recordings, 'ab', 'linkedlinkedlink.mp3'),
      join(recordings, 'ab', 'twicetwicetwicet.mp3'),
    )
    expect(isReallyIn(recordings, join(recordings, 'ab', 'linkedlinkedlink.mp3'))).toBe(false)
    expect(isReallyIn(recordings, join(recordings, 'ab', 'twicetwicetwicet.mp3'))).toBe(false)
    expect(isReallyIn(recordings, join(recordings, 'cd', 'outsideoutsideou.mp3'))).toBe(false)
    expect(isReallyIn(recordings, join(recordings, 'ab', `${CALL}.mp3`))).toBe(true)
  })

  it('is found where the whole folder is a link, to a larger disk, say', () => {
    const linked = join(folder, 'linked-recordings')
    symlinkSync(recordings, linked)
    expect(isReallyIn(linked, join(linked, 'ab', `${CALL}.mp3`))).toBe(true)
  })
})
