#!/usr/bin/env node
/**
 * The command line: `npm run -s earmark -- COMMAND`. Standard input, output and the exit code are the command's own;
 * whatever has to be set up or built first is told on standard error.
 */
import { join } from 'node:path'
import { ensureBuilt } from './build.mjs'
import { runToEnd } from './launching.mjs'
import { NODE, ROOT } from './setup/places.mjs'
import { speakOnStderr } from './setup/steps.mjs'
import { ensureReady, launch } from './setup.mjs'

const ENTRY = join(ROOT, 'out', 'main', 'cli.js')

await launch(async () => {
  speakOnStderr()
  await ensureReady({ window: false })
  await ensureBuilt()
  const args = process.argv.slice(2)
  // npm runs in the project's folder; file names were typed in another one.
  const cwd = process.env.INIT_CWD ?? process.cwd()
  return runToEnd(NODE, [ENTRY, ...args], { cwd, env: process.env })
})
