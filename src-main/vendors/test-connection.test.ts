import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Server } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type FaultName, startMalakaiSimulator, startProsperSimulator } from '../../e2e/vendors'
import { vendors } from './index'
import { testConnection } from './test-connection'
import { configOf } from './testing'

const portOf = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function prosper(
  more: {
    campaigns?: string[]
    apiKey?: string
    fault?: FaultName
    path?: string
    dialect?: 'page' | 'openapi'
  } = {},
) {
  const simulator = await startProsperSimulator({
    calls: 30,
    campaigns: ['a', 'b'],
    dialect: more.dialect ?? 'page',
    faults: more.fault === undefined ? [] : [more.fault],
  })
  onTestFinished(() => simulator.close())
  const config = configOf(more.campaigns ?? ['a', 'b'], {}, simulator.url + (more.path ?? ''))
  const secrets = { apiKey: more.apiKey ?? simulator.apiKey, accessToken: null }
  return {
    simulator,
    outcome: await testConnection(vendors.prosper, config, secrets, { loopbackOnly: true }),
  }
}

async function malakai(more: { campaigns?: string[]; accessToken?: string | null; fault?: FaultName } = {}) {
  const simulator = await startMalakaiSimulator({
    calls: 30,
    campaigns: ['a', 'b'],
    faults: more.fault === undefined ? [] : [more.fault],
  })
  onTestFinished(() => simulator.close())
  const config = configOf(more.campaigns ?? ['a'], {}, simulator.url)
  const secrets = {
    apiKey: simulator.apiKey,
    accessToken: more.accessToken === undefined ? simulator.accessToken : more.accessToken,
  }
  return testConnection(vendors.malakai, config, secrets, { loopbackOnly: true })
}

describe('testing a connection to Prosper', () => {
  it('counts the calls with one small request a campaign', async () => {
    const { simulator, outcome } = await prosper()
    expect(outcome).toEqual({
      ok: true,
      code: null,
      message: 'Prosper AI answered: 30 calls in 2 campaigns.',
      total: 30,
    })
    expect(simulator.requests.map((request) => request.query.page_size)).toEqual(['1', '1'])
  })

  it('finds the other dialect, which states no total', async () => {
    expect((await prosper({ dialect: 'openapi' })).outcome).toMatchObject({
      ok: true,
      total: null,
      message: 'Prosper AI answered in 2 campaigns.',
    })
    expect((await prosper({ dialect: 'openapi', campaigns: [] })).outcome).toMatchObject({
      ok: true,
      message: 'Prosper AI answered.',
    })
  })

  it('says that the key is wrong, without repeating it', async () => {
    const { outcome } = await prosper({ apiKey: 'wrong-key-0123' })
    expect(outcome).toMatchObject({ ok: false, code: 'wrong_key', total: null })
    expect(outcome.message).toContain('refused the key (401)')
    expect(outcome.message).not.toContain('wrong-key-0123')
  })

  it('says which campaign is wrong', async () => {
    expect((await prosper({ campaigns: ['a', 'nope'] })).outcome).toMatchObject({
      code: 'wrong_campaign',
      message: expect.stringContaining('campaign nope'),
    })
  })

  it('says that this is not the API: another path, a web page', async () => {
    expect((await prosper({ path: '/somewhere' })).outcome.code).toBe('not_this_vendor')
    expect((await prosper({ fault: 'html-always' })).outcome.code).toBe('not_this_vendor')
    const stranger = await startMalakaiSimulator({ calls: 1 })
    onTestFinished(() => stranger.close())
    const outcome = await testConnection(
      vendors.prosper,
      configOf(['a'], { authHeader: 'X-Key' }, stranger.url),
      { apiKey: 'x', accessToken: null },
    )
    expect(outcome.code).toBe('wrong_key')
  })

  it.each<[FaultName, string]>([
    ['503-always', 'vendor_error'],
    ['429-seconds', 'rate_limited'],
    ['redirect-away', 'redirected_away'],
    ['truncated-json', 'vendor_error'],
  ])('says what came, without repeats: %s', async (fault, code) => {
    expect((await prosper({ fault })).outcome.code).toBe(code)
  })

  it('says that nobody is there', async () => {
    const server = createServer()
    const port = await portOf(server)
    await new Promise((resolve) => server.close(resolve))
    const outcome = await testConnection(vendors.prosper, configOf(['a'], {}, `http://127.0.0.1:${port}`), {
      apiKey: 'x',
      accessToken: null,
    })
    expect(outcome).toMatchObject({
      ok: false,
      code: 'unreachable',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    })
  })

  it('says what is wrong with a certificate', async () => {
    const file = (name: string) =>
      readFileSync(join(import.meta.dirname, '../../e2e/vendors/fixtures/tls', name))
    const server = createTlsServer({ key: file('server.key'), cert: file('self-signed.pem') })
    const port = await portOf(server)
    onTestFinished(() => void server.close())
    const outcome = await testConnection(vendors.prosper, configOf(['a'], {}, `https://localhost:${port}`), {
      apiKey: 'x',
      accessToken: null,
    })
    expect(outcome).toMatchObject({
      ok: false,
      code: 'certificate',
      message: expect.stringContaining('self-signed'),
    })
  })

  it('says on the stand-in for Electron that it may not', async () => {
    const outcome = await testConnection(
      vendors.prosper,
      configOf(['a'], {}, 'http://192.0.2.1'),
      { apiKey: 'x', accessToken: null },
      { loopbackOnly: true },
    )
    expect(outcome.code).toBe('loopback_only')
  })

  it('stops when it is told to', async () => {
    const outcome = await testConnection(
      vendors.prosper,
      configOf(['a']),
      { apiKey: 'x', accessToken: null },
      { signal: AbortSignal.abort(), loopbackOnly: true },
    )
    expect(outcome).toMatchObject({ ok: false, code: 'cancelled' })
  })
})

describe('testing a connection to Malakai', () => {
  it('counts the calls', async () => {
    expect(await malakai()).toMatchObject({
      ok: true,
      total: 15,
      message: 'Malakai answered: 15 calls in 1 campaign.',
    })
  })

  it('says what is missing or wrong', async () => {
    expect(await malakai({ accessToken: null })).toMatchObject({ code: 'secret_missing' })
    expect(await malakai({ accessToken: 'wrong' })).toMatchObject({ code: 'wrong_key' })
    expect(await malakai({ campaigns: [] })).toMatchObject({ code: 'invalid_input' })
    expect(await malakai({ campaigns: ['nope'] })).toMatchObject({
      code: 'wrong_campaign',
      message: expect.stringContaining('"Campain not found"'),
    })
    expect(await malakai({ fault: 'code-4010' })).toMatchObject({ code: 'wrong_key' })
    expect(await malakai({ fault: 'code-5000' })).toMatchObject({ code: 'vendor_error' })
  })
})
