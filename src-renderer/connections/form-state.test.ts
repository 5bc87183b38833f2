import { describe, expect, it } from 'vitest'
import { type ConnectionForm, campaignIdsOf, emptyForm, readForm, withVendor } from './form-state'

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
      'campaigns',
      'name',
    ])
    expect(problemsOf({ ...prosper, baseUrl: 'api.example.com' }).baseUrl).toMatch(/https:\/\//)
    expect(problemsOf({ ...prosper, baseUrl: 'https://user:pass@example.com' }).baseUrl).toMatch(/user name/)
    expect(problemsOf({ ...prosper, authHeader: 'X Key' }).authHeader).toMatch(/letters/)
    expect(problemsOf({ ...prosper, concurrency: 'many' })).toHaveProperty('concurrency')
    expect(problemsOf({ ...prosper, concurrency: '0' })).toHaveProperty('concurrency')
  })

  it('takes campaigns from lines and commas, each once', () => {
    expect(campaignIdsOf(' abc123, 17\n\n17\n x ')).toEqual(['abc123', '17', 'x'])
  })

  it('changes a prefilled address with the vendor and leaves a typed one', () => {
    expect(withVendor(prosper, 'malakai').baseUrl).toBe('https://api.getmalakai.com')
    const typed = { ...prosper, baseUrl: 'http://127.0.0.1:4010' }
    expect(withVendor(typed, 'malakai').baseUrl).toBe('http://127.0.0.1:4010')
  })
})
