import { posix, win32 } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPortableName, isWithin } from './paths'

describe('whether a path lies in a folder', () => {
  it('is answered by Linux’s and macOS’s rules', () => {
    expect(isWithin('/data/calls', '/data', posix)).toBe(true)
    expect(isWithin('/data', '/data', posix)).toBe(true)
    expect(isWithin('/data/..calls', '/data', posix)).toBe(true)
    expect(isWithin('/data2', '/data', posix)).toBe(false)
    expect(isWithin('/data/../etc', '/data', posix)).toBe(false)
    expect(isWithin('/etc', '/', posix)).toBe(true)
    expect(isWithin('/Data/calls', '/data', posix)).toBe(false)
  })

  it('is answered by Windows’ rules: no case, both separators, drives and shares', () => {
    expect(isWithin('C:\\Data\\Calls', 'c:\\data', win32)).toBe(true)
    expect(isWithin('C:/Data/Calls', 'C:\\Data', win32)).toBe(true)
    expect(isWithin('C:\\Data2', 'C:\\Data', win32)).toBe(false)
    expect(isWithin('C:\\Data\\..\\Windows', 'C:\\Data', win32)).toBe(false)
    expect(isWithin('D:\\Data\\Calls', 'C:\\Data', win32)).toBe(false)
    expect(isWithin('D:\\calls', 'D:\\', win32)).toBe(true)
    expect(isWithin('\\\\server\\share\\calls', '\\\\SERVER\\share', win32)).toBe(true)
    expect(isWithin('\\\\server\\other\\calls', '\\\\server\\share', win32)).toBe(false)
    expect(isWithin('C:\\Data:stream', 'C:\\Data', win32)).toBe(false)
  })

  it('never says yes of what leads out, whatever its names are', () => {
    const name = fc
      .string({ minLength: 1, maxLength: 12 })
      .filter((text) => !/[\\/:\0]/.test(text) && !/^\.+$/.test(text))
    fc.assert(
      fc.property(fc.constantFrom(posix, win32), fc.array(name, { maxLength: 4 }), (path, names) => {
        const outer = path === win32 ? 'C:\\own\\folder' : '/own/folder'
        const inner = path.join(outer, ...names)
        return isWithin(inner, outer, path) && !isWithin(path.join(outer, '..', 'x', ...names), outer, path)
      }),
    )
  })
})

describe('a name that is a file’s on all three systems', () => {
  it('is every one that Earmark makes', () => {
    const id = fc.stringMatching(/^[a-z2-7]{16}$/)
    fc.assert(
      fc.property(id, fc.nat(), fc.nat(), (callId, size, pid) => {
        const names = [
          callId.slice(0, 2),
          `${callId}.mp3`,
          `${callId}.part`,
          `${callId}.${pid}.part`,
          `${callId}-${size}-${pid}.peaks`,
          `${callId.slice(0, 12)}.json`,
          'reviews-2026-11-21.db',
          'reviews-before-migration-from-4-2026-11-21.db',
        ]
        return names.every(isPortableName)
      }),
    )
  })

  it('leaves room for the workspace’s own path where 260 characters are all there is', () => {
    const longest = win32.join(
      'recordings',
      'ab',
      `${'a'.repeat(16)}-${'9'.repeat(16)}-${'9'.repeat(13)}.peaks`,
    )
    const backup = win32.join('backups', 'reviews-before-migration-from-100-2026-11-21.db-journal')
    expect(Math.max(longest.length, backup.length)).toBeLessThan(80)
  })

  it('is no device, no hidden file, nothing with a dot or a blank at its end, nothing with capitals', () => {
    for (const name of [
      'con',
      'aux.mp3',
      'NUL',
      'com1.json',
      'lpt9',
      '.hidden',
      'a.',
      'a ',
      'A',
      'a:b',
      'a/b',
      'a\\b',
      '',
    ])
      expect(isPortableName(name), name).toBe(false)
  })
})
