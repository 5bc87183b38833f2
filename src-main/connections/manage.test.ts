import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startMalakaiSimulator, startProsperSimulator } from '../../e2e/vendors'
import { openSyncEngine } from '../sync/engine'
import { draftFor, QUICK_RETRY, secretsOf, type TestBackend, testBackend } from '../sync/testing'
import { change, create, createWithoutSecrets, remove, test as testIt } from './manage'
import { listConnections } from './queries'
import { openKeychain } from './secrets'

let backend: TestBackend
beforeEach(async () => {
  backend = await testBackend()
})
afterEach(() => backend.close())

const server = { url: 'http://127.0.0.1:1/', campaigns: ['c1'], apiKey: 'the-key' }
const draft = (name = 'Clinic') => draftFor('prosper', server, name)
const secrets = secretsOf(server)

describe('a new connection', () => {
  test('keeps its secrets in the keychain and nowhere else', async () => {
    const { id } = await create(backend, draft(), secrets)
    expect([...backend.secrets.entries]).toEqual([[`${id}/apiKey`, 'the-key']])
    const rows = backend.db.prepare('SELECT * FROM connections').all()
    expect(JSON.stringify(rows)).not.toContain('the-key')
    expect(listConnections(backend.db)).toMatchObject([
      { id, name: 'Clinic', kind: 'api', baseUrl: 'http://127.0.0.1:1', callCount: 0, lastRun: null },
    ])
  })

  test('is not made when the keychain is missing', async () => {
    const secretsGone = openKeychain({ load: () => Promise.reject(new Error('no service')) })
    await expect(create({ ...backend, secrets: secretsGone }, draft(), secrets)).rejects.toMatchObject({
      code: 'keychain_unavailable',
    })
    expect(listConnections(backend.db)).toEqual([])
  })

  test('needs a name of its own, and case does not make one', async () => {
    await create(backend, draft('Clinic'), secrets)
    await expect(create(backend, draft('CLINIC'), secrets)).rejects.toMatchObject({ code: 'conflict' })
    expect(backend.secrets.entries.size).toBe(1)
  })

  test('under a removed one’s name is the removed one again, with its calls', async () => {
    const first = await create(backend, draft(), secrets)
    await remove(backend, first.id)
    expect(backend.secrets.entries.size).toBe(0)
    expect(listConnections(backend.db)).toEqual([])
    const second = await create(backend, draft('clinic'), secrets)
    expect(second.id).toBe(first.id)
  })

  test('under a renamed one’s first name is another one', async () => {
    const first = await create(backend, draft(), secrets)
    await change(backend, first.id, draft('Surgery'), null)
    expect((await create(backend, draft(), secrets)).id).not.toBe(first.id)
  })

  test('of Malakai wants both secrets and a campaign', async () => {
    const malakai = draftFor('malakai', server)
    await expect(create(backend, malakai, secrets)).rejects.toMatchObject({ code: 'secret_missing' })
    await expect(create(backend, { ...malakai, campaignIds: [] }, secrets)).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })

  test('can do without the keychain when its secrets come with each sync', async () => {
    const simulator = await startProsperSimulator({ calls: 3, recordings: null })
    try {
      const { id } = createWithoutSecrets(backend, draftFor('prosper', simulator))
      const engine = openSyncEngine(backend, QUICK_RETRY)
      const without = await engine.start(id, { recordings: 'all', secrets: null }).ended
      expect(without.problem).toMatch(/"Clinic" was made without keeping its secrets.*--secrets-from-env/)
      const given = await engine.start(id, { recordings: 'all', secrets: secretsOf(simulator) }).ended
      expect(given.counts.added).toBe(3)
      expect(backend.secrets.entries.size).toBe(0)
      // Removing it asks no keychain either.
      await remove(
        { ...backend, secrets: openKeychain({ load: () => Promise.reject(new Error('none')) }) },
        id,
      )
    } finally {
      await simulator.close()
    }
  })
})

describe('a changed connection', () => {
  test('keeps its secrets, but not for another address', async () => {
    const { id } = await create(backend, draft(), secrets)
    await change(backend, id, { ...draft('Surgery'), campaignIds: ['c2'] }, null)
    expect(listConnections(backend.db)).toMatchObject([{ name: 'Surgery', campaignIds: ['c2'] }])
    const elsewhere = { ...draft(), baseUrl: 'https://elsewhere.example' }
    await expect(change(backend, id, elsewhere, null)).rejects.toMatchObject({ code: 'secret_missing' })
    await expect(testIt(backend, id, elsewhere, null)).resolves.toMatchObject({
      ok: false,
      code: 'secret_missing',
    })
    await change(backend, id, elsewhere, { apiKey: 'new-key', accessToken: null })
    expect(backend.secrets.entries.get(`${id}/apiKey`)).toBe('new-key')
  })
})

test('"Test connection" asks the vendor with the kept secrets and says what it found', async () => {
  const simulator = await startMalakaiSimulator({ calls: 4, recordings: null })
  try {
    const { id } = await create(backend, draftFor('malakai', simulator), secretsOf(simulator))
    expect(await testIt(backend, id, draftFor('malakai', simulator), null)).toMatchObject({
      ok: true,
      total: 4,
    })
    const wrong = { apiKey: 'wrong', accessToken: 'wrong' }
    expect(await testIt(backend, null, draftFor('malakai', simulator), wrong)).toMatchObject({
      ok: false,
      code: 'wrong_key',
    })
  } finally {
    await simulator.close()
  }
})
