import { spawn, spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { missingNeeds } from './setup/system.mjs'

const DISPLAY = new URL('./display.mjs', import.meta.url).href
const KEYTAR = new URL('../node_modules/keytar/lib/keytar.js', import.meta.url).pathname

// Only where they are needed and installed: Linux, by set-up.
const able = process.platform === 'linux' && missingNeeds(['display', 'keyring']).length === 0

/** Starts the services in a process of their own, which then holds them until it is ended. */
async function hold() {
  const source = `
    import { startServices } from ${JSON.stringify(DISPLAY)}
    const { env } = await startServices({ display: 'own', keyring: 'own' })
    console.log(JSON.stringify({ DISPLAY: env.DISPLAY, DBUS_SESSION_BUS_ADDRESS: env.DBUS_SESSION_BUS_ADDRESS }))
    setInterval(() => {}, 1000)`
  const { EARMARK_OWN_SERVICES: _outer, ...env } = process.env
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    env,
    stdio: ['ignore', 'pipe', 2],
  })
  const ended = new Promise((resolve) => child.on('exit', resolve))
  const services = JSON.parse(String(await new Promise((resolve) => child.stdout.once('data', resolve))))
  return { child, ended, services }
}

/** Keeps a secret and reads it back in a process that uses these services. */
function keepSecret(services) {
  const script = `
    const keytar = require(${JSON.stringify(KEYTAR)})
    keytar.setPassword('earmark-display-test', 'who', 'what')
      .then(() => keytar.getPassword('earmark-display-test', 'who'))
      .then((secret) => console.log(secret), (error) => console.log('refused: ' + error.message))`
  const env = { ...process.env, ...services }
  return spawnSync(process.execPath, ['-e', script], { env, encoding: 'utf8', timeout: 20_000 }).stdout.trim()
}

describe.runIf(able)('display and keychain for machines without a desktop', () => {
  it('keep a secret, and are gone when their owner was killed', async () => {
    const holder = await hold()
    try {
      expect(holder.services.DISPLAY).toMatch(/^:\d+$/)
      expect(keepSecret(holder.services)).toBe('what')
    } finally {
      holder.child.kill('SIGKILL')
      await holder.ended
    }
    await expect.poll(() => keepSecret(holder.services), { timeout: 10_000 }).toMatch(/^refused/)
  }, 60_000)
})
