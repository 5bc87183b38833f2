import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeFolders, type WorkspacePaths } from '../db/workspace'
import { holdWorkspace, takeWorkspace } from './workspace-lock'

let root = ''
let paths: WorkspacePaths
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'earmark-lock-'))
  paths = makeFolders(root)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

it('many hold a workspace at once, and nobody takes it until all have let go', () => {
  const releases = [holdWorkspace(paths), holdWorkspace(paths)]
  expect(() => takeWorkspace(paths.locks)).toThrow('has the workspace open')
  releases[0]?.()
  expect(() => takeWorkspace(paths.locks)).toThrow('has the workspace open')
  releases[1]?.()
  const release = takeWorkspace(paths.locks)
  expect(() => holdWorkspace(paths)).toThrow('is being protected')
  release()
  holdWorkspace(paths)()
})

it('two that come to a new workspace at the same moment both hold it', () => {
  // As the second finds it that has seen an empty file: the first holds it by now.
  const first = new Database(join(paths.locks, 'workspace.db'))
  first.exec('BEGIN; SELECT count(*) FROM sqlite_schema')
  const release = holdWorkspace(paths)
  first.close()
  expect(() => takeWorkspace(paths.locks)).toThrow('has the workspace open')
  release()
})
