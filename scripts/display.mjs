/**
 * A display and a keychain for machines that have none: Xvfb, and a D-Bus session with GNOME's Secret Service, as child
 * processes that end with this one, whatever ends it.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { which } from './setup/places.mjs'
import { SetupProblem, withUs } from './setup/steps.mjs'
import { requireNeeds } from './setup/system.mjs'

/** Set for everything that runs under these services, so that a launcher inside another one uses them too. */
const HAVE = 'EARMARK_OWN_SERVICES'

/**
 * Starts what is missing. On macOS and Windows nothing is, and nothing is started.
 * @param display 'missing': Xvfb only where there is no display. 'own': always, so that tests open no windows on
 * somebody's desk.
 * @param keyring 'missing': a Secret Service only where none answers, with the user's own keyring file. 'own': always,
 * with an empty keyring that is thrown away, so that tests touch nobody's secrets.
 * @returns {Promise<{env: object, started: string[], stop: () => Promise<void>}>} the environment to run in, what was started
 * (in words) and what ends it; it ends by itself with this process
 * @throws {SetupProblem} when a program for it is not installed
 */
export async function startServices({ display = 'missing', keyring = 'missing' } = {}) {
  const env = { ...process.env }
  const owned = []
  const folders = []
  const started = []
  const end = () => {
    const ended = owned.splice(0).reverse()
    for (const child of ended) child.kill('SIGTERM')
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    return ended
  }
  const stop = async () => {
    process.off('exit', end)
    await Promise.all(end().map(hasEnded))
  }
  if (process.platform !== 'linux' || env[HAVE]) return { env, started, stop }
  process.on('exit', end)
  try {
    if (display === 'own' || !(env.DISPLAY || env.WAYLAND_DISPLAY)) {
      requireNeeds(['display'], 'open a window without a desktop')
      env.DISPLAY = await startXvfb(owned)
      delete env.WAYLAND_DISPLAY
      env.XDG_SESSION_TYPE = 'x11'
      started.push(`Xvfb on display ${env.DISPLAY}`)
    }
    if (keyring === 'own' || !hasSecretService(env, { mayStart: true })) {
      requireNeeds(['keyring'], 'keep secrets without a desktop')
      await startSecretService(env, owned, folders, keyring === 'own')
      started.push(keyring === 'own' ? 'a Secret Service with an empty keyring' : 'a Secret Service')
    }
    // Whoever runs inside takes these as given; `missing` services may still be the user's own.
    if (display === 'own' && keyring === 'own') env[HAVE] = '1'
    return { env, started, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startXvfb(owned) {
  // -displayfd: Xvfb looks for a free number itself and says which one once it accepts connections.
  const child = spawnOwned('Xvfb', ['-displayfd', '3', '-screen', '0', '1440x900x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  })
  owned.push(child)
  return `:${await firstLine(child, child.stdio[3], 'Xvfb')}`
}

async function startSecretService(env, owned, folders, isOwn) {
  const folder = mkdtempSync(join(tmpdir(), 'earmark-session-'))
  folders.push(folder)
  if (isOwn) env.XDG_DATA_HOME = join(folder, 'data')
  // The keyring's control socket and D-Bus helpers go there; a real session's folder stays untouched.
  if (isOwn || !env.XDG_RUNTIME_DIR) env.XDG_RUNTIME_DIR = folder
  const bus = spawnOwned(
    'dbus-daemon',
    [
      '--session',
      '--nofork',
      '--nopidfile',
      '--print-address=3',
      `--address=unix:path=${join(folder, 'bus')}`,
    ],
    { env, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] },
  )
  owned.push(bus)
  env.DBUS_SESSION_BUS_ADDRESS = await firstLine(bus, bus.stdio[3], 'dbus-daemon')
  // Where no system bus exists either, Electron complains about it on every start; this one answers "not here" quietly.
  if (!existsSync('/run/dbus/system_bus_socket')) env.DBUS_SYSTEM_BUS_ADDRESS ??= env.DBUS_SESSION_BUS_ADDRESS
  delete env.GNOME_KEYRING_CONTROL
  const keyring = spawnOwned(
    'gnome-keyring-daemon',
    ['--foreground', '--unlock', '--components=secrets', `--control-directory=${join(folder, 'keyring')}`],
    { env, stdio: ['pipe', 'ignore', 'ignore'] },
  )
  owned.push(keyring)
  // The keyring's password: none. It protects nothing on a machine without a login.
  keyring.stdin.end('\n')
  for (let tries = 0; tries < 100; tries += 1) {
    if (hasSecretService(env, { mayStart: false })) return
    if (keyring.exitCode !== null) break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new SetupProblem('gnome-keyring-daemon did not offer a Secret Service within 5 s.')
}

/**
 * Whether a Secret Service answers on the session's bus.
 * @param mayStart also ask the bus to start the one that it knows, as the first program with a secret would
 */
function hasSecretService(env, { mayStart }) {
  if (!env.DBUS_SESSION_BUS_ADDRESS && !env.XDG_RUNTIME_DIR) return false
  if (which('dbus-send') === null) return false
  const ask = (method, ...args) =>
    spawnSync(
      'dbus-send',
      [
        '--session',
        '--print-reply',
        '--reply-timeout=3000',
        '--dest=org.freedesktop.DBus',
        '/org/freedesktop/DBus',
        `org.freedesktop.DBus.${method}`,
        'string:org.freedesktop.secrets',
        ...args,
      ],
      { env, encoding: 'utf8', timeout: 5000 },
    ).stdout ?? ''
  if (ask('NameHasOwner').includes('boolean true')) return true
  return mayStart && /uint32 [12]/.test(ask('StartServiceByName', 'uint32:0'))
}

function spawnOwned(command, args, options) {
  const path = which(command)
  if (path === null) throw new SetupProblem(`${command} is not installed.`)
  const child = spawn(...withUs(path, args, 'TERM'), options)
  child.unref()
  child.on('error', () => {})
  return child
}

function hasEnded(child) {
  if (child.exitCode !== null || child.signalCode !== null) return null
  child.ref()
  return new Promise((resolve) => child.once('exit', resolve))
}

/** The first line that a child writes to a pipe once it is ready. */
function firstLine(child, pipe, name) {
  return new Promise((resolve, reject) => {
    let text = ''
    let complaint = ''
    child.stderr?.on('data', (chunk) => {
      complaint = (complaint + chunk).slice(-2000)
    })
    child.once('exit', (code) => {
      reject(new SetupProblem(`${name} ended with ${code} before it was ready: ${complaint.trim()}`))
    })
    pipe.on('data', (chunk) => {
      text += chunk
      if (!text.includes('\n')) return
      // Read on, so that the child never waits for us, but without keeping this process alive.
      pipe.unref()
      child.stderr?.unref()
      resolve(text.split('\n')[0].trim())
    })
  })
}
