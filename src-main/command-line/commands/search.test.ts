import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { searchWorkspace, type TestWorkspace } from '../../search/testing'
import { saveSearch } from '../../searches/queries'
import { runCommandLine } from '../run'

let workspace: TestWorkspace
let written: { stdout: string; stderr: string }

beforeEach(async () => {
  workspace = await searchWorkspace()
  workspace.add(
    { externalId: 'short', turns: ['a refund please'], durationMs: 1000, vendorScore: 90 },
    { externalId: 'long', turns: ['agent: a refund', 'caller: money'], durationMs: 9000, vendorScore: 95 },
    { externalId: 'bad', turns: ['caller: refund, or I sue'], durationMs: 5000, vendorScore: 20 },
    { externalId: 'other', turns: ['hello'] },
  )
  written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text)
      return true
    })
})
afterEach(() => workspace.close())

const search = async (...args: string[]) => {
  written.stdout = ''
  written.stderr = ''
  const code = await runCommandLine(['search', ...args, '--json', '--workspace', workspace.paths.root])
  const line = written.stdout === '' ? null : JSON.parse(written.stdout)
  return { code, calls: line?.calls?.map((call: { externalId: string }) => call.externalId), ...written }
}
const save = (name: string, query: string, sort: 'date' | 'duration' = 'date') =>
  saveSearch(workspace.reviews, { id: randomUUID(), name, query, sort, isPinned: false }, 1)

describe('search on the command line', () => {
  test('speaks the language of the box', async () => {
    expect((await search('speaker:caller refund ')).calls).toEqual(['bad'])
    expect((await search('(money OR sue) NEAR(a refund, 3) ')).calls).toEqual(['long'])
    expect((await search('refund ', '--limit', '2')).calls).toEqual(['bad', 'long'])
  })

  test('puts calls in each of the orders', async () => {
    expect((await search('refund ', '--sort', 'duration')).calls).toEqual(['long', 'bad', 'short'])
    expect((await search('refund ', '--sort', 'score')).calls).toEqual(['bad', 'short', 'long'])
    const wrong = await search('refund', '--sort', 'best')
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('duration') })
  })

  test('shows the place of what it could not understand, and finds by the rest', async () => {
    const { code, calls, stderr } = await search('refund score:abc ')
    expect({ code, calls }).toEqual({ code: 0, calls: ['bad', 'long', 'short'] })
    expect(stderr.split('\n').slice(1, 3)).toEqual(['  refund score:abc ', '         ^^^^^^^^^'])
  })

  test('finds what was saved in the window, in its order, also together with more words', async () => {
    save('Refunds', 'refund', 'duration')
    save('Either', 'money OR sue')
    expect((await search('--saved', 'refunds')).calls).toEqual(['long', 'bad', 'short'])
    expect((await search('--saved', 'Refunds', '--sort', 'date')).calls).toEqual(['bad', 'long', 'short'])
    expect((await search('score:<50', '--saved', 'Either')).calls).toEqual(['bad'])
    const unknown = await search('--saved', 'Nosuch')
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('"Refunds", "Either"') })
  })

  test('needs a query or the name of one', async () => {
    expect(await search()).toMatchObject({ code: 2, stderr: expect.stringContaining('query') })
    expect((await search('')).calls).toHaveLength(4)
  })
})
