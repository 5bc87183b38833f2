import type { EarmarkEvent, SyncProgress } from '@contract'
import { QueryObserver } from '@tanstack/react-query'
import { describe, expect, it } from 'vitest'
import { asksForTalk, coalesce, queryClient, refreshQueries, staleKeys, withProgress } from './queries'

const counts = {
  listed: 0,
  added: 0,
  updated: 0,
  unchanged: 0,
  quarantined: 0,
  recordings: { downloaded: 0, failed: 0 },
}
const progress = (connectionId: string, done: number): SyncProgress => ({
  connectionId,
  connectionName: 'Renewals',
  phase: 'details',
  done,
  total: 10,
  counts,
  waitUntil: null,
  reason: null,
})

describe('what an event makes stale', () => {
  it('refreshes only the annotations of the call that was annotated, and the list with its counts', () => {
    const keys = staleKeys({ type: 'annotations.changed', callId: 'aaaaaaaaaaaaaaaa' })
    expect(keys).toContainEqual(['annotations', 'aaaaaaaaaaaaaaaa'])
    expect(keys).toContainEqual(['search'])
    expect(keys).not.toContainEqual(['annotations'])
  })

  it('refreshes all annotations when another process wrote', () => {
    expect(staleKeys({ type: 'annotations.changed', callId: null })).toContainEqual(['annotations'])
  })

  it('refreshes annotations when calls changed: a new transcript may have moved them', () => {
    expect(staleKeys({ type: 'calls.changed' })).toContainEqual(['annotations'])
  })

  it('refreshes the webhook of the connection whose receiver changed', () => {
    expect(staleKeys({ type: 'webhooks.changed', connectionId: 'aaaaaaaaaaaa' })).toEqual([
      ['webhooks', 'aaaaaaaaaaaa'],
    ])
  })

  it('refreshes searches by how people talked when a call was listened to, and no others', () => {
    for (const text of ['talk:>60% ', 'refund -latency:>2s', '(has:deadair OR silence:>30%) '])
      expect(asksForTalk(['search', 'page', text, 'date'])).toBe(true)
    for (const key of [
      ['search', 'count', 'talk silence'],
      ['search', 'window', 3],
      ['calls', 'get', 'talk:'],
    ])
      expect(asksForTalk(key)).toBe(false)
  })

  it('refreshes nothing for progress alone', () => {
    const events: EarmarkEvent[] = [
      { type: 'sync.progress', progress: progress('a', 1) },
      { type: 'exports.progress', rows: 1, total: null },
      { type: 'import.progress', done: 1, total: null },
      { type: 'command', id: 'workspace.help' },
    ]
    for (const event of events) expect(staleKeys(event)).toEqual([])
  })
})

describe('the running syncs', () => {
  it('hold the latest progress of each connection, in the order in which they began', () => {
    const running = withProgress(withProgress([], progress('a', 1)), progress('b', 1))
    expect(withProgress(running, progress('a', 7))).toEqual([progress('a', 7), progress('b', 1)])
  })
})

describe('refreshing', () => {
  it.each<Parameters<typeof refreshQueries>[0]>([
    { queryKey: ['asked'] },
    { predicate: ({ queryKey }) => queryKey[1] === 'early' },
  ])('asks again for what was asked for the first time before it became stale: %o', async (which) => {
    const answers: ((answer: string) => void)[] = []
    const observer = new QueryObserver(queryClient, {
      queryKey: ['asked', 'early'],
      queryFn: () => new Promise<string>((answer) => answers.push(answer)),
    })
    const shown: (string | undefined)[] = []
    const end = observer.subscribe(({ data }) => shown.push(data))
    refreshQueries(which)
    expect(answers).toHaveLength(1)
    answers[0]?.('from before')
    await expect.poll(() => answers.length).toBe(2)
    answers[1]?.('from behind')
    await expect.poll(() => shown.at(-1)).toBe('from behind')
    // What is there is asked for anew at once.
    refreshQueries(which)
    expect(answers).toHaveLength(3)
    end()
    queryClient.clear()
  })

  it('happens at once for the first event and once for all that follow in the meantime', () => {
    const refreshed: unknown[][][] = []
    const scheduled: (() => void)[] = []
    const ask = coalesce(
      (keys) => refreshed.push(keys),
      (run) => scheduled.push(run),
    )
    ask([['search']])
    expect(refreshed).toEqual([[['search']]])
    ask([['search'], ['calls']])
    ask([['search']])
    expect(refreshed).toHaveLength(1)
    scheduled.shift()?.()
    expect(refreshed[1]).toEqual([['search'], ['calls']])
    scheduled.shift()?.()
    expect(scheduled).toEqual([])
    ask([['search']])
    expect(refreshed).toHaveLength(3)
  })
})
