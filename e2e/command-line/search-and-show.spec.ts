import { expect, Rows, test } from './terminal'

/** Calls found and printed. */

test.describe('search and show', () => {
  test('search answers one line of exactly the published shape', async ({ earmark, importSample }) => {
    importSample()
    const { code, json, stdout } = await earmark(['search', '"AI assistant"', '--json', '--limit', '3'])
    expect(code).toBe(0)
    expect(stdout.trimEnd().split('\n')).toHaveLength(1)
    const [line] = json()
    expect(Object.keys(line ?? {})).toEqual(['total', 'totalIsExact', 'tookMs', 'calls'])
    expect(line).toMatchObject({ totalIsExact: true, tookMs: expect.any(Number) })
    const calls = Rows.parse(line?.calls)
    expect(calls).toHaveLength(3)
    expect(Number(line?.total)).toBeGreaterThan(3)
    for (const call of calls) {
      expect(Object.keys(call)).toEqual([
        'id',
        'vendor',
        'externalId',
        'startedAt',
        'durationSec',
        'snippet',
        'turnIndex',
      ])
      expect(call.id).toMatch(/^[a-z2-7]{16}$/)
      expect(call.startedAt).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
      expect(String(call.snippet)).toContain('AI assistant')
      expect(call.turnIndex).toEqual(expect.any(Number))
    }
    const dates = calls.map((call) => String(call.startedAt))
    expect(dates).toEqual([...dates].sort().reverse())
  })

  test('--limit goes past one page and up to none, and both orders give the same calls', async ({
    earmark,
    importSample,
  }) => {
    importSample()
    const ids = async (...args: string[]) => {
      const [line] = (await earmark(['search', ...args, '--json'])).json()
      return Rows.parse(line?.calls).map((call) => String(call.id))
    }
    expect(await ids('', '--limit', '0')).toEqual([])
    const all = await ids('', '--limit', '1000')
    expect(new Set(all).size).toBe(all.length)
    expect(await ids('', '--limit', '5')).toEqual(all.slice(0, 5))
    const byRelevance = await ids('you', '--sort', 'relevance', '--limit', '1000')
    expect([...byRelevance].sort()).toEqual((await ids('you', '--sort', 'date', '--limit', '1000')).sort())
  })

  test('a query that begins with "-" comes after --', async ({ earmark, importSample }) => {
    importSample()
    const total = async (...args: string[]) =>
      Number((await earmark(['search', '--json', ...args])).json()[0]?.total)
    expect(await total('--', '-assistant')).toBe((await total('')) - (await total('assistant')))
    expect((await earmark(['search', '-assistant'])).code).toBe(2)
  })

  test("show prints a call with its turns, by Earmark's id and by the vendor's", async ({
    earmark,
    importSample,
  }) => {
    importSample()
    const [byVendor] = (await earmark(['show', '12345', '--json'])).json()
    const [byOwn] = (await earmark(['show', String(byVendor?.id), '--json'])).json()
    expect(byOwn).toEqual(byVendor)
    expect(byVendor).toMatchObject({
      vendor: 'prosper',
      externalId: '12345',
      startedAt: '2024-01-15T10:30:00.000Z',
    })
    const turns = Rows.parse(byVendor?.turns)
    expect(turns[0]).toMatchObject({
      index: 0,
      speaker: 'agent',
      text: 'Hello, this is the AI assistant...',
      startSec: 0,
      endSec: 3.5,
      timing: 'vendor',
    })
    expect(Object.keys(turns[0] ?? {}).slice(0, 6)).toEqual([
      'index',
      'speaker',
      'text',
      'startSec',
      'endSec',
      'timing',
    ])
    expect((await earmark(['show', '12345'])).stdout).toContain('Hello, this is the AI assistant...')
    const missing = await earmark(['show', 'nope'])
    expect(missing.code).toBe(1)
    expect(missing.stderr).toContain('"nope"')
  })
})
