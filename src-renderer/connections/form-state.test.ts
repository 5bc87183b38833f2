import { describe, expect, it } from 'vitest'
import {
  type ConnectionForm,
  campaignIdsOf,
  emptyForm,
  isUnprotected,
  readAccount,
  readForm,
  withCampaigns,
  withoutCampaigns,
  withVendor,
} from './form-state'

const prosper: ConnectionForm = {
  ...emptyForm('prosper'),
  name: 'Renewals',
  campaigns: 'abc123',
  apiKey: 'key',
}
const malakai: ConnectionForm = {
  ...emptyForm('malakai'),
  name: 'Inbound',
  campaigns: '17',
  apiKey: 'key',
  accessToken: 'token',
}

const problemsOf = (form: ConnectionForm, hasSecrets = false) => {
  const read = readForm(form, hasSecrets)
  return read.ok ? {} : read.problems
}

describe('the form of a connection', () => {
  it('gives the draft and the secrets apart', () => {
    const read = readForm(prosper, false)
    if (!read.ok) throw new Error('it should be fine')
    expect(read.draft).toMatchObject({ vendor: 'prosper', name: 'Renewals', campaignIds: ['abc123'] })
    expect(JSON.stringify(read.draft)).not.toContain('key')
    expect(read.secrets).toEqual({ apiKey: 'key', accessToken: null })
  })

  it('asks for both secrets of Malakai and for one of Prosper', () => {
    expect(problemsOf({ ...malakai, accessToken: '' })).toHaveProperty('accessToken')
    expect(problemsOf({ ...prosper, accessToken: '' })).toEqual({})
    expect(readForm(malakai, false)).toMatchObject({ secrets: { apiKey: 'key', accessToken: 'token' } })
  })

  it('keeps the secrets in the keychain when none are typed, and wants all of them when one is', () => {
    expect(readForm({ ...malakai, apiKey: '', accessToken: '' }, true)).toMatchObject({ secrets: null })
    expect(problemsOf({ ...malakai, accessToken: '' }, true)).toHaveProperty('accessToken')
  })

  it('says what is wrong at the field where it is wrong', () => {
    expect(Object.keys(problemsOf({ ...emptyForm('prosper'), baseUrl: '' })).sort()).toEqual([
      'apiKey',
      'baseUrl',
      'name',
    ])
    expect(problemsOf({ ...prosper, baseUrl: 'api.example.com' }).baseUrl).toMatch(/https:\/\//)
    expect(problemsOf({ ...prosper, baseUrl: 'https://user:pass@example.com' }).baseUrl).toMatch(/user name/)
    expect(problemsOf({ ...prosper, authHeader: 'X Key' }).authHeader).toMatch(/letters/)
    expect(problemsOf({ ...prosper, concurrency: 'many' })).toHaveProperty('concurrency')
    expect(problemsOf({ ...prosper, concurrency: '0' })).toHaveProperty('concurrency')
  })

  it('wants campaigns of Malakai, and of Prosper only in the shape that lists no whole organisation', () => {
    expect(problemsOf({ ...malakai, campaigns: ' , ' })).toHaveProperty('campaigns')
    expect(problemsOf({ ...prosper, campaigns: '' })).toEqual({})
    expect(problemsOf({ ...prosper, campaigns: '', dialect: 'page' })).toHaveProperty('campaigns')
  })

  it('says in whole sentences how fast one may ask', () => {
    for (const ratePerSec of ['0', '-1', 'x', '20000'])
      expect(problemsOf({ ...prosper, ratePerSec }).ratePerSec).toMatch(/^Give a number .* leave it empty/)
    for (const concurrency of ['0', '1.5', '65'])
      expect(problemsOf({ ...prosper, concurrency }).concurrency).toMatch(
        /^Give a whole number .* leave it empty/,
      )
    expect(problemsOf({ ...prosper, ratePerSec: '0.5', concurrency: '64' })).toEqual({})
  })

  it('leaves the schedule alone, which is set elsewhere', () => {
    const read = readForm({ ...prosper, everyMinutes: 45 }, false)
    expect(read.ok && read.draft.settings.everyMinutes).toBe(45)
  })

  it('needs neither a name nor campaigns to find the campaigns', () => {
    const read = readAccount({ ...malakai, name: '', campaigns: '' }, false)
    expect(read.ok && read.draft.campaignIds).toEqual([])
    expect(readAccount({ ...malakai, accessToken: '' }, false).ok).toBe(false)
  })

  it('keeps what was typed by hand when found campaigns are added', () => {
    expect(withCampaigns(' typed, 2', ['2', '3'])).toBe('typed\n2\n3')
    expect(withoutCampaigns('typed\n2\n3', ['2', '3'])).toBe('typed')
  })

  it('takes campaigns from lines and commas, each once', () => {
    expect(campaignIdsOf(' abc123, 17\n\n17\n x ')).toEqual(['abc123', '17', 'x'])
  })

  it('warns of plain http to another computer, and of nothing else', () => {
    for (const address of [
      'http://api.example.com',
      'http://192.168.1.5:8080',
      'http://localhost.example.com',
    ])
      expect(isUnprotected(address), address).toBe(true)
    for (const address of [
      'https://api.example.com',
      'http://localhost:4010',
      'http://127.0.0.1',
      'http://[::1]:1',
    ])
      expect(isUnprotected(address), address).toBe(false)
    expect(isUnprotected('http:/')).toBe(false)
  })

  it('changes a prefilled address with the vendor and leaves a typed one', () => {
    expect(withVendor(prosper, 'malakai').baseUrl).toBe('https://api.getmalakai.com')
    const typed = { ...prosper, baseUrl: 'http://127.0.0.1:4010' }
    expect(withVendor(typed, 'malakai').baseUrl).toBe('http://127.0.0.1:4010')
  })
})
