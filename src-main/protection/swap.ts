import { closeSync, existsSync, fsyncSync, lstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { folderToDisk } from '../db/to-disk'

/** What a file is changed over to, until it is whole and checked. */
export const FRESH = '.earmark-new'
/** What a file was, once the new one is checked. While there is one, the new one is sound. */
export const OLD = '.earmark-old'

/** The empty database that a fresh one gets its key from. */
export const STUB = '.stub'

/**
 * Puts a checked, synced `file` + `FRESH` in the place of `file`, and takes the old one away, overwritten. Broken off at any
 * moment, `settle` ends it.
 */
export function swap(file: string): void {
  if (existsSync(file)) renameSync(file, file + OLD)
  renameSync(file + FRESH, file)
  folderToDisk(dirname(file))
  shred(file + OLD)
}

/** Ends what a killed `swap` of this file left: the new one where it was checked, else the old one. */
export function settle(file: string): void {
  if (existsSync(file + OLD)) {
    if (!existsSync(file)) renameSync(file + FRESH, file)
    folderToDisk(dirname(file))
    shred(file + OLD)
  }
  for (const beside of ['', '-journal', STUB, `${STUB}-journal`]) shred(file + FRESH + beside)
}

const ZEROS = Buffer.alloc(1024 * 1024)

/**
 * Overwrites a file with zeros and removes it. A best effort: a journal, a copy-on-write file system or an SSD may keep
 * the old bytes until it needs their place. A file that stands under another name as well is not overwritten: workspaces that were
 * restored from automatic copies share recordings with the one that was set aside. No file is no error.
 */
export function shred(file: string): void {
  const facts = lstatSync(file, { throwIfNoEntry: false })
  if (facts === undefined) return
  const { size, nlink } = facts
  if (size > 0 && nlink === 1 && facts.isFile()) {
    const fd = openSync(file, 'r+')
    try {
      for (let at = 0; at < size; ) at += writeSync(fd, ZEROS, 0, Math.min(ZEROS.length, size - at), at)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  }
  rmSync(file)
}
