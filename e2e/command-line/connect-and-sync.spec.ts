import { once } from 'node:events'
import { join } from 'node:path'
import { filesWith } from '../files-with'
import { startOwnKeychain } from '../keychain'
import { recordingsFrom, startMalakaiSimulator, startProsperSimulator } from '../vendors'
import { expect, SAMPLE, test } from './terminal'

/** Vendors' simulators, connected and synced. */

/** The command that connects a simulator of Prosper as "A". */
const connectingTo = ({ url }: { url: string }): string[] => [
  'connect',
  'prosper',
  '--name',
  'A',
  '--url',
  url,
  '--campaign',
  'campaign-1',
]

test.describe('connect and sync', () => {
  /** The sample's own, so that what is downloaded is real audio. */
  const recordings = recordingsFrom(join(SAMPLE, 'recordings'))
  const DONE_KEYS = [
    'type',
    'connection',
    'listed',
    'added',
    'updated',
    'unchanged',
    'quarantined',
    'recordings',
  ]

  test('both vendors are connected and synced with secrets from the environment, which are kept nowhere', async ({
    earmark,
    folder,
  }) => {
    const prosper = await startProsperSimulator({ calls: 30, recordings })
    const malakai = await startMalakaiSimulator({ calls: 12, recordings })
    try {
      const vendors = [
        { vendor: 'prosper', name: 'Renewals', simulator: prosper, calls: 30, token: '' },
        { vendor: 'malakai', name: 'Front desk', simulator: malakai, calls: 12, token: malakai.accessToken },
      ]
      for (const { vendor, name, simulator, calls, token } of vendors) {
        const env = { EARMARK_API_KEY: simulator.apiKey, EARMARK_ACCESS_TOKEN: token }
        const campaigns = simulator.campaigns.flatMap((id) => ['--campaign', id])
        const connected = await earmark(
          [
            'connect',
            vendor,
            '--name',
            name,
            '--url',
            simulator.url,
            ...campaigns,
            '--secrets-from-env',
            '--json',
          ],
          { env },
        )
        expect(connected).toMatchObject({ code: 0, stderr: '' })
        expect(connected.json()).toMatchObject([{ type: 'connected', connection: name }])
        // Without --test, nothing is asked of the vendor.
        expect(simulator.requestCount).toBe(0)

        const without = await earmark(['sync', name], { env })
        expect(without.code).toBe(1)
        expect(without.stderr).toContain('--secrets-from-env')
        const first = await earmark(['sync', name, '--secrets-from-env', '--json'], { env })
        expect(first).toMatchObject({ code: 0, stderr: '' })
        const lines = first.json()
        const done = lines.at(-1)
        expect(lines.slice(0, -1).length).toBeGreaterThan(0)
        for (const line of lines.slice(0, -1))
          expect(line).toMatchObject({ type: 'progress', connectionName: name })
        expect(Object.keys(done ?? {}).slice(0, DONE_KEYS.length)).toEqual(DONE_KEYS)
        const withAudio = simulator.calls.filter((call) => call.hasRecording).length
        expect(done).toMatchObject({
          type: 'done',
          connection: name,
          added: calls,
          quarantined: 0,
          recordings: { downloaded: withAudio, failed: 0 },
        })

        const second = await earmark(['sync', name, '--secrets-from-env', '--json'], { env })
        expect(second.json().at(-1)).toMatchObject({
          added: 0,
          updated: 0,
          recordings: { downloaded: 0, failed: 0 },
        })
        const [audible] = (await earmark(['search', `connection:"${name}" has:recording`, '--json'])).json()
        expect(audible?.total).toBe(withAudio)
      }
      const secrets = [prosper.apiKey, malakai.apiKey, malakai.accessToken]
      expect(filesWith(folder, secrets)).toEqual([])
    } finally {
      await Promise.all([prosper.close(), malakai.close()])
    }
  })

  test('secrets from standard input go to the keychain, and a locked one is said', async ({
    earmark,
    folder,
  }) => {
    const simulator = await startProsperSimulator({ calls: 4, recordings: null })
    const keychain = await startOwnKeychain()
    try {
      const { env } = keychain
      const connect = connectingTo(simulator)
      const stdin = JSON.stringify({ apiKey: simulator.apiKey })
      const connected = await earmark([...connect, '--test', '--json'], { env, stdin })
      expect(connected).toMatchObject({ code: 0, stderr: '' })
      expect(connected.json()).toMatchObject([{ type: 'connected', test: { ok: true } }])
      const synced = await earmark(['sync', 'A', '--json'], { env })
      expect(synced.json().at(-1)).toMatchObject({ type: 'done', added: 4 })
      expect(filesWith(join(folder, 'workspace'), [simulator.apiKey])).toEqual([])
      const again = await earmark([...connect, '--json'], { env, stdin })
      expect(again.code).toBe(1)
      expect(again.json()).toMatchObject([{ type: 'error', code: 'conflict' }])

      keychain.lock()
      const locked = await earmark(['sync', 'A', '--json'], { env })
      expect(locked.code).toBe(1)
      expect(locked.stderr).toMatch(/keychain/)
      const refused = await earmark(['connect', 'prosper', '--name', 'B', '--url', simulator.url, '--json'], {
        env,
        stdin,
      })
      expect(refused.code).not.toBe(0)
      expect((await earmark(['sync', 'B'], { env })).stderr).toContain('There are: "A"')
    } finally {
      keychain.stop()
      await simulator.close()
    }
  })

  test('a wrong key is exit code 1 and a sentence that says so, with --test and in a sync', async ({
    earmark,
  }) => {
    const simulator = await startProsperSimulator({ calls: 3, recordings: null })
    try {
      const env = { EARMARK_API_KEY: 'wrong-key-1' }
      const connect = connectingTo(simulator)
      const tested = await earmark([...connect, '--secrets-from-env', '--test', '--json'], { env })
      expect(tested.code).toBe(1)
      expect(tested.json()).toMatchObject([{ type: 'tested', test: { ok: false, code: 'wrong_key' } }])
      // Nothing was kept: the name is free.
      expect((await earmark([...connect, '--secrets-from-env'], { env })).code).toBe(0)
      const synced = await earmark(['sync', 'a', '--secrets-from-env'], { env })
      expect(synced.code).toBe(1)
      expect(synced.stderr).toMatch(/^earmark: A: .*key/m)
      expect(synced.stdout + synced.stderr).not.toContain('wrong-key-1')
      const right = await earmark(['sync', 'A', '--secrets-from-env'], {
        env: { EARMARK_API_KEY: simulator.apiKey },
      })
      expect(right.code).toBe(0)
    } finally {
      await simulator.close()
    }
  })

  test('a record that can not be read is set aside: exit code 3', async ({ earmark }) => {
    const simulator = await startProsperSimulator({ calls: 5, recordings: null })
    try {
      const env = { EARMARK_API_KEY: simulator.apiKey }
      await earmark([...connectingTo(simulator), '--secrets-from-env'], { env })
      simulator.updateCall(simulator.calls[0]?.id ?? 0, { call_log_id: null })
      const { code, json } = await earmark(['sync', 'A', '--secrets-from-env', '--json'], { env })
      expect(json().at(-1)).toMatchObject({ type: 'done', added: 4, quarantined: 1 })
      expect(code).toBe(3)
    } finally {
      await simulator.close()
    }
  })

  test('the second of two syncs of one connection is told who is at it', async ({ earmark, start }) => {
    const simulator = await startProsperSimulator({ calls: 40, recordings: null })
    try {
      const env = { EARMARK_API_KEY: simulator.apiKey }
      await earmark([...connectingTo(simulator), '--secrets-from-env'], { env })
      // The first one hangs in its first request.
      simulator.setFaults([{ name: 'stalled-body' }])
      const first = start(['sync', 'A', '--secrets-from-env', '--json'], { env })
      await once(first.stdout ?? first, 'data')
      const second = await earmark(['sync', 'A', '--secrets-from-env', '--json'], { env })
      expect(second.code).toBe(1)
      expect(second.stderr).toContain(`process ${first.pid} `)
      expect(second.json()).toMatchObject([{ type: 'error', code: 'busy' }])

      first.kill('SIGKILL')
      await once(first, 'exit')
      simulator.setFaults([])
      const third = await earmark(['sync', 'A', '--secrets-from-env', '--json'], { env })
      expect(third.json().at(-1)).toMatchObject({ type: 'done', added: 40 })
    } finally {
      await simulator.close()
    }
  })

  test('without a connection, or with an unknown one, it says what there is', async ({ earmark }) => {
    const none = await earmark(['sync'])
    expect(none.code).toBe(1)
    expect(none.stderr).toContain('earmark connect')
    const unknown = await earmark(['sync', 'Nope'])
    expect(unknown.code).toBe(1)
    expect(unknown.stderr).toContain('"Nope"')
  })
})
