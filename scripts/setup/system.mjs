/**
 * What has to come from the operating system: libraries that Electron loads, a compiler for native modules that have no
 * fitting binary, and, for windows and secrets on a machine without a desktop, Xvfb and a Secret Service.
 *
 * Each need is looked for by what it provides, not by a package's name: names differ between systems and releases.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { which } from './places.mjs'
import { failure, run, SetupProblem, say, step } from './steps.mjs'

/** Per need: how it is recognised, what it is for, and its package per package manager (first known name wins). */
const NEEDS = [
  lib('libgtk-3.so.0', ['libgtk-3-0t64', 'libgtk-3-0'], 'gtk3', 'gtk3', 'libgtk-3-0'),
  lib('libnss3.so', ['libnss3'], 'nss', 'nss', 'mozilla-nss'),
  lib('libasound.so.2', ['libasound2t64', 'libasound2'], 'alsa-lib', 'alsa-lib', 'libasound2'),
  lib('libgbm.so.1', ['libgbm1'], 'mesa-libgbm', 'mesa', 'libgbm1'),
  lib('libXss.so.1', ['libxss1'], 'libXScrnSaver', 'libxss', 'libXss1'),
  lib('libXtst.so.6', ['libxtst6'], 'libXtst', 'libxtst', 'libXtst6'),
  lib('libsecret-1.so.0', ['libsecret-1-0'], 'libsecret', 'libsecret', 'libsecret-1-0'),
  need('fonts for Latin and Devanagari', 'window', hasFonts, {
    apt: ['fonts-noto-core'],
    dnf: 'google-noto-sans-fonts google-noto-sans-devanagari-fonts',
    pacman: 'noto-fonts',
    zypper: 'google-noto-sans-fonts google-noto-sans-devanagari-fonts',
  }),
  command('python3', 'compile', ['python3'], 'python3', 'python', 'python3'),
  command('make', 'compile', ['make'], 'make', 'make', 'make'),
  command('g++', 'compile', ['g++'], 'gcc-c++', 'gcc', 'gcc-c++'),
  need('libsecret headers', 'compile', hasSecretHeaders, {
    apt: ['libsecret-1-dev'],
    dnf: 'libsecret-devel',
    pacman: 'libsecret pkgconf',
    zypper: 'libsecret-devel',
  }),
  command('Xvfb', 'display', ['xvfb'], 'xorg-x11-server-Xvfb', 'xorg-server-xvfb', 'xorg-x11-server-Xvfb'),
  command('dbus-daemon', 'keyring', ['dbus-x11'], 'dbus-daemon', 'dbus', 'dbus-1-daemon'),
  command(
    'gnome-keyring-daemon',
    'keyring',
    ['gnome-keyring'],
    'gnome-keyring',
    'gnome-keyring',
    'gnome-keyring',
  ),
]

function need(what, purpose, isThere, packages) {
  return { what, purpose, isThere, packages }
}

function lib(file, apt, dnf, pacman, zypper) {
  return need(file, 'window', () => loaderCache().includes(`${file} (`), { apt, dnf, pacman, zypper })
}

function command(name, purpose, apt, dnf, pacman, zypper) {
  return need(name, purpose, () => which(name) !== null, { apt, dnf, pacman, zypper })
}

let loaderCacheText = null
function loaderCache() {
  if (loaderCacheText === null) {
    // Not in every user's PATH.
    const ldconfig = which('ldconfig') ?? '/sbin/ldconfig'
    loaderCacheText = spawnSync(ldconfig, ['-p'], { encoding: 'utf8' }).stdout ?? ''
  }
  return loaderCacheText
}

function hasFonts() {
  const covers = (language) =>
    (spawnSync('fc-list', [`:lang=${language}`, 'file'], { encoding: 'utf8' }).stdout ?? '') !== ''
  return covers('en') && covers('hi')
}

function hasSecretHeaders() {
  return spawnSync('pkg-config', ['--exists', 'libsecret-1']).status === 0
}

/**
 * The needs that this machine does not meet. Empty anywhere but on Linux, where nothing has to be installed beside the
 * packages (a compiler aside, which `compilerHint` names when one is needed).
 * @param purposes any of 'window' (what Electron loads), 'compile', 'display' (Xvfb), 'keyring' (Secret Service)
 */
export function missingNeeds(purposes = ['window', 'compile', 'display', 'keyring']) {
  if (process.platform !== 'linux') return []
  loaderCacheText = null
  return NEEDS.filter((entry) => purposes.includes(entry.purpose) && !entry.isThere())
}

/**
 * On Debian and Ubuntu as root, installs everything that is missing. Elsewhere it says what is missing and the command
 * that installs it, and lets set-up go on: what is really needed stops it later, where it is needed.
 */
export async function installSystemPackages() {
  const missing = missingNeeds()
  if (missing.length === 0) return
  if (!mayInstall()) {
    say(`System packages: missing are ${listOf(missing)}. ${commandFor(missing)}`)
    return
  }
  await step('System packages', async () => {
    const names = await installWithApt(missing)
    const remaining = missingNeeds()
    if (remaining.length > 0) {
      throw new SetupProblem(`apt-get ended without an error, but ${listOf(remaining)} is still not there.`)
    }
    return `${names.join(' ')} installed through apt-get`
  })
}

/** Stops with the exact command if something is missing for these purposes. `why` completes "needed to". */
export function requireNeeds(purposes, why) {
  const missing = missingNeeds(purposes)
  if (missing.length > 0) {
    throw new SetupProblem(`Missing, and needed to ${why}: ${listOf(missing)}. ${commandFor(missing)}`)
  }
}

/** Whether missing packages are installed without asking. */
export function mayInstall() {
  return process.getuid?.() === 0 && which('apt-get') !== null
}

function listOf(missing) {
  return missing.map((entry) => entry.what).join(', ')
}

async function installWithApt(missing) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  // Other installations (unattended upgrades) get two minutes to finish.
  const options = ['-o', 'DPkg::Lock::Timeout=120', '-y', '--no-install-recommends']
  const updated = await run('apt-get', ['-o', 'DPkg::Lock::Timeout=120', 'update'], { env })
  const names = [...new Set(missing.map((entry) => aptName(entry.packages.apt)))]
  let installed = await run('apt-get', ['install', ...options, ...names], { env })
  if (installed.code !== 0) {
    // What an interrupted installation left half done is finished first.
    await run('dpkg', ['--configure', '-a'], { env })
    await run('apt-get', ['install', '-f', ...options], { env })
    installed = await run('apt-get', ['install', ...options, ...names], { env })
  }
  if (installed.code !== 0) {
    throw new SetupProblem(
      `apt-get could not install ${names.join(' ')}.\n${failure('apt-get', updated.output + installed.output)}\n` +
        `Type: apt-get update && apt-get install ${names.join(' ')}`,
    )
  }
  return names
}

/** The first of these names that this release knows as a package of its own. */
function aptName(names) {
  if (names.length === 1) return names[0]
  const known = names.find((name) =>
    spawnSync('apt-cache', ['show', '--no-all-versions', name], { encoding: 'utf8' }).stdout?.includes(
      'Version:',
    ),
  )
  // Before the first "apt-get update" it knows none; the names with t64 came with Debian 13 and Ubuntu 24.04.
  return known ?? names[releaseHas64BitTime() ? 0 : 1]
}

function releaseHas64BitTime() {
  try {
    const release = readFileSync('/etc/os-release', 'utf8')
    const version = Number(/^VERSION_ID="?([\d.]+)/m.exec(release)?.[1])
    return version >= (/^ID=ubuntu/m.test(release) ? 24.04 : 13)
  } catch {
    return false
  }
}

function commandFor(missing) {
  const sudo = process.getuid?.() === 0 ? '' : 'sudo '
  const names = (manager) => [...new Set(missing.map((entry) => entry.packages[manager]))].join(' ')
  if (which('apt-get')) {
    const apt = [...new Set(missing.map((entry) => aptName(entry.packages.apt)))].join(' ')
    return `Type: ${sudo}apt-get update && ${sudo}apt-get install ${apt}`
  }
  if (which('dnf')) return `Type: ${sudo}dnf install ${names('dnf')}`
  if (which('pacman')) return `Type: ${sudo}pacman -S --needed ${names('pacman')}`
  if (which('zypper')) return `Type: ${sudo}zypper install ${names('zypper')}`
  return "Install them with this system's package manager."
}

/** What to type so that native modules can be compiled here. */
export function compilerHint() {
  if (process.platform === 'darwin') return 'Type: xcode-select --install'
  if (process.platform === 'win32') {
    return 'Type: winget install Python.Python.3.12 Microsoft.VisualStudio.2022.BuildTools --override "--add Microsoft.VisualStudio.Workload.VCTools --includeRecommended --passive"'
  }
  const missing = missingNeeds(['compile'])
  return missing.length > 0 ? `Missing: ${listOf(missing)}. ${commandFor(missing)}` : null
}

/** The libraries that a program needs and this system lacks (Linux; by `ldd`). */
export function missingLibraries(executable) {
  if (process.platform !== 'linux') return []
  const listed = spawnSync('ldd', [executable], { encoding: 'utf8' }).stdout ?? ''
  return [...listed.matchAll(/^\s*(\S+) => not found$/gm)].map((match) => match[1])
}

/**
 * Makes sure that Chromium's sandbox can work, which on Linux it does through user namespaces or through a helper that
 * belongs to root. Under root itself it never works.
 * @returns {boolean} false under root: then, and only then, Electron needs --no-sandbox
 * @throws {SetupProblem} with the command that gives the helper to root
 */
export function requireSandbox(runtime) {
  if (process.platform !== 'linux') return true
  if (process.getuid() === 0) return false
  const helper = join(runtime.distPath, 'chrome-sandbox')
  const { uid, mode } = statSync(helper, { throwIfNoEntry: false }) ?? { uid: -1, mode: 0 }
  if (uid === 0 && (mode & 0o4000) !== 0) return true
  if (spawnSync('unshare', ['--user', '--map-root-user', 'true']).status === 0) return true
  throw new SetupProblem(
    "This system does not let ordinary users make user namespaces, so Chromium's sandbox needs its helper to belong to " +
      `root.\nType: sudo chown root:root ${helper} && sudo chmod 4755 ${helper}`,
  )
}
