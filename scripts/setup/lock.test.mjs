import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const LOCK = new URL('./lock.mjs', import.meta.url).href

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earmark-steps-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a script in a process of its own, with this test's cache folder. */
function start(script) {
  const env = { ...process.env, XDG_CACHE_HOME: folder, LOCALAPPDATA: folder, HOME: folder }
  const source = `import { alone } from ${JSON.stringify(LOCK)}\n${script}`
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
