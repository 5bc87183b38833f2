import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { atOnce } from './hits'
import { CALLS_WITH_SQL, similarSteps } from './similar'
import { searchWorkspace, type TestWorkspace } from './testing'

let workspace: TestWorkspace
beforeEach(async () => {
  workspace = await searchWorkspace()
})
afterEach(() => workspace.close())

const COMMON = [
  'hello',
  'thanks',
  'please',
  'account',
  'payment',
  'today',
  'number',
  'agent',
  'moment',
  'right',
]
/** Small talk, different in each call. */
const smallTalk = (i: number): string =>
  Array.from({ length: 20 }, (_, k) => COMMON[(i * 7 + k * (1 + (i % 3))) % COMMON.length]).join(' ')

describe('similar calls', () => {
  test('are near-duplicates that lie among a thousand others, the nearest first, never the call itself', () => {
    const story =
      'the plumber flooded our basement and the insurance refuses the mouldy carpet from Fennimoor'
    const others = Array.from({ length: 1000 }, (_, i) => ({
      externalId: `other-${i}`,
      turns: [`agent: ${smallTalk(i)}`, `caller: ${smallTalk(i + 1)} topic${i % 50}`],
    }))
    const [own = ''] = workspace.add(
      { externalId: 'own', turns: [`caller: ${story}`, `agent: ${smallTalk(3)}`] },
      ...others.slice(0, 500),
      { externalId: 'twin', turns: [`agent: ${smallTalk(8)}`, `caller: Well, ${story.toUpperCase()}!`] },
      {
        externalId: 'half',
        turns: ['caller: a plumber came, my basement is dry', 'agent: no carpet then'],
      },
      ...others.slice(500),
    )
    const found = atOnce(similarSteps(workspace.db, own))
    expect(found.map((call) => call.externalId)).toEqual(['twin', 'half'])
    expect(found[0]?.likeness).toBeCloseTo(1)
    expect(found[1]?.likeness).toBeLessThan(0.6)
    expect(found[1]?.sharedWords.sort()).toEqual(['basement', 'carpet', 'plumber'])
    // Said in a great part of all calls.
    for (const call of found) for (const word of COMMON) expect(call.sharedWords).not.toContain(word)
  })

  test('are found in Chinese, Hindi and with accents folded', () => {
    const ids = workspace.add(
      { externalId: 'zh', turns: ['我想取消房屋保险合同', 'ok'] },
      { externalId: 'zh2', turns: ['请取消我的房屋保险合同', 'ok'] },
      { externalId: 'hi', turns: ['मुझे पाइपलाइन का रिफंड चाहिए', 'ok'] },
      { externalId: 'hi2', turns: ['पाइपलाइन का रिफंड कब आएगा', 'ok'] },
      { externalId: 'fr', turns: ['le café Ångström était fermé', 'ok'] },
      { externalId: 'fr2', turns: ['CAFE angstrom FERME', 'ok'] },
      ...Array.from({ length: 30 }, (_, i) => ({ externalId: `x${i}`, turns: [smallTalk(i)] })),
    )
    const nearest = (i: number) => atOnce(similarSteps(workspace.db, ids[i] ?? ''))[0]?.externalId
    expect([nearest(0), nearest(2), nearest(4)]).toEqual(['zh2', 'hi2', 'fr2'])
  })

  test('are none for a call without words, and for one that shares nothing', () => {
    const [empty = '', alone = ''] = workspace.add(
      { externalId: 'empty' },
      { externalId: 'alone', turns: ['nobody else ever said zwiebelfisch'] },
      { externalId: 'b', turns: ['hello there'] },
    )
    expect(atOnce(similarSteps(workspace.db, empty))).toEqual([])
    expect(atOnce(similarSteps(workspace.db, alone))).toEqual([])
    expect(() => atOnce(similarSteps(workspace.db, 'aaaaaaaaaaaaaaaa'))).toThrow(/no longer/)
  })

  test('are looked up in the index alone', () => {
    for (const [table, sql] of Object.entries(CALLS_WITH_SQL))
      expect(
        workspace.db
          .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
          .all('"a"', 5)
          .map(({ detail }) => detail),
      ).toEqual([
        `SCAN ${table === 'words' ? 'search_words' : 'search'} VIRTUAL TABLE INDEX 192:M${table === 'words' ? 1 : 6}`,
      ])
  })
})
