import { describe, expect, it } from 'vitest'
import { captured, configOf, responseOf } from '../testing'
import type { Learned, VendorResponse } from '../vendor'
import { details } from './details'
import { parse } from './parse'

const config = configOf(['abc123'])
const listed = parse(captured('prosper-list'), { campaignId: 'abc123', source: 'list' }).calls[0] ?? null

function ask(externalId: string, answers: VendorResponse[], learned: Learned = {}) {
  let position = details.first(config, learned, externalId)
  const urls: string[] = []
  for (const answer of answers) {
    urls.push(new URL(details.request(config, position).url).href.replace('https://api.example.com', ''))
    const outcome = details.read(config, position, listed, answer)
    if (outcome.kind !== 'again') return { urls, outcome }
    position = outcome.next
  }
  return { urls, outcome: null }
}

describe('a call in full', () => {
  const found = responseOf(200, { json: captured('prosper-detail') })
  const missing = responseOf(404, { json: { detail: 'Not Found' } })

  it('is asked for with its recordings, and completed with what the list told', () => {
    const { urls, outcome } = ask('12345', [found])
    expect(urls).toEqual(['/api/v1/call-logs/12345?include_recordings=true'])
    expect(outcome).toMatchObject({
      kind: 'call',
      call: { externalId: '12345', party: '+123456789', completeness: 'detail' },
      learned: { detailPath: 'plain' },
    })
  })

  it('has its recording on the vendor’s own host where the address names none', () => {
    const json = { call_log_id: 12345, transcript: [], recording_url: '/audio/12345.mp3' }
    expect(ask('12345', [responseOf(200, { json })]).outcome).toMatchObject({
      call: { recordingUrls: ['https://api.example.com/audio/12345.mp3'] },
    })
  })

  it('is looked for at the other path after a 404, which is remembered', () => {
    const { urls, outcome } = ask('12345', [missing, found])
    expect(urls[1]).toBe('/api/v1/campaigns/call-logs/12345?include_recordings=true')
    expect(outcome).toMatchObject({ kind: 'call', learned: { detailPath: 'campaigns' } })
    expect(ask('12345', [found], { detailPath: 'campaigns' }).urls[0]).toMatch(
      /^\/api\/v1\/campaigns\/call-logs\//,
    )
  })

  it('is gone when both paths know nothing of it', () => {
    expect(ask('12345', [missing, missing]).outcome).toEqual({ kind: 'gone' })
    expect(ask('12345', [missing, missing], { detailPath: 'campaigns' }).outcome).toEqual({ kind: 'gone' })
  })

  it('has an id that can not lead elsewhere', () => {
    expect(ask('../../admin?x=1#y', [found]).urls[0]).toBe(
      '/api/v1/call-logs/..%2F..%2Fadmin%3Fx%3D1%23y?include_recordings=true',
    )
    expect(ask('..', [found]).urls[0]).toMatch(/^\/api\/v1\/call-logs\//)
  })

  it('is known by the id that was asked for where the answer has none', () => {
    const { call_log_id: _, ...rest } = captured('prosper-detail') as Record<string, unknown>
    expect(ask('77', [responseOf(200, { json: rest })]).outcome).toMatchObject({
      kind: 'call',
      call: { externalId: '77' },
    })
  })

  it('is set aside when it is another call, or no record', () => {
    expect(ask('99', [found]).outcome).toMatchObject({
      kind: 'unreadable',
      record: { externalId: '99', reason: expect.stringContaining('call 12345') },
    })
    expect(ask('99', [responseOf(200, { json: null })]).outcome).toMatchObject({
      kind: 'unreadable',
      record: { externalId: '99' },
    })
  })

  it('fails with the reason when the answer is none', () => {
    expect(ask('1', [responseOf(200, { kind: 'html' })]).outcome).toMatchObject({
      kind: 'failed',
      error: { code: 'not_this_vendor' },
    })
    expect(ask('1', [responseOf(200, { json: captured('prosper-list') })]).outcome).toMatchObject({
      kind: 'failed',
      error: { code: 'not_this_vendor' },
    })
    expect(ask('1', [responseOf(502, { kind: 'empty' })]).outcome).toMatchObject({
      kind: 'failed',
      error: { code: 'vendor_error' },
    })
    expect(ask('1', [responseOf(401, { kind: 'empty' })]).outcome).toMatchObject({
      kind: 'failed',
      error: { code: 'wrong_key' },
    })
  })
})
