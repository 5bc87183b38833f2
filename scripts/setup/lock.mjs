/**
 * One set-up or build at a time.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isAlive, sweep, temporaryBeside } from './files.mjs'
import { CACHE, ROOT, sha256 } from './places.mjs'
import { say } from './steps.mjs'

/**
 * Runs `work` while no other set-up or build works on this folder; waits for one that does. A lock whose owner died is
 * taken over. It lies outside node_modules, because `npm ci` empties that.
 */
export async function alone(work) {
  const path = join(CACHE, 'locks', `${sha256(ROOT).slice(0, 16)}.lock`)
  // Written first and then linked: the lock never exists without its owner's number in it.
  sweep(dirname(path))
  const mine = temporaryBeside(path)
  writeFileSync(mine, String(process.pid))
  const release = () => rmSync(path, { force: true })
  let waitingFor = null
  try {
    while (!takeLock(mine, path)) {
      const owner = lockOwner(path)
      if (owner !== null && !isAlive(owner)) breakLock(path, owner)
      else if (owner !== null && owner !== waitingFor) {
        say(`Waiting for the set-up or build that process ${owner} runs in this folder (lock: ${path}).`)
        waitingFor = owner
      }
      if (owner !== null) await new Promise((resolve) => setTimeout(resolve, 100))
    }
    process.once('exit', release)
    return await work()
  } finally {
    rmSync(mine, { force: true })
    if (process.off('exit', release) && lockOwner(path) === process.pid) release()
  }
}

function takeLock(mine, path) {
  try {
    linkSync(mine, path)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

function lockOwner(path) {
  try {
    return Number(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}

/** Moves a dead owner's lock aside; if a living one took it in between, that one gets it back. */
function breakLock(path, owner) {
  const aside = temporaryBeside(path)
  try {
    renameSync(path, aside)
  } catch {
    return
  }
  if (lockOwner(aside) !== owner) takeLock(aside, path)
  rmSync(aside, { force: true })
}
