import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { defaultWaitMs, openKeychain } from './secrets'

/** Whether this computer has a keychain that answers: headless ones don't, and e2e brings its own. */
const probe = openKeychain({ waitMs: 2000 })
const isReachable = await probe.get('probe').then(
  () => true,
  () => false,
)

test.skipIf(!isReachable)(
  'a secret comes back from the real keychain, and is gone once removed',
  async () => {
    const keychain = openKeychain()
    const account = `test-${randomUUID()}`
    await keychain.set(account, 'grüße ☎ "x"')
    expect(await keychain.get(account)).toBe('grüße ☎ "x"')
    await keychain.remove(account)
    expect(await keychain.get(account)).toBeNull()
    await keychain.remove(account)
  },
)

const failing = (reason: string) => openKeychain({ load: () => Promise.reject(new Error(reason)) })

test('a missing keychain is said with what to do, and that nothing was kept', async () => {
  await expect(
    failing('Cannot autolaunch D-Bus without X11 $DISPLAY').set('a', 'secret'),
  ).rejects.toMatchObject({
    code: 'keychain_unavailable',
    message: expect.stringMatching(
      /keychain can't be used \(Cannot autolaunch D-Bus.*nothing was kept.*try again/,
    ),
  })
})

test('no message holds the secret', async () => {
  const error = await failing('locked')
    .set('a', 'hunter2-secret')
    .catch((thrown: unknown) => thrown)
  expect(JSON.stringify(error) + String(error)).not.toContain('hunter2')
})

test('a locked keychain that never answers costs its time and no more, and what was asked later runs after it', async () => {
  const log: string[] = []
  let unlock: () => void = () => undefined
  const locked = new Promise<void>((resolve) => {
    unlock = resolve
  })
  const keychain = openKeychain({
    waitMs: 20,
    load: async () => ({
      getPassword: async () => null,
      setPassword: async () => {
        await locked
        log.push('set')
      },
      deletePassword: async () => {
        log.push('removed')
        return true
      },
    }),
  })
  await expect(keychain.set('a', 'secret')).rejects.toMatchObject({
    code: 'keychain_unavailable',
    message: expect.stringMatching(/may be locked/),
  })
  await expect(keychain.remove('a')).rejects.toMatchObject({ code: 'keychain_unavailable' })
  expect(log).toEqual([])
  unlock()
  await keychain.get('a')
  expect(log).toEqual(['set', 'removed'])
})

test.each([
  ['linux', {}, 5000],
  ['linux', { DISPLAY: ':0' }, 30_000],
  ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, 30_000],
  ['darwin', {}, 30_000],
] as const)('on %s with %o it may take %i ms', (platform, env, expected) => {
  expect(defaultWaitMs(platform, env)).toBe(expected)
})
