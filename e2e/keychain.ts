import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A D-Bus session of its own with a real Secret Service, so that a test may lock it without harm to others. */
export interface OwnKeychain {
  /** To start the application with. */
  env: Record<string, string>
  lock: () => void
  stop: () => void
}

const LOGIN = '/org/freedesktop/secrets/collection/login'

/** A bus that starts no programs by itself: else a second, locked keyring could come before the unlocked one. */
const BUS = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=ADDRESS</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>`

/** Starts dbus-daemon and gnome-keyring-daemon (unlocked) on a private bus; resolves when it answers. */
export async function startOwnKeychain(): Promise<OwnKeychain> {
  const folder = mkdtempSync(join(tmpdir(), 'earmark-keychain-'))
  const children: ChildProcess[] = []
  const env: Record<string, string> = { XDG_RUNTIME_DIR: folder, GNOME_KEYRING_CONTROL: '' }
  const stop = () => {
    for (const child of children.reverse()) child.kill('SIGTERM')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    writeFileSync(join(folder, 'bus.conf'), BUS.replace('ADDRESS', join(folder, 'bus')))
    const bus = spawn(
      'dbus-daemon',
      [`--config-file=${join(folder, 'bus.conf')}`, '--nofork', '--print-address=1'],
      {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    )
    children.push(bus)
    env.DBUS_SESSION_BUS_ADDRESS = await firstLine(bus)
    const keyring = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
      // Its keyring file lies in the folder that is thrown away.
      env: { ...process.env, ...env, XDG_DATA_HOME: join(folder, 'data') },
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    children.push(keyring)
    keyring.stdin?.end('\n')
    const whole = { ...env }
    await untilThere(whole, 'org.freedesktop.secrets')
    return {
      env: whole,
      lock: () => {
        send(
          whole,
          'org.freedesktop.secrets',
          '/org/freedesktop/secrets',
          'org.freedesktop.Secret.Service.Lock',
          [`array:objpath:${LOGIN}`],
        )
      },
      stop,
    }
  } catch (error) {
    stop()
    throw error
  }
}

/** Waits until a program of this name is on the bus; raises after ten seconds. */
async function untilThere(env: Record<string, string>, name: string): Promise<void> {
  const endMs = performance.now() + 10_000
  const ask = ['org.freedesktop.DBus', '/', 'org.freedesktop.DBus.NameHasOwner', [`string:${name}`]] as const
  while (!send(env, ...ask).includes('boolean true')) {
    if (performance.now() > endMs) throw new Error(`${name} did not come.`)
    // The keyring reads its password from this process.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function send(
  env: Record<string, string>,
  to: string,
  path: string,
  method: string,
  args: readonly string[],
): string {
  return execFileSync(
    'dbus-send',
    ['--session', '--print-reply', '--reply-timeout=10000', `--dest=${to}`, path, method, ...args],
    { env: { ...process.env, ...env }, encoding: 'utf8' },
  )
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`It ended with code ${code}.`)))
    if (child.stdout) createInterface({ input: child.stdout }).once('line', resolve)
  })
}
