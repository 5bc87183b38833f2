/**
 * Files and folders that are there whole or not at all, whenever set-up is interrupted.
 */
import { randomBytes } from 'node:crypto'
import {
  cpSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

/** A name beside `path` that nobody else uses; on the same disk, so that a rename is atomic. */
export function temporaryBeside(path) {
  mkdirSync(dirname(path), { recursive: true })
  return `${path}.part-${process.pid}-${randomBytes(4).toString('hex')}`
}

/** Writes a file so that it is there whole or not at all. */
export function writeWhole(path, content) {
  const part = temporaryBeside(path)
  writeFileSync(part, content)
  renameSync(part, path)
}

/** Copies a file so that it is there whole or not at all; a file that is in use keeps its old content there. */
export function copyWhole(from, to) {
  const part = temporaryBeside(to)
  cpSync(from, part)
  renameSync(part, to)
}

/** Puts a finished folder in its place, which is empty for the shortest possible time. */
export function putFolder(from, to) {
  const old = temporaryBeside(to)
  try {
    renameSync(to, old)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
  renameSync(from, to)
  rmSync(old, { recursive: true, force: true })
}

/** A copy of a folder that shares the files' blocks where the disk allows it (nobody writes into them). */
export function linkFolder(from, to) {
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) linkFolder(source, target)
    else {
      try {
        linkSync(source, target)
      } catch {
        cpSync(source, target)
      }
    }
  }
}

/** Removes what interrupted runs left in a folder: parts whose maker is gone (another machine may share the folder). */
export function sweep(folder) {
  let names = []
  try {
    names = readdirSync(folder)
  } catch {
    return
  }
  for (const name of names) {
    const maker = Number(/\.part-(\d+)-/.exec(name)?.[1])
    if (!maker || isAlive(maker)) continue
    const path = join(folder, name)
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0)
    if (age > 600_000) rmSync(path, { recursive: true, force: true })
  }
}

/** Whether a process of this number runs on this machine. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
