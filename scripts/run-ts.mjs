#!/usr/bin/env node
/**
 * Runs a TypeScript program of this repository on Node 24: `node scripts/run-ts.mjs [--window] FILE [ARGUMENT]...`.
 * It is bundled first (our imports carry no file extensions), its npm dependencies aside.
 *
 * - `--window` is for programs that open the application: it is built first, and there are a display and an empty
 *   keychain of its own.
 *
 * The program finds the project's folder in EARMARK_ROOT; it runs in the folder where the command was typed.
 */
import { basename, join, relative, resolve } from 'node:path'
import { ensureBuilt } from './build.mjs'
import { startServices } from './display.mjs'
import { runToEnd } from './launching.mjs'
import { sayFallback } from './setup/electron-fallback.mjs'
import { NODE, ROOT, STATE, sha256, toolEnv } from './setup/places.mjs'
import { SetupProblem, say, speakOnStderr } from './setup/steps.mjs'
import { requireSandbox } from './setup/system.mjs'
import { ensureReady, launch } from './setup.mjs'

await launch(async () => {
  const args = process.argv.slice(2)
  const window = args[0] === '--window'
  if (window) args.shift()
  const file = args.shift()
  if (file === undefined)
    throw new SetupProblem('Usage: node scripts/run-ts.mjs [--window] FILE [ARGUMENT]...')
  // Standard output belongs to the program.
  speakOnStderr()
  const runtime = await ensureReady({ window })
  const bundler = [join(ROOT, 'scripts', 'setup', 'bundle-ts.mjs'), resolve(ROOT, file)]
  const name = `${basename(file).replace(/\.ts$/, '')}-${sha256(relative(ROOT, resolve(ROOT, file))).slice(0, 8)}`
  const bundle = join(STATE, 'ts', name, 'main.mjs')
  const bundled = await runToEnd(NODE, [...bundler, bundle], { env: toolEnv(), stdio: ['ignore', 2, 2] })
  if (bundled !== 0) return bundled
  let services = null
  try {
    if (window) {
      await ensureBuilt()
      requireSandbox(runtime)
      if (runtime.kind === 'fallback') sayFallback(runtime)
      services = await startServices({ display: 'missing', keyring: 'own' })
      if (services.started.length > 0) say(`Started ${services.started.join(' and ')}.`)
    }
    const env = toolEnv({ EARMARK_ROOT: ROOT }, services?.env)
    const cwd = process.env.INIT_CWD ?? process.cwd()
    return await runToEnd(NODE, ['--enable-source-maps', bundle, ...args], { cwd, env })
  } finally {
    await services?.stop()
  }
})
