import { ConnectionSettings } from '@contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectionIdOf } from '../calls/identity'
import { upsertCalls } from '../calls/store'
import { insertConnection } from '../connections/queries'
import { searchWorkspace, type TestWorkspace, vendorCallOf } from '../search/testing'
import { findCallId, findConnection } from './find'

let workspace: TestWorkspace
beforeEach(async () => {
  workspace = await searchWorkspace()
})
afterEach(() => workspace.close())

describe('a call on the command line', () => {
  it("is meant by Earmark's id or by the vendor's", () => {
    const [id = ''] = workspace.add({ externalId: '12345' })
    expect(findCallId(workspace.db, id)).toBe(id)
    expect(findCallId(workspace.db, '12345')).toBe(id)
  })

  it("is Earmark's own id first, even where a vendor uses the same text as an id", () => {
    const [id = ''] = workspace.add({ externalId: '1' })
    workspace.add({ externalId: id })
    expect(findCallId(workspace.db, id)).toBe(id)
  })

  it('is not guessed when two connections have the id: the answer names both', () => {
    const [first = ''] = workspace.add({ externalId: '7' })
    const other = connectionIdOf('prosper', 'Other')
    const draft = {
      vendor: 'prosper' as const,
      name: 'Other',
      baseUrl: '',
      campaignIds: [],
      settings: ConnectionSettings.parse({}),
    }
    insertConnection(workspace.calls, other, { kind: 'imported', keepsSecrets: false }, draft, 0)
    const stored = upsertCalls(
      workspace.calls,
      { id: other, vendor: 'prosper' },
      [vendorCallOf({ externalId: '7' })],
      0,
    )
    const both = new RegExp(`(?=.*${first})(?=.*${stored[0]?.callId})`)
    expect(() => findCallId(workspace.db, '7')).toThrow(both)
  })

  it('that is not there is a sentence, whatever was typed', () => {
    for (const text of ['nope', '', "'; DROP TABLE calls; --", '\u0000', '%'])
      expect(() => findCallId(workspace.db, text)).toThrow(expect.objectContaining({ code: 'not_found' }))
  })
})

describe('a connection on the command line', () => {
  const all = [
    { id: 'aaaaaaaaaaaa', name: 'Renewals', kind: 'api' as const },
    { id: 'bbbbbbbbbbbb', name: 'Front desk', kind: 'imported' as const },
  ]

  it('is meant by its name in any case, or by its id', () => {
    expect(findConnection(all, ' renewals ').id).toBe('aaaaaaaaaaaa')
    expect(findConnection(all, 'bbbbbbbbbbbb').name).toBe('Front desk')
  })

  it('that is not there is answered with those that are, or with how to make one', () => {
    expect(() => findConnection(all, 'Renewal')).toThrow(/There are: "Renewals", "Front desk"/)
    expect(() => findConnection([], 'Renewals')).toThrow(/earmark connect/)
  })
})
