import { EarmarkError } from '@contract'
import { afterEach, describe, expect, it, test } from 'vitest'
import type { FetchedCall } from '../sync/fetch-call'
import type { Delivery } from './delivery'
import { type Batch, DeliveryQueue, planNextAttempt, QUEUE_RULES, type QueueRules } from './delivery-queue'
import { quickQueue } from './testing'

const delivery = (externalId: string, digest = `digest of ${externalId}`): Delivery => ({
  externalId,
  campaignId: null,
  digest,
})
const busy = () => new EarmarkError('busy', 'The command line is working on "Clinic" now.')

let nowMs: number
let queue: DeliveryQueue
let fetched: string[]
let batches: Batch[]

/** `answers`: what comes of each request, in order; the last one for ever. */
function open(answers: (FetchedCall | EarmarkError)[], rules: Partial<QueueRules> = {}): void {
  nowMs = 1_000_000
  fetched = []
  batches = []
  queue = new DeliveryQueue(
    async ({ externalId }) => {
      fetched.push(externalId)
      const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? 'added'
      if (answer instanceof Error) throw answer
      return answer
    },
    (batch) => batches.push(batch),
    { ...quickQueue, ...rules },
    () => nowMs,
  )
}
afterEach(() => queue.close())

/** Waits for a batch, and lets the queue's clock go on until it comes. */
async function untilBatches(count: number): Promise<void> {
  while (batches.length < count) {
    nowMs += 1
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('deliveries', () => {
  it('that come twice are read once, while they wait, while they are read, and for a minute after', async () => {
    open(['added'])
    for (const id of ['1', '2', '1', '2']) expect(queue.add(delivery(id))).toBe('taken')
    await queue.idle()
    expect(queue.add(delivery('1'))).toBe('taken')
    await queue.idle()
    expect(fetched).toEqual(['1', '2'])
    nowMs += quickQueue.rememberMs
    queue.add(delivery('1'))
    await queue.idle()
    expect(fetched).toEqual(['1', '2', '1'])
  })

  it('of one call that say something new read it again', async () => {
    open(['added'])
    queue.add(delivery('1', 'attempt 1'))
    queue.add(delivery('1', 'attempt 2'))
    await queue.idle()
    expect(fetched).toEqual(['1', '1'])
  })

  it('find room for a thousand calls, and are refused beyond', async () => {
    let goOn: (outcome: FetchedCall) => void = () => undefined
    batches = []
    queue = new DeliveryQueue(
      () => new Promise((resolve) => (goOn = resolve)),
      (batch) => batches.push(batch),
      { ...QUEUE_RULES, together: 1, batch: 1 },
    )
    expect(queue.add(delivery('first'))).toBe('taken')
    for (let i = 0; i < 1000; i += 1) expect(queue.add(delivery(String(i)))).toBe('taken')
    expect(queue.add(delivery('one too many'))).toBe('full')
    expect(queue.add(delivery('17', 'news of one that waits'))).toBe('taken')
    expect(queue.size).toBe(1000)
    goOn('added')
    await untilBatches(1)
    expect(queue.add(delivery('one more'))).toBe('taken')
    queue.close()
    goOn('added')
    expect(queue.size).toBe(0)
  })

  it('whose connection somebody else works on wait and are tried again', async () => {
    open([busy(), busy(), 'added'])
    queue.add(delivery('1'))
    await untilBatches(3)
    expect(fetched).toEqual(['1', '1', '1'])
    expect(batches.map(({ putOff, added, problem }) => [putOff, added, problem])).toEqual([
      [1, 0, 'The command line is working on "Clinic" now. It is tried again soon.'],
      [1, 0, 'The command line is working on "Clinic" now. It is tried again soon.'],
      [0, 1, null],
    ])
  })

  it('whose call can’t be had are given up after a while, and told', async () => {
    open([busy()])
    queue.add(delivery('1'))
    await untilBatches(8)
    expect(queue.size).toBe(0)
    expect(batches.at(-1)).toMatchObject({
      givenUp: 1,
      problem: 'The command line is working on "Clinic" now. The next sync reads what is missing.',
    })
    expect(fetched).toHaveLength(8)
  })

  it('of a call that the vendor does not have yet are tried a few times', async () => {
    open(['gone', 'gone', 'added'])
    queue.add(delivery('1'))
    await untilBatches(3)
    expect(batches[0]?.problem).toMatch(
      /^The vendor has no call 1, which a delivery announced. It is tried again/,
    )
    expect(batches[2]).toMatchObject({ added: 1, problem: null })
  })

  it('with different fates are told of together', async () => {
    open(['added', 'updated', 'unchanged', new EarmarkError('wrong_key', 'The key was refused.')], {
      together: 1,
    })
    for (const id of ['1', '2', '3', '4']) queue.add(delivery(id))
    await queue.idle()
    expect(batches.map(({ startedAtMs: _, ...batch }) => batch)).toEqual([
      {
        added: 1,
        updated: 1,
        unchanged: 1,
        givenUp: 1,
        putOff: 0,
        problem: 'The key was refused. The next sync reads what is missing.',
      },
    ])
  })

  it('behind one that the vendor does not answer are read meanwhile, and told without it', async () => {
    let answer: (outcome: FetchedCall) => void = () => undefined
    fetched = []
    batches = []
    queue = new DeliveryQueue(
      ({ externalId }) => {
        fetched.push(externalId)
        return externalId === 'slow' ? new Promise((resolve) => (answer = resolve)) : Promise.resolve('added')
      },
      (batch) => batches.push(batch),
      { ...quickQueue, together: 2, batch: 3 },
    )
    for (const id of ['slow', '1', '2', '3', '4']) queue.add(delivery(id))
    // News of the one that is being read waits for its answer, which is older.
    queue.add(delivery('slow', 'attempt 2'))
    await untilBatches(2)
    expect(fetched).toEqual(['slow', '1', '2', '3', '4'])
    expect(batches.map(({ added }) => added)).toEqual([3, 1])
    answer('updated')
    while (fetched.length < 6) await new Promise((resolve) => setImmediate(resolve))
    answer('unchanged')
    await queue.idle()
    expect(fetched.at(-1)).toBe('slow')
    expect(batches.reduce((sum, { updated, unchanged }) => sum + updated + unchanged, 0)).toBe(2)
  })

  it('are put off by a clock that was set back for no longer than their wait', async () => {
    open([busy(), 'added'])
    queue.add(delivery('1'))
    await queue.idle()
    nowMs -= 3_600_000
    queue.add(delivery('2'))
    await queue.idle()
    expect(fetched).toEqual(['1', '1', '2'])
  })
})

test.each<[string, EarmarkError, number, number | null]>([
  ['someone else’s lock', busy(), 1, 3_000],
  ['someone else’s lock, again', busy(), 3, 12_000],
  ['someone else’s lock, for long', busy(), 7, 192_000],
  ['someone else’s lock, for too long', busy(), 8, null],
  ['a locked keychain', new EarmarkError('keychain_unavailable', ''), 1, 3_000],
  ['no network', new EarmarkError('unreachable', '', { transient: true }), 2, 6_000],
  ['a call that is not there yet', new EarmarkError('not_found', ''), 3, 12_000],
  ['a call that does not come', new EarmarkError('not_found', ''), 4, null],
  ['a refused key', new EarmarkError('wrong_key', ''), 1, null],
  ['a record that was set aside', new EarmarkError('vendor_error', ''), 1, null],
])('after %s, what comes next is planned', (_, error, made, waitMs) => {
  expect(planNextAttempt(error, made, QUEUE_RULES)).toBe(waitMs)
})
