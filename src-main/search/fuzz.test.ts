import { parseQuery, type QueryNode } from '@contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { facetsOf } from './facet-counts'
import { countCalls, matchesInCall, searchPage } from './queries'
import { searchWorkspace } from './testing'

/** `FUZZ_RUNS=100000` for the whole. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 5000)

const box = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '"',
        '""',
        '-',
        '*',
        ' ',
        ':',
        '..',
        '(',
        ')',
        '{',
        '^',
        '+',
        ' OR ',
        ' AND ',
        ' NOT ',
        'NEAR(a b, 5)',
        'NEAR(',
        'data.x:',
        'qa.score:>',
        'kept:',
        'changed:',
      ),
      fc.constantFrom(
        '<',
        '>=',
        '\\',
        "'",
        ';',
        '--',
        '/*',
        '\0',
        '\uE000',
        '\uE001',
        '\uE002',
        '\uE010s',
        '\uD83D',
        'transcript:',
      ),
      fc.constantFrom(
        'source:',
        'connection:',
        'campaign:',
        'status:',
        'goal:',
        'redirect:',
        'from:',
        'to:',
        'date:',
        'score:',
        'duration:',
        'has:',
        'reviewed:',
        'label:',
        'reviewer:',
        'speaker:',
      ),
      fc.constantFrom(
        '2026-01',
        'last-7-days',
        'today',
        '70',
        '5m',
        'recording',
        'annotation',
        'yes',
        'refund',
        'café',
        '房子',
        '👍🏽',
        'मुझे',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(''))

const hasWords = (node: QueryNode): boolean =>
  node.kind === 'and' || node.kind === 'or' ? node.nodes.some(hasWords) : node.kind !== 'filter'

test(`${RUNS.toLocaleString('en')} random boxes: none fails, and page and count agree`, {
  timeout: 600_000,
}, async () => {
  const workspace = await searchWorkspace()
  try {
    const [id = ''] = workspace.add(
      {
        externalId: 'a',
        turns: ['a refund, café 👍🏽', 'मुझे 房子'],
        campaignId: 'k',
        from: '+1555',
        fields: { x: 'yes' },
      },
      { externalId: 'b', turns: ['transcript near not or and'], status: 'failed', vendorScore: 70 },
    )
    fc.assert(
      fc.property(
        box,
        fc.constantFrom('date' as const, 'relevance' as const, 'duration' as const, 'score' as const),
        (query, sort) => {
          const page = searchPage(workspace.db, { query, sort, limit: 10, cursor: null }, 0)
          expect(countCalls(workspace.db, query, 0).total).toBe(page.hits.length)
          facetsOf(workspace.db, query, 0)
          matchesInCall(workspace.db, query, id, 0)
          if (!hasWords(parseQuery(query).root)) for (const hit of page.hits) expect(hit.snippet).toBeNull()
        },
      ),
      { numRuns: RUNS },
    )
  } finally {
    workspace.close()
  }
})

test('the longest boxes of one kind of term each are answered', async () => {
  const workspace = await searchWorkspace()
  try {
    workspace.add({ externalId: 'a', turns: ['a b c'] })
    for (const part of [
      'a ',
      '-b ',
      '"a b" ',
      '-"x" ',
      'status:x ',
      '-status:x ',
      'date:2026 ',
      '-date:2026 ',
      'score:<5 ',
      '-score:<5 ',
      'has:recording ',
      '-has:annotation ',
      'label:x ',
      '-label:x ',
      '(',
      '"',
      '*',
      '房',
    ])
      expect(() =>
        searchPage(
          workspace.db,
          { query: part.repeat(Math.floor(4000 / part.length)), sort: 'date', limit: 10, cursor: null },
          0,
        ),
      ).not.toThrow()
  } finally {
    workspace.close()
  }
})
