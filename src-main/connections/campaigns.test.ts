import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startMalakaiSimulator } from '../../e2e/vendors'
import { connectTo, draftFor, secretsOf, type TestBackend, testBackend } from '../sync/testing'
import { CampaignFinder } from './campaigns'
import { connectionHandlers } from './handlers'
import { listConnections, noteCampaigns } from './queries'

let backend: TestBackend
let server: Server | null
beforeEach(async () => {
  backend = await testBackend()
  server = null
})
afterEach(async () => {
  server?.closeAllConnections()
  await new Promise((done) => (server ? server.close(done) : done(null)))
  backend.close()
})

type Answer = [status: number, body: unknown]

/** A vendor that answers by path, on loopback; what it was asked is noted. */
async function serving(answers: Record<string, Answer>) {
  const asked: string[] = []
  server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(`${path} ${request.headers.authorization} ${request.headers['x-access-token']}`)
    const [status, body] = answers[path] ?? [404, null]
    response.writeHead(status, { 'content-type': body === null ? 'text/html' : 'application/json' })
    response.end(body === null ? '<p>Nothing here' : JSON.stringify(body))
  })
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, campaigns: [], apiKey: 'key', accessToken: 'token', asked }
}
const list = (...ids: string[]): Answer => [
  200,
  { responseCode: 2000, data: ids.map((id) => ({ id, name: `Campaign ${id}` })) },
]
const find = (vendor: Awaited<ReturnType<typeof serving>>) =>
  new CampaignFinder(backend).find(null, draftFor('malakai', vendor), secretsOf(vendor))

describe('"Find my campaigns"', () => {
  test('asks for both lists with both secrets, and for workflows, which may be missing', async () => {
    const vendor = await serving({
      '/campaigns/outbound': list('o1'),
      '/campaigns/inbound': list('i1', 'i2'),
    })
    const found = await find(vendor)
    expect(found).toMatchObject({ ok: true, message: 'Malakai lists 3 campaigns.' })
    expect(found.campaigns.map(({ campaignId, name, direction }) => [campaignId, name, direction])).toEqual([
      ['o1', 'Campaign o1', 'outbound'],
      ['i1', 'Campaign i1', 'inbound'],
      ['i2', 'Campaign i2', 'inbound'],
    ])
    expect(vendor.asked).toEqual([
      '/campaigns/outbound Bearer key token',
      '/campaigns/inbound Bearer key token',
      '/workflows Bearer key token',
    ])
  })

  test('shows one list where the other fails, and says so', async () => {
    const vendor = await serving({
      '/campaigns/outbound': [200, { responseCode: 5000, message: 'Databse down' }],
      '/campaigns/inbound': list('i1'),
    })
    const { ok, campaigns, message } = await find(vendor)
    expect([ok, campaigns.length]).toEqual([true, 1])
    expect(message).toMatch(
      /^Malakai lists 1 campaign\. Without the outbound campaigns: .*"code 5000 and the message/,
    )
  })

  test('of a refused key asks once and says what to check', async () => {
    const vendor = await serving({ '/campaigns/outbound': [401, { message: 'no' }] })
    expect(await find(vendor)).toMatchObject({
      ok: false,
      campaigns: [],
      message: expect.stringContaining('refused the API key or the access token (401)'),
    })
    expect(vendor.asked).toHaveLength(1)
  })

  test('where there is nothing names the other published address', async () => {
    const vendor = await serving({})
    expect((await find(vendor)).message).toContain(`${vendor.url}/api/api too: try that as the base URL.`)
  })

  test('without any campaign says what to do', async () => {
    const vendor = await serving({ '/campaigns/outbound': list(), '/campaigns/inbound': list() })
    expect(await find(vendor)).toEqual({
      ok: true,
      campaigns: [],
      message: 'Malakai lists no campaigns for these secrets. Enter the campaign IDs by hand.',
    })
  })

  test('never sends kept secrets to another address than theirs', async () => {
    const vendor = await serving({})
    const { id } = await connectTo(backend, 'malakai', { ...vendor, campaigns: ['i1'] })
    const elsewhere = { ...draftFor('malakai', vendor), baseUrl: 'http://127.0.0.1:1' }
    expect(await new CampaignFinder(backend).find(id, elsewhere, null)).toMatchObject({
      ok: false,
      message: 'The address has changed: enter the key again, for the new one.',
    })
    expect(vendor.asked).toEqual([])
  })
})

describe('names of campaigns', () => {
  test('found before a connection is made are kept with it, for the campaigns that it uses, and outlive a sync', async () => {
    const simulator = await startMalakaiSimulator({ campaigns: ['inbound-1', 'sales-2'], calls: 4 })
    try {
      const handlers = connectionHandlers(backend)
      const draft = draftFor('malakai', simulator)
      const secrets = secretsOf(simulator)
      const found = await handlers.findCampaigns({ id: null, draft: { ...draft, campaignIds: [] }, secrets })
      expect(found).toMatchObject({ ok: true, message: 'Malakai lists 2 campaigns.' })
      const connection = await handlers.create({ draft: { ...draft, campaignIds: ['sales-2'] }, secrets })
      expect(connection.campaigns).toMatchObject([{ campaignId: 'sales-2', name: 'Campaign sales-2' }])
      noteCampaigns(backend.db, connection.id, { 'sales-2': { analytics: 1 } }, Date.now())
      expect(listConnections(backend.db)[0]?.campaigns).toMatchObject([
        { campaignId: 'sales-2', name: 'Campaign sales-2', info: { analytics: 1 } },
      ])
      const again = await handlers.update({ id: connection.id, draft, secrets: null })
      expect(again.campaigns.map(({ name }) => name)).toEqual(['Campaign inbound-1', 'Campaign sales-2'])
    } finally {
      await simulator.close()
    }
  })

  test('of a vendor without a list: the ids that stood in its calls are offered', async () => {
    const nowhere = { url: 'http://127.0.0.1:1', campaigns: [], apiKey: 'k' }
    const { id } = await connectTo(backend, 'prosper', nowhere)
    const finder = new CampaignFinder(backend)
    const draft = draftFor('prosper', nowhere)
    expect(await finder.find(id, draft, null)).toMatchObject({ ok: false, campaigns: [] })
    backend.db
      .prepare("INSERT INTO facets (connection_id, campaign_id, status, sentiment) VALUES (?, 'c7', '', '')")
      .run(id)
    expect(await finder.find(id, draft, null)).toMatchObject({ ok: true, campaigns: [{ campaignId: 'c7' }] })
  })
})
