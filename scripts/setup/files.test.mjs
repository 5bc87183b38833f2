import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { linkFolder, putFolder, sweep, temporaryBeside, writeWhole } from './files.mjs'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earmark-files-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('putting files in their place', () => {
  it('replaces a file whole and leaves nothing beside it', () => {
    const path = join(folder, 'a', 'state.json')
    writeWhole(path, 'first')
    writeWhole(path, 'second')
    expect(readFileSync(path, 'utf8')).toBe('second')
    expect(readdirSync(join(folder, 'a'))).toEqual(['state.json'])
  })

  it('replaces a folder, old files included, and copies folders with what is in them', () => {
    const [from, to] = [join(folder, 'from'), join(folder, 'to')]
    mkdirSync(join(from, 'deep'), { recursive: true })
    writeFileSync(join(from, 'deep', 'new'), 'new')
    mkdirSync(to)
    writeFileSync(join(to, 'old'), 'old')
    const copy = join(folder, 'copy')
    linkFolder(from, copy)
    putFolder(copy, to)
    expect(readdirSync(to)).toEqual(['deep'])
    expect(readFileSync(join(to, 'deep', 'new'), 'utf8')).toBe('new')
    expect(readdirSync(folder).sort()).toEqual(['from', 'to'])
  })

  it('sweeps what an interrupted run left, and nothing that somebody still works on', () => {
    const gone = join(folder, 'thing.part-999999999-abcdef01')
    const fresh = join(folder, 'thing.part-999999998-abcdef01')
    const mine = temporaryBeside(join(folder, 'thing'))
    for (const path of [gone, fresh, mine, join(folder, 'thing')]) writeFileSync(path, '')
    const anHourAgo = Date.now() / 1000 - 3600
    for (const path of [gone, mine]) utimesSync(path, anHourAgo, anHourAgo)
    sweep(folder)
    expect(
      readdirSync(folder)
        .map((name) => join(folder, name))
        .sort(),
    ).toEqual([join(folder, 'thing'), fresh, mine].sort())
  })
})
