#!/usr/bin/env node
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The command line. An old system Node can't load the database module, so the Node that set-up installed is
 * used then: this file imports nothing of ours before it has looked.
 */
const OLDEST_NODE = 22
const major = Number(process.versions.node.split('.')[0])
const name = process.platform === 'win32' ? 'node.exe' : 'node'
const newer = join(import.meta.dirname ?? '', '..', '..', 'node_modules', 'node', 'bin', name)

if (major < OLDEST_NODE && existsSync(newer) && process.env.EARMARK_NODE_CHOSEN !== '1') {
  const { status } = spawnSync(newer, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, EARMARK_NODE_CHOSEN: '1' },
  })
  process.exitCode = status ?? 1
} else {
  const { runCommandLine } = await import('./command-line/run')
  process.exitCode = await runCommandLine(process.argv.slice(2))
}
