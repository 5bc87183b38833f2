import type { SearchHit, SearchSort } from '@contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { noteCampaigns } from '../connections/queries'
import { facetsOf } from './facet-counts'
import { callsAmong, callsFound, countCalls, matchesInCall, searchPage } from './queries'
import { addConnection, searchWorkspace, type TestWorkspace } from './testing'

const NOW = new Date(2026, 0, 2, 12).getTime()
let workspace: TestWorkspace

beforeEach(async () => {
  workspace = await searchWorkspace()
})
afterEach(() => workspace.close())

const find = (query: string, options: { sort?: SearchSort; limit?: number; cursor?: string | null } = {}) =>
  searchPage(workspace.db, { query, sort: 'date', limit: 50, cursor: null, ...options }, NOW)
const found = (query: string): string[] => find(query).hits.map((hit) => hit.externalId)
const marked = (hit: SearchHit | undefined): string =>
  (hit?.snippet ?? []).map((part) => (part.match ? `[${part.text}]` : part.text)).join('')

describe('words', () => {
  test('all words of a query must stand in the call, in whatever turns', () => {
    workspace.add(
      { externalId: 'both', turns: ['agent: your refund is here', 'caller: thanks, the money came'] },
      { externalId: 'one', turns: ['agent: your refund is here'] },
    )
    expect(found('refund money ')).toEqual(['both'])
    expect(found('refund ')).toEqual(['one', 'both'])
  })

  test('the word being typed is a prefix, a finished one is not, a star makes one', () => {
    workspace.add({ externalId: 'a', turns: ['I want to buy houses'] })
    expect(found('hous')).toEqual(['a'])
    expect(found('h')).toEqual(['a'])
    expect(found('hous ')).toEqual([])
    expect(found('hous* ')).toEqual(['a'])
    expect(found('hous buy')).toEqual([])
  })

  test('a phrase stands in one turn, in order', () => {
    workspace.add(
      { externalId: 'in', turns: ['please cancel my booking'] },
      { externalId: 'across', turns: ['caller: I cancel', 'agent: my booking is gone'] },
      { externalId: 'apart', turns: ['my booking? cancel'] },
    )
    expect(found('"cancel my"')).toEqual(['in'])
    expect(found('"cancel m')).toEqual(['in'])
    expect(found('"my booking"')).toEqual(['apart', 'across', 'in'])
  })

  test('exclusions take away, also alone', () => {
    workspace.add(
      { externalId: 'voicemail', turns: ['leave a voicemail please'] },
      { externalId: 'talk', turns: ['hello please'] },
    )
    expect(found('please -voicemail')).toEqual(['talk'])
    expect(found('-voicemail')).toEqual(['talk'])
    expect(found('-"a voicemail" -nothing')).toEqual(['talk'])
    expect(found('-hello -voicemail')).toEqual([])
    expect(countCalls(workspace.db, '-voicemail', NOW)).toEqual({ total: 1, isExact: true })
  })

  test('summaries, external ids and phone numbers are found by typing them', () => {
    workspace.add(
      { externalId: 'f7b30d94-a5c8-4e21', summary: 'The caller asked for Fennimoor.', turns: ['hi'] },
      { externalId: 'x', from: '+1 (555) 010-2345', turns: ['hi'] },
    )
    expect(found('fennimoor')).toEqual(['f7b30d94-a5c8-4e21'])
    expect(found('f7b30d94-a5c8')).toEqual(['f7b30d94-a5c8-4e21'])
    expect(found('+15550102')).toEqual(['x'])
    expect(found('15550102345')).toEqual(['x'])
    expect(found('555 010')).toEqual(['x'])
    expect(marked(find('15550102345').hits[0])).toBe('[15550102345]')
  })

  test.each([
    ['Hindi words stay whole at their vowel signs', 'मुझे रिफंड चाहिए', 'रिफंड ', 'रिफ '],
    ['Tamil words stay whole', 'எனக்கு பணத்தை திரும்ப வேண்டும்', 'திரும்ப ', 'திரும '],
    ['accents fold both ways', 'Das Café in Ångström war zu', 'CAFE angstrom ', 'caf '],
    ['decomposed accents are the same as composed ones', 'un cafe\u0301 noir', 'café ', 'caf '],
    ['Chinese is found by substring', '我想买一个房子今天', '房子', '子房'],
    ['Japanese is found by substring', '返金をお願いします', 'お願い', '願お'],
    ['Thai is found by substring', 'ฉันต้องการเงินคืน', 'เงินคืน', 'คืนเงิน'],
    ['Korean words are found by their beginning', '환불을 원합니다', '환불', '불을'],
    ['Arabic is found by words', 'أريد استرداد المال', 'استرداد ', 'استرد '],
    ['emoji glued to words are findable', 'great👍🏽 thanks', '👍', '👎'],
    ['words glued to emoji are findable', 'great👍🏽 thanks', 'great ', 'grea '],
    ['flags are findable', 'from 🇮🇳', '🇮🇳', '🇳🇮'],
    ['hearts with a variation selector are the same as without', 'I ❤️ it', '❤', '💔'],
  ])('%s', (_, text, hit, miss) => {
    workspace.add({ externalId: 'a', turns: [text] })
    expect(found(hit)).toEqual(['a'])
    expect(found(miss)).toEqual([])
  })

  test('a phrase in an unspaced script does not cross turns', () => {
    workspace.add({ externalId: 'a', turns: ['房', '子'] })
    expect(found('房子')).toEqual([])
  })

  test('what half-typed or empty syntax stands for is everything', () => {
    workspace.add({ externalId: 'a', turns: ['hello'] })
    for (const query of ['', '  ', '"', '-', '---', '*', '""', 'status:', '!!!', '-"', 'date:2026-'])
      expect(found(query), query).toEqual(['a'])
  })
})

describe('filters', () => {
  test('several values of one field are alternatives, fields hold together', () => {
    workspace.add(
      { externalId: '1', status: 'completed', sentiment: 'negative' },
      { externalId: '2', status: 'no-answer', sentiment: 'negative' },
      { externalId: '3', status: 'failed', sentiment: 'positive' },
    )
    expect(found('status:completed status:failed ')).toEqual(['3', '1'])
    expect(found('status:completed status:failed sentiment:negative ')).toEqual(['1'])
    expect(found('status:no_answer ')).toEqual(['2'])
    expect(found('status:"No answer"')).toEqual(['2'])
    expect(found('-status:completed ')).toEqual(['3', '2'])
    expect(found('-status:completed -status:failed ')).toEqual(['2'])
    expect(found('status:comp')).toEqual(['1'])
    expect(found('status:comp ')).toEqual([])
    expect(found('status:comp* ')).toEqual(['1'])
  })

  test('connections and campaigns are found by name, campaigns by id too', () => {
    workspace.add({ externalId: '1', campaignId: 'abc-1' }, { externalId: '2', campaignId: 'abc1' })
    noteCampaigns(workspace.calls, workspace.connectionId, { abc1: { name: 'Inbound sales' } }, 0)
    expect(found('campaign:abc-1 ')).toEqual(['1'])
    expect(found('campaign:ABC1 ')).toEqual(['2'])
    expect(found('campaign:"inbound SALES"')).toEqual(['2'])
    expect(found('connection:"front desk"')).toEqual(['2', '1'])
    expect(found('connection:back ')).toEqual([])
    expect(found('-connection:back ')).toEqual(['2', '1'])
    expect(found('source:prosper ')).toEqual(['2', '1'])
    expect(found('vendor:malakai ')).toEqual([])
  })

  test('numbers are found by their digits and their beginning, redirects by department', () => {
    workspace.add(
      { externalId: '1', from: '+1 098-765', to: 'DUMMY_TO', goalAchieved: 'no' },
      { externalId: '2', turns: [{ text: 'one moment', redirect: 'customer_service' }], goalAchieved: 'yes' },
    )
    expect(found('from:+1098* ')).toEqual(['1'])
    expect(found('from:1098765 ')).toEqual(['1'])
    expect(found('from:098 ')).toEqual([])
    expect(found('to:dummy* ')).toEqual(['1'])
    expect(found('redirect:"customer service"')).toEqual(['2'])
    expect(found('goal:no ')).toEqual(['1'])
  })

  test('days are days of this computer’s calendar, both ends included', () => {
    const at = (...when: [number, number, number, number, number, number]) => new Date(...when).getTime()
    workspace.add(
      { externalId: 'old', startedAtMs: at(2025, 11, 31, 23, 59, 59) },
      { externalId: 'first', startedAtMs: at(2026, 0, 1, 0, 0, 0) },
      { externalId: 'today', startedAtMs: at(2026, 0, 2, 9, 0, 30) },
      { externalId: 'feb', startedAtMs: at(2026, 1, 1, 0, 0, 0) },
    )
    expect(found('date:2026-01 ')).toEqual(['today', 'first'])
    expect(found('date:2026-01-01 ')).toEqual(['first'])
    expect(found('date:today ')).toEqual(['today'])
    expect(found('date:yesterday ')).toEqual(['first'])
    expect(found('date:last-2-days ')).toEqual(['today', 'first'])
    expect(found('date:last-1-month ')).toEqual(['today', 'first', 'old'])
    expect(found('date:2026-01-02.. ')).toEqual(['feb', 'today'])
    expect(found('date:..2025 ')).toEqual(['old'])
    expect(found('date:2025-12..2026-01 ')).toEqual(['today', 'first', 'old'])
    expect(found('date:2025 date:2026-02 ')).toEqual(['feb', 'old'])
    expect(found('-date:2026-01 ')).toEqual(['feb', 'old'])
    expect(found('-date:2026 -date:2025 ')).toEqual([])
  })

  test('a date finds calls whose keys had to go to later minutes', () => {
    const lastMinute = new Date(2026, 0, 1, 23, 59, 10).getTime()
    const many = Array.from({ length: 1030 }, (_, i) => ({ externalId: `x${i}`, startedAtMs: lastMinute }))
    workspace.add(...many, { externalId: 'next', startedAtMs: lastMinute + 60_000 })
    expect(countCalls(workspace.db, 'date:2026-01-01 ', NOW).total).toBe(1030)
    expect(countCalls(workspace.db, 'date:2026-01-02 ', NOW).total).toBe(1)
    expect(countCalls(workspace.db, 'date:2026-01-01 status:completed ', NOW).total).toBe(1030)
  })

  test('scores and durations compare; a call without one fulfils no comparison, but every exclusion', () => {
    workspace.add(
      { externalId: 'short', durationMs: 27_719, vendorScore: 69.5 },
      { externalId: 'long', durationMs: 300_000, vendorScore: 70 },
      { externalId: 'none' },
    )
    expect(found('score:<70 ')).toEqual(['short'])
    expect(found('score:70 ')).toEqual(['long'])
    expect(found('score:>=69.5 ')).toEqual(['long', 'short'])
    expect(found('-score:<70 ')).toEqual(['none', 'long'])
    expect(found('duration:>1m ')).toEqual(['long'])
    expect(found('duration:27s ')).toEqual(['short'])
    expect(found('duration:5m ')).toEqual(['long'])
    expect(found('duration:20s..5m ')).toEqual(['long', 'short'])
    expect(found('duration:<1m duration:>4m ')).toEqual(['long', 'short'])
    expect(found('status:completed duration:<1m ')).toEqual(['short'])
  })

  test('has:recording and -has:recording follow the state without a new index', () => {
    const [id] = workspace.add({ externalId: '1', turns: ['hello'] }, { externalId: '2', turns: ['hello'] })
    workspace.calls.prepare("UPDATE calls SET recording_state = 'ready' WHERE id = ?").run(id)
    expect(found('has:recording ')).toEqual(['1'])
    expect(found('hello has:recording ')).toEqual(['1'])
    expect(found('hello -has:recording ')).toEqual(['2'])
  })

  test('what people wrote filters: annotation, label, reviewer, reviewed', () => {
    const [one, two] = workspace.add({ externalId: '1' }, { externalId: '2' }, { externalId: '3' })
    const annotate = workspace.reviews.prepare(
      `INSERT INTO annotations (id, draft_hash, call_id, vendor, connection_id, connection, external_id, kind, label,
         comment, reviewer, created_at_ms, updated_at_ms, deleted_at_ms)
       VALUES (?, '', ?, 'prosper', '', '', '', 'call', ?, '', ?, 0, 0, ?)`,
    )
    annotate.run('a', one, 'Missed intent', 'Ana Ortiz', null)
    annotate.run('b', one, 'Tone', 'Ana Ortiz', null)
    annotate.run('c', two, 'Tone', 'Ben', 1)
    workspace.reviews.prepare("INSERT INTO reviews VALUES (?, 'Chloé', 'prosper', '', '', 5)").run(two)
    expect(found('has:annotation ')).toEqual(['1'])
    expect(found('-has:annotation ')).toEqual(['3', '2'])
    expect(found('label:"missed INTENT"')).toEqual(['1'])
    expect(found('label:missed ')).toEqual([])
    expect(found('label:miss')).toEqual(['1'])
    expect(found('reviewer:ortiz ')).toEqual(['1'])
    expect(found('reviewer:chloe ')).toEqual(['2'])
    expect(found('reviewer:ben ')).toEqual([])
    expect(found('reviewed:yes ')).toEqual(['2'])
    expect(found('reviewed:no ')).toEqual(['3', '1'])
    expect(found('-reviewed:no ')).toEqual(['2'])
    expect(found('has:annotation reviewed:yes ')).toEqual([])
    expect(found('status:completed has:annotation ')).toEqual(['1'])
    const [hit] = find('has:annotation ').hits
    expect(hit).toMatchObject({ annotationCount: 2, reviewedAt: null, snippet: null, turnIndex: null })
    const [reviewed] = find('reviewed:yes ').hits
    expect(reviewed).toMatchObject({ reviewedBy: 'Chloé', reviewedAt: '1970-01-01T00:00:00.005Z' })
  })

  test('a wrong filter is left out and told', () => {
    workspace.add({ externalId: 'a', turns: ['hello'] })
    const page = find('hello speakr:caller ')
    expect(page.hits).toHaveLength(1)
    expect(page.problems).toHaveLength(1)
  })
})

describe('pages', () => {
  test('come newest first and cover everything once, also with equal starts', () => {
    const startedAtMs = Date.UTC(2026, 0, 1)
    workspace.add(
      ...Array.from({ length: 25 }, (_, i) => ({ externalId: `c${i}`, startedAtMs, turns: ['hello'] })),
    )
    for (const query of ['', 'hello', 'status:completed ']) {
      const seen: string[] = []
      let cursor: string | null = null
      do {
        const page = find(query, { limit: 10, cursor })
        seen.push(...page.hits.map((hit) => hit.externalId))
        cursor = page.cursor
      } while (cursor !== null)
      expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => `c${24 - i}`))
    }
  })

  test('by relevance the call that speaks most of it comes first, page by page', () => {
    workspace.add(
      { externalId: 'much', turns: ['refund refund refund'] },
      { externalId: 'some', turns: ['a refund among very many other words that are not about it at all'] },
      { externalId: 'none', turns: ['other'] },
    )
    const first = find('refund', { sort: 'relevance', limit: 1 })
    expect(first.hits.map((hit) => hit.externalId)).toEqual(['much'])
    expect(marked(first.hits[0])).toBe('[refund] [refund] [refund]')
    const second = find('refund', { sort: 'relevance', limit: 1, cursor: first.cursor })
    expect(second.hits.map((hit) => hit.externalId)).toEqual(['some'])
    expect(find('refund', { sort: 'relevance', limit: 1, cursor: second.cursor }).hits).toEqual([])
  })

  test('a cursor of another search is refused', () => {
    expect(() => find('', { cursor: 'r1' })).toThrow('not the next page')
    expect(() => find('', { cursor: "d1' OR" })).toThrow('not the next page')
  })

  test('counts are exact', () => {
    workspace.add(
      ...Array.from({ length: 60 }, (_, i) => ({ externalId: `c${i}`, turns: [i % 2 ? 'odd' : 'even'] })),
    )
    expect(countCalls(workspace.db, '', NOW)).toEqual({ total: 60, isExact: true })
    expect(countCalls(workspace.db, 'odd', NOW)).toEqual({ total: 30, isExact: true })
  })

  test('exports walk through all hits; single calls can be asked about', () => {
    const ids = workspace.add(
      { externalId: '1', turns: ['odd'] },
      { externalId: '2' },
      { externalId: '3', turns: ['odd'] },
    )
    const first = callsFound(workspace.db, 'odd', { cursor: null, limit: 1, nowMs: NOW })
    const second = callsFound(workspace.db, 'odd', { cursor: first.cursor, limit: 1, nowMs: NOW })
    expect([...first.rows, ...second.rows].map((row) => row.externalId)).toEqual(['3', '1'])
    expect(callsAmong(workspace.db, 'odd', [...ids.slice(0, 2), 'nosuchcallatall2'], NOW)).toEqual(
      new Set([ids[0]]),
    )
    expect(callsAmong(workspace.db, '', ids, NOW)).toEqual(new Set(ids))
  })
})

describe('snippets and matches', () => {
  test('the snippet is from the turn in which most words were found, with its index', () => {
    workspace.add({ externalId: 'a', turns: ['a house', 'nothing', 'to buy a house', 'buy'] })
    const [hit] = find('buy house ').hits
    expect(hit?.turnIndex).toBe(2)
    expect(marked(hit)).toBe('to [buy] a [house]')
  })

  test('of turns with as many words, the first', () => {
    workspace.add({ externalId: 'a', turns: ['hello', 'a house', 'the house', 'house house'] })
    expect(find('house ').hits[0]?.turnIndex).toBe(1)
  })

  test('a match in the summary alone has no turn', () => {
    workspace.add({ externalId: 'a', summary: 'Asked for Quillfern.', turns: ['hello'] })
    const [hit] = find('quillfern').hits
    expect(hit?.turnIndex).toBeNull()
    expect(marked(hit)).toBe('Asked for [Quillfern].')
  })

  test('long turns are cut around the match at words', () => {
    const filler = 'lorem ipsum dolor '.repeat(40)
    workspace.add({ externalId: 'a', turns: [`${filler}refund ${filler}`] })
    const text = marked(find('refund').hits[0])
    expect(text).toMatch(/^…(lorem|ipsum|dolor).*\[refund\] .*(lorem|ipsum|dolor)…$/)
    expect(text.length).toBeLessThan(220)
  })

  test('matches are places in each turn as shown, whatever the script, whatever the vendor put into it', () => {
    const turns = [
      'great👍🏽 CAFÉ \n\uE000\n\uE002x',
      '我想买房子房子',
      'no',
      'a cafe\u0301, cafe',
      'NUL\0cafe',
    ]
    const [id = ''] = workspace.add({ externalId: 'a', turns })
    const matches = matchesInCall(workspace.db, 'cafe 👍 房子 "买房" absent -no status:failed', id, NOW)
    const texts = matches.map(({ turnIndex, ranges }) =>
      ranges.map(([from, to]) => (turns[turnIndex] ?? '').slice(from, to)),
    )
    expect(matches.map((match) => match.turnIndex)).toEqual([0, 1, 3, 4])
    expect(texts).toEqual([['👍', 'CAFÉ'], ['买房子', '房子'], ['cafe\u0301', 'cafe'], ['cafe']])
    expect(matchesInCall(workspace.db, 'status:completed ', id, NOW)).toEqual([])
  })

  test('matches are those of the call that was asked for, when others have the words too', () => {
    const ids = workspace.add(
      { externalId: 'a', turns: ['a house', 'nothing'] },
      { externalId: 'b', turns: ['nothing', 'the big house'] },
      { externalId: 'c', turns: ['nothing at all'] },
    )
    expect(ids.map((id) => matchesInCall(workspace.db, 'house', id, NOW))).toEqual([
      [{ turnIndex: 0, ranges: [[2, 7]] }],
      [{ turnIndex: 1, ranges: [[8, 13]] }],
      [],
    ])
  })
})

describe('facets', () => {
  test('count what each value would leave, given the rest of the query', () => {
    workspace.add(
      { externalId: '1', turns: ['hi'], status: 'completed', sentiment: 'negative', campaignId: 'k1' },
      { externalId: '2', turns: ['hi'], status: 'failed', sentiment: 'negative', campaignId: 'k1' },
      { externalId: '3', turns: ['ho'], status: 'failed', sentiment: null, campaignId: 'k2' },
    )
    addConnection(workspace.calls, 'Empty')
    const counts = (query: string) =>
      Object.fromEntries(
        Object.entries(facetsOf(workspace.db, query, NOW)).map(([field, values]) => [
          field,
          values.map(({ label, count }) => `${label} ${count}`),
        ]),
      )
    expect(counts('')).toEqual({
      source: ['prosper 3'],
      label: [],
      connection: ['Front desk 3'],
      campaign: ['k1 2', 'k2 1'],
      status: ['failed 2', 'completed 1'],
      sentiment: ['negative 2'],
    })
    expect(counts('hi')).toEqual({
      source: ['prosper 2'],
      label: [],
      connection: ['Front desk 2'],
      campaign: ['k1 2'],
      status: ['completed 1', 'failed 1'],
      sentiment: ['negative 2'],
    })
    expect(counts('status:failed ')).toEqual({
      source: ['prosper 2'],
      label: [],
      connection: ['Front desk 2'],
      campaign: ['k1 1', 'k2 1'],
      status: ['failed 2', 'completed 1'],
      sentiment: ['negative 1'],
    })
  })
})
