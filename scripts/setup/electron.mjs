/**
 * Which Electron runs the application.
 *
 * The product runs on the official one, which its own installer downloads (from a mirror if ELECTRON_MIRROR names one).
 * Only where that download fails, there is a stand-in, see `electron-fallback.mjs`.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fallbackElectron } from './electron-fallback.mjs'
import { electronSource, runtimeIn } from './electron-runtime.mjs'
import { writeWhole } from './files.mjs'
import { installedVersion, NODE, NODE_MODULES, RUNTIME_FILE, readJson, toolEnv } from './places.mjs'
import { failure, run, SetupProblem, step } from './steps.mjs'
import { missingLibraries, requireNeeds } from './system.mjs'

const HERE = dirname(fileURLToPath(import.meta.url))

/**
 * Finds or fetches an Electron and writes which one to `runtime.json`.
 * @param retry try the official download again although it failed before
 * @returns {Promise<{kind: 'official'|'fallback'|'own', version: string, distPath: string, executablePath: string}>}
 */
export async function installElectron({ retry }) {
  const wanted = installedVersion('electron')
  const known = readJson(RUNTIME_FILE)
  let runtime = ownElectron() ?? officialElectron(wanted)
  if (runtime === null) {
    const failedBefore =
      known?.kind === 'fallback' && known.instead === wanted && known.source === electronSource()
    runtime = failedBefore && !retry ? await fallbackElectron(known.reason) : await download(wanted)
  }
  const lacking = missingLibraries(runtime.executablePath)
  if (lacking.length > 0) {
    requireNeeds(['window'], 'open a window')
    throw new SetupProblem(`Electron needs libraries that this system lacks: ${lacking.join(', ')}.`)
  }
  writeWhole(RUNTIME_FILE, `${JSON.stringify(runtime, null, 2)}\n`)
  return runtime
}

/** The Electron of the last set-up, if it is still there; else null. */
export function installedElectron() {
  const runtime = readJson(RUNTIME_FILE)
  return runtime !== null && existsSync(runtime.executablePath) ? runtime : null
}

/** The one that the person brought along, unpacked, as the official wrapper understands it too. */
function ownElectron() {
  const { ELECTRON_OVERRIDE_DIST_PATH: folder } = process.env
  if (!folder) return null
  const runtime = runtimeIn('own', resolve(folder), null)
  if (!existsSync(runtime.executablePath)) {
    throw new SetupProblem(`ELECTRON_OVERRIDE_DIST_PATH names ${folder}, where there is no Electron.`)
  }
  return runtime
}

function officialElectron(version) {
  const folder = join(NODE_MODULES, 'electron')
  try {
    // The installer writes path.txt last.
    const executable = readFileSync(join(folder, 'path.txt'), 'utf8')
    const unpacked = readFileSync(join(folder, 'dist', 'version'), 'utf8')
      .replace(/^v/, '')
      .trim()
    if (unpacked !== version || !existsSync(join(folder, 'dist', executable))) return null
  } catch {
    return null
  }
  return runtimeIn('official', join(folder, 'dist'), version)
}

async function download(version) {
  let runtime = null
  let reason = ''
  await step('Electron', async () => {
    const env = toolEnv()
    delete env.ELECTRON_OVERRIDE_DIST_PATH
    // Node 24 then takes HTTPS_PROXY and NO_PROXY into account.
    env.NODE_USE_ENV_PROXY ??= '1'
    const installer = [
      '--require',
      join(HERE, 'name-cause.cjs'),
      join(NODE_MODULES, 'electron', 'install.js'),
    ]
    let result = await run(NODE, installer, { env })
    // A transfer that broke off may succeed the next time; a host that is not reachable stays so.
    if (
      result.code !== 0 &&
      !/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|TIMEOUT|certificate|checksum/i.test(result.output)
    ) {
      result = await run(NODE, installer, { env })
    }
    runtime = result.code === 0 ? officialElectron(version) : null
    if (runtime !== null) return `official ${version} installed`
    failure('electron', result.output)
    reason = reasonIn(result.output)
    return `official ${version} could not be downloaded: ${reason}`
  })
  return runtime ?? (await fallbackElectron(reason))
}

/** The line of the installer's output that says what happened, without the error class in front. */
function reasonIn(output) {
  const lines = output.split('\n').map((line) => line.trim())
  const error = lines.find((line) => /Error\b/.test(line) && !line.startsWith('at ')) ?? lines.find(Boolean)
  return error?.replace(/^\w*Error(?: \[\w+\])?: /, '') ?? 'no reason given'
}
