import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { linkFolder, putFolder, sweep, temporaryBeside, writeWhole } from './steps.mjs'

const STEPS = new URL('./steps.mjs', import.meta.url).href

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earmark-steps-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a script in a process of its own, with this test's cache folder. */
function start(script) {
  const env = { ...process.env, XDG_CACHE_HOME: folder, LOCALAPPDATA: folder, HOME: folder }
  const source = `import { alone } from ${JSON.stringify(STEPS)}\n${script}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    env,
    stdio: ['ignore', 'pipe', 2],
  })
  const ended = new Promise((resolve) => child.on('exit', resolve))
  const said = new Promise((resolve) => child.stdout.once('data', resolve))
  return { child, ended, said }
}

describe('the set-up lock', () => {
  it('lets one process work at a time', async () => {
    const counter = join(folder, 'counter')
    writeFileSync(counter, '0')
    // Between reading and writing each waits: without the lock most increments would be lost.
    const script = `
      import { readFileSync, writeFileSync } from 'node:fs'
      for (let i = 0; i < 5; i += 1) await alone(async () => {
        const count = Number(readFileSync(${JSON.stringify(counter)}, 'utf8'))
        await new Promise((resolve) => setTimeout(resolve, 5))
        writeFileSync(${JSON.stringify(counter)}, String(count + 1))
      })`
    const ends = [1, 2, 3, 4].map(() => start(script).ended)
    expect(await Promise.all(ends)).toEqual([0, 0, 0, 0])
    expect(readFileSync(counter, 'utf8')).toBe('20')
  }, 30_000)

  it('is taken over from a process that was killed', async () => {
    const holder = start(
      `await alone(async () => { console.log('have it'); await new Promise(() => setInterval(() => {}, 1000)) })`,
    )
    await holder.said
    holder.child.kill('SIGKILL')
    await holder.ended
    const next = start(`await alone(async () => console.log('mine'))`)
    expect(String(await next.said)).toBe('mine\n')
    expect(await next.ended).toBe(0)
  }, 30_000)
})

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
