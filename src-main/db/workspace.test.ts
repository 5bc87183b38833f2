import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeFolders } from './workspace'

let base: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'earmark-folders-'))
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

describe('the folders of a workspace', () => {
  test('are made where they are missing, for their owner alone, and a second time found', () => {
    const root = join(base, 'a', 'b', 'a "workspace" 😀')
    const { recordings } = makeFolders(root)
    if (process.platform !== 'win32') expect(statSync(recordings).mode & 0o777).toBe(0o700)
    expect(makeFolders(root).recordings).toBe(recordings)
  })

  test('may lie behind a link', () => {
    const root = join(base, 'linked')
    symlinkSync(base, root)
    expect(statSync(makeFolders(root).peaks).isDirectory()).toBe(true)
  })

  test('are refused where a file stands in the way, or a link leads nowhere', () => {
    writeFileSync(join(base, 'file'), '')
    symlinkSync(join(base, 'nowhere'), join(base, 'dangling'))
    for (const root of [join(base, 'file'), join(base, 'file', 'below'), join(base, 'dangling')])
      expect(() => makeFolders(root)).toThrow(/can't be made or written/)
  })

  test.runIf(process.platform === 'linux')('are refused at once where the system makes no folders', () => {
    expect(() => makeFolders('/proc/earmark')).toThrow(/can't be made or written/)
  })
})
