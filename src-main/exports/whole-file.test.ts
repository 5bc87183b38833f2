import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeWholeFile } from './whole-file'

let folder: string
const at = (...names: string[]) => join(folder, ...names)
const files = () => readdirSync(folder).sort()
const anywhere = () => null
const write = (path: string, text = 'new') => writeWholeFile(path, anywhere, (piece) => piece(text))
const unwritable = (reason: RegExp) =>
  expect.objectContaining({ code: 'file_unwritable', message: expect.stringMatching(reason) })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earmark-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a whole file', () => {
  it('is written in pieces and has its name only when it is complete', async () => {
    writeFileSync(at('out.csv'), 'old')
    await writeWholeFile(at('out.csv'), anywhere, async (piece) => {
      await piece('a')
      expect(readFileSync(at('out.csv'), 'utf8')).toBe('old')
      await piece('é\u{1F600}')
    })
    expect(readFileSync(at('out.csv'), 'utf8')).toBe('aé\u{1F600}')
    expect(files()).toEqual(['out.csv'])
  })

  it('leaves nothing behind and the old file as it was when filling it fails', async () => {
    writeFileSync(at('out.csv'), 'old')
    const failing = writeWholeFile(at('out.csv'), anywhere, async (piece) => {
      await piece('half')
      throw new Error('no more')
    })
    await expect(failing).rejects.toThrow('no more')
    expect(readFileSync(at('out.csv'), 'utf8')).toBe('old')
    expect(files()).toEqual(['out.csv'])
  })

  it('says that the disk is full', async () => {
    const full = writeWholeFile(at('out.csv'), anywhere, async () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    })
    await expect(full).rejects.toMatchObject({
      code: 'disk_full',
      message: expect.stringContaining('Free some space'),
    })
    expect(files()).toEqual([])
  })

  it.skipIf(process.platform === 'win32')('keeps who may read the file that it replaces', async () => {
    writeFileSync(at('out.csv'), 'old')
    chmodSync(at('out.csv'), 0o600)
    await write(at('out.csv'))
    expect(statSync(at('out.csv')).mode & 0o777).toBe(0o600)
  })
})

describe('a place that can’t be written', () => {
  it('is told apart: a missing folder, a folder, a file in the place of a folder, too long a name', async () => {
    mkdirSync(at('sub'))
    writeFileSync(at('file'), '')
    await expect(write(at('none', 'out.csv'))).rejects.toEqual(unwritable(/folder does not exist/))
    await expect(write(at('sub'))).rejects.toEqual(unwritable(/is a folder/))
    await expect(write(at('file', 'out.csv'))).rejects.toEqual(unwritable(/not a folder/))
    await expect(write(at('x'.repeat(300)))).rejects.toEqual(unwritable(/too long/))
    expect(files()).toEqual(['file', 'sub'])
  })

  it('is refused when it is a pipe or a device, which a file must not replace', async () => {
    execFileSync('mkfifo', [at('pipe')])
    await expect(write(at('pipe'))).rejects.toEqual(unwritable(/no ordinary file/))
    expect(lstatSync(at('pipe')).isFIFO()).toBe(true)
  })

  it('is refused when whoever asks says why not', async () => {
    const refused = writeWholeFile(
      at('out.csv'),
      (_, name) => `${name} is taken`,
      async () => {},
    )
    await expect(refused).rejects.toEqual(unwritable(/out\.csv is taken/))
    expect(files()).toEqual([])
  })
})

describe('a symbolic link', () => {
  it('stays one; what it points to is written', async () => {
    mkdirSync(at('real'))
    writeFileSync(at('real', 'target.csv'), 'old')
    symlinkSync(join('real', 'target.csv'), at('link.csv'))
    await write(at('link.csv'))
    expect(lstatSync(at('link.csv')).isSymbolicLink()).toBe(true)
    expect(readFileSync(at('real', 'target.csv'), 'utf8')).toBe('new')
    expect(readdirSync(at('real'))).toEqual(['target.csv'])
  })

  it('may point to what is not there yet, but not into nowhere or in a circle', async () => {
    symlinkSync(at('new.csv'), at('ahead.csv'))
    await write(at('ahead.csv'))
    expect(readFileSync(at('new.csv'), 'utf8')).toBe('new')
    symlinkSync(at('none', 'x.csv'), at('nowhere.csv'))
    await expect(write(at('nowhere.csv'))).rejects.toEqual(unwritable(/folder does not exist/))
    symlinkSync(at('b'), at('a'))
    symlinkSync(at('a'), at('b'))
    await expect(write(at('a'))).rejects.toEqual(unwritable(/circle/))
  })
})
