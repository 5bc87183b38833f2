#!/usr/bin/env node
/**
 * Makes a fresh clone ready, and does nothing where everything is: `npm run setup`.
 * Needs Node 18 or later and npm, nothing else. It may be interrupted at any point and started again.
 *
 * - `--retry-electron` tries the official Electron again where the stand-in is in use
 * - `--after-install` is what `npm ci` runs: only what an install script would have done (Node 24, keytar)
 */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installNode, installPackages, lockfileName } from './setup/dependencies.mjs'
import { installElectron, installedElectron } from './setup/electron.mjs'
import { sayFallback } from './setup/electron-fallback.mjs'
import { electronSource } from './setup/electron-runtime.mjs'
import { writeWhole } from './setup/files.mjs'
import { alone } from './setup/lock.mjs'
import { installKeytar, installSqlite } from './setup/native.mjs'
import { NODE, NODE_MODULES, PLATFORM, RUNTIME_FILE, readJson, STATE, sha256 } from './setup/places.mjs'
import { SetupProblem, say, seconds } from './setup/steps.mjs'
import { installSystemPackages, mayInstall, missingNeeds } from './setup/system.mjs'

const STAMP = join(STATE, 'ready.json')

/**
 * Makes sure that everything is there to build and test, and to open the application.
 * @param window false for what runs without Electron: then neither it nor its libraries are asked for
 * @returns what `runtime.json` says (`{kind, version, distPath, executablePath}`); null without a window, maybe
 * @throws {SetupProblem} with what to do about it
 */
export async function ensureReady({ window = true, retryElectron = false } = {}) {
  if (!retryElectron && isReady(window)) return readJson(RUNTIME_FILE)
  return alone(async () => {
    if (!retryElectron && isReady(window)) return readJson(RUNTIME_FILE)
    rmSync(STAMP, { force: true })
    await installSystemPackages()
    await installPackages()
    await installNode()
    // Without a window the native modules still have to fit the Electron that is there already.
    const runtime = window ? await installElectron({ retry: retryElectron }) : installedElectron()
    await installKeytar(runtime)
    await installSqlite(runtime)
    const content = { name: setupName(), packages: packagesTime(), window: window || runtime !== null }
    writeWhole(STAMP, JSON.stringify(content))
    return runtime
  })
}

/** Whether the last set-up was finished, was for what is here now, and nothing of it has gone since. */
function isReady(window) {
  const stamp = readJson(STAMP)
  if (stamp === null || (window && !stamp.window)) return false
  if (stamp.name !== setupName() || stamp.packages !== packagesTime()) return false
  const products = [NODE, join(NODE_MODULES, 'keytar', 'build', 'Release', 'keytar.node')]
  if (stamp.window) products.push(readJson(RUNTIME_FILE)?.executablePath ?? RUNTIME_FILE)
  if (!products.every((path) => existsSync(path))) return false
  // The packages may have come with a cache while the system is a new one.
  return !mayInstall() || missingNeeds().length === 0
}

/** Everything that the result of a set-up depends on, the set-up's own code included. */
function setupName() {
  const folder = join(dirname(fileURLToPath(import.meta.url)), 'setup')
  const code = readdirSync(folder, { recursive: true })
    .filter((name) => /\.[mc]?js$/.test(name) && !name.includes('.test.'))
    .sort()
    .map((name) => readFileSync(join(folder, name)))
  return sha256(
    Buffer.concat([...code, Buffer.from([lockfileName(), PLATFORM, electronSource()].join('\n'))]),
  )
}

/** When npm last changed node_modules, or null. */
function packagesTime() {
  try {
    return statSync(join(NODE_MODULES, '.package-lock.json')).mtimeMs
  } catch {
    return null
  }
}

async function afterInstall() {
  // Without the development packages there is nothing to prepare.
  if (!existsSync(join(NODE_MODULES, 'node', 'package.json'))) return
  await alone(async () => {
    await installNode()
    await installKeytar(null)
  })
}

async function main(args) {
  const startedAt = Date.now()
  if (args.includes('--after-install')) return afterInstall()
  const unknown = args.filter((word) => word !== '--retry-electron')
  if (unknown.length > 0) throw new SetupProblem(`Unknown: ${unknown.join(' ')}. Known: --retry-electron`)
  const runtime = await ensureReady({ retryElectron: args.includes('--retry-electron') })
  if (runtime.kind === 'fallback') sayFallback(runtime)
  say(
    `Ready: Electron ${runtime.version} (${runtime.kind}), Node 24, native modules (${seconds(startedAt)}).`,
  )
}

/** Runs a launcher's main function; a problem that a person can solve is told without a stack trace. */
export async function launch(work) {
  try {
    process.exitCode = (await work()) ?? process.exitCode ?? 0
  } catch (error) {
    if (!(error instanceof SetupProblem)) throw error
    process.stderr.write(`\n${error.message}\n`)
    process.exitCode = 1
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await launch(() => main(process.argv.slice(2)))
}
