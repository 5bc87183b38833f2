import { EarmarkError, type Secrets } from '@contract'
import { afterEach, describe, expect, it, onTestFinished, test } from 'vitest'
import { cases } from '../../e2e/faults/cases'
import {
  FAULTS,
  type FaultName,
  type MalakaiSimulatorOptions,
  type ProsperSimulatorOptions,
  startMalakaiSimulator,
  startProsperSimulator,
  tones,
} from '../../e2e/vendors'
import { HUGE_TRANSCRIPT_BYTES, WEIRD_TEXTS } from '../../e2e/vendors/data-faults'
import { type Http, openHttp } from './http'
import { vendors } from './index'
import { isTransient } from './problems'
import { configOf } from './testing'
import type { Learned, Position, VendorApi, VendorConfig, VendorRequest } from './vendor'
import type { UnreadableRecord, VendorCall } from './vendor-call'

let http: Http = openHttp({ loopbackOnly: true })
afterEach(() => {
  http.close()
  http = openHttp({ loopbackOnly: true })
})

interface Harvest {
  calls: Map<string, VendorCall>
  unreadable: UnreadableRecord[]
  learned: Learned
  total: number | null
}

/** The loop of vendor.ts in its shortest form: everything listed, every detail, a request repeated twice at most. */
async function harvest(
  api: VendorApi,
  config: VendorConfig,
  secrets: Secrets,
  learnedBefore: Learned = {},
  idleTimeoutMs = 10_000,
): Promise<Harvest> {
  const harvested: Harvest = {
    calls: new Map(),
    unreadable: [],
    learned: learnedBefore,
    total: null,
  }
  const secretHeaders = api.secretHeaders(config, secrets)

  /** `read` says `failed` where it may be tried again. */
  async function attempt<T extends { kind: string; error?: EarmarkError }>(
    request: VendorRequest,
    read: (response: Awaited<ReturnType<Http['fetchJson']>>) => T,
  ): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        const outcome = read(await http.fetchJson({ ...request, secretHeaders, idleTimeoutMs }))
        if (outcome.error === undefined) return outcome
        throw outcome.error
      } catch (error) {
        if (!(error instanceof EarmarkError) || !isTransient(error) || tries === 2) throw error
      }
    }
  }

  async function detailOf(listed: VendorCall): Promise<void> {
    if (api.details === null) return void harvested.calls.set(listed.externalId, listed)
    const { details } = api
    let position = details.first(config, harvested.learned, listed.externalId)
    for (;;) {
      const at = position
      const outcome = await attempt(details.request(config, at), (response) =>
        details.read(config, at, listed, response),
      )
      if (outcome.kind === 'again') position = outcome.next
      else if (outcome.kind === 'gone') return
      else {
        if (outcome.kind === 'call') harvested.calls.set(listed.externalId, outcome.call)
        if (outcome.kind === 'unreadable') harvested.unreadable.push(outcome.record)
        if (outcome.kind !== 'failed') harvested.learned = { ...harvested.learned, ...outcome.learned }
        return
      }
    }
  }

  let position: Position | null = api.firstPage(config, learnedBefore, { fromMs: null, toMs: null })
  while (position !== null) {
    const at: Position = position
    const outcome = await attempt(api.pageRequest(config, at), (response) =>
      api.readPage(config, at, response),
    )
    if (outcome.kind === 'page') {
      harvested.learned = { ...harvested.learned, ...outcome.learned }
      harvested.total = outcome.total
      harvested.unreadable.push(...outcome.answer.unreadable)
      for (const call of outcome.answer.calls) if (!harvested.calls.has(call.externalId)) await detailOf(call)
    }
    position = outcome.next
  }
  return harvested
}

async function startProsper(options: ProsperSimulatorOptions = {}) {
  const simulator = await startProsperSimulator({ calls: 230, recordings: null, ...options })
  onTestFinished(() => simulator.close())
  const config = configOf([...simulator.campaigns], {}, simulator.url)
  return {
    simulator,
    run: (learned?: Learned, idleTimeoutMs?: number) =>
      harvest(
        vendors.prosper,
        config,
        { apiKey: simulator.apiKey, accessToken: null },
        learned,
        idleTimeoutMs,
      ),
  }
}

async function startMalakai(options: MalakaiSimulatorOptions = {}) {
  const simulator = await startMalakaiSimulator({ calls: 30, recordings: null, ...options })
  onTestFinished(() => simulator.close())
  const config = configOf([...simulator.campaigns], {}, simulator.url)
  const { apiKey, accessToken } = simulator
  return {
    simulator,
    run: (learned?: Learned, idleTimeoutMs?: number) =>
      harvest(vendors.malakai, config, { apiKey, accessToken }, learned, idleTimeoutMs),
  }
}

/** Silence is waited for briefly where it comes for sure, and long where a busy machine could be taken for it. */
const patienceFor = (fault: FaultName): number => (/stalled|silent/.test(fault) ? 250 : 10_000)

const ids = (calls: Map<string, unknown>): string[] => [...calls.keys()].sort()

/** What becomes of a sync under each fault: everything arrives, or it stops with a code. */
type Expected = 'all' | 'none' | EarmarkError['code']
const PROSPER: Partial<Record<FaultName, Expected>> = {
  '500-then-success': 'all',
  '503-always': 'vendor_error',
  '401-always': 'wrong_key',
  '403-always': 'wrong_key',
  '429-seconds': 'all',
  '429-date': 'all',
  '429-bare': 'all',
  'stalled-body': 'all',
  silent: 'all',
  'reset-mid-body': 'all',
  'reset-at-once': 'all',
  'truncated-json': 'all',
  'html-200': 'all',
  'html-always': 'not_this_vendor',
  'empty-204': 'all',
  gzip: 'all',
  'gzip-broken': 'all',
  'gzip-bomb': 'too_large',
  'redirect-away': 'redirected_away',
  'redirect-here': 'all',
  'redirect-loop': 'vendor_error',
  'empty-list': 'none',
  'no-total': 'all',
  'growing-total': 'all',
  'duplicate-rows': 'all',
  'same-page-twice': 'all',
  'page-loop': 'vendor_error',
  'empty-page': 'all',
  'small-pages': 'all',
  'wrong-types': 'all',
  'null-lists': 'all',
  'null-items': 'none',
  'unknown-fields': 'all',
  'unknown-status': 'all',
  'unordered-times': 'all',
  'turn-after-end': 'all',
  'bad-times': 'all',
  'weird-texts': 'all',
  'string-lengths': 'all',
  'string-map-transcript': 'all',
}
const MALAKAI: Partial<Record<FaultName, Expected>> = {
  '500-then-success': 'all',
  '401-always': 'wrong_key',
  '429-seconds': 'all',
  'stalled-body': 'all',
  'reset-mid-body': 'all',
  'truncated-json': 'all',
  'html-always': 'not_this_vendor',
  gzip: 'all',
  'redirect-away': 'redirected_away',
  'empty-list': 'none',
  'null-items': 'none',
  'duplicate-rows': 'all',
  'wrong-types': 'all',
  'null-lists': 'all',
  'unknown-fields': 'all',
  'unknown-status': 'all',
  'weird-texts': 'all',
  'string-lengths': 'all',
  'nested-json': 'all',
  'code-as-string': 'all',
  'code-5000': 'all',
  'code-4010': 'wrong_key',
  'code-3111': 'vendor_error',
}
const entries = (table: Partial<Record<FaultName, Expected>>) =>
  Object.keys(FAULTS)
    .filter((name): name is FaultName => name in table)
    .map((name): [FaultName, Expected] => [name, table[name] ?? 'all'])

describe('Prosper, every call on three pages', () => {
  it.each(entries(PROSPER))('under %s: %s', async (fault, expected) => {
    const { simulator, run } = await startProsper({ faults: [fault], dialect: 'page' })
    if (expected === 'all' || expected === 'none') {
      const { calls } = await run({}, patienceFor(fault))
      expect(ids(calls)).toEqual(expected === 'all' ? [...simulator.externalIds].sort() : [])
    } else await expect(run()).rejects.toMatchObject({ code: expected })
  })

  it.each([
    '500-then-success',
    'reset-mid-body',
    'truncated-json',
    'no-total',
    'growing-total',
    'duplicate-rows',
    'wrong-types',
    'null-items',
    'weird-texts',
  ] as const)('under %s in the OpenAPI dialect, over whole pages', async (fault) => {
    const { simulator, run } = await startProsper({ faults: [fault], dialect: 'openapi', calls: 420 })
    const { calls, learned } = await run()
    expect(ids(calls)).toEqual(fault === 'null-items' ? [] : [...simulator.externalIds].sort())
    expect(learned.dialect).toBe('openapi')
  })

  it.each(['page', 'openapi'] as const)(
    'under shifting-rows (%s): all that were there at the beginning, and the new ones the next time',
    async (dialect) => {
      const { simulator, run } = await startProsper({ faults: ['shifting-rows'], dialect, calls: 420 })
      const before = [...simulator.externalIds].sort()
      const { calls } = await run()
      expect(ids(calls)).toEqual(expect.arrayContaining(before))
      expect(simulator.externalIds.length).toBeGreaterThan(before.length)
      simulator.setFaults([])
      expect(ids((await run()).calls)).toEqual([...simulator.externalIds].sort())
    },
  )

  it('under faults of details alone', async () => {
    const { simulator, run } = await startProsper({
      calls: 12,
      faults: [
        { name: '500-then-success', on: 'detail' },
        { name: 'reset-mid-body', on: 'detail', times: 2 },
      ],
    })
    const { calls } = await run()
    expect(ids(calls)).toEqual([...simulator.externalIds].sort())
    // A list, twelve details, three of them again.
    expect(simulator.requestCount).toBe(16)
  })

  it('sets aside what can not be read, and takes the rest', async () => {
    const { simulator, run } = await startProsper({
      calls: 12,
      faults: [{ name: 'unreadable-records', on: 'list' }],
    })
    const { calls, unreadable } = await run()
    expect(ids(calls)).toEqual(simulator.externalIds.slice(3).sort())
    expect(unreadable.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('not an object'),
      expect.stringContaining('not an object'),
      expect.stringContaining('no usable id'),
    ])
  })

  it('takes a transcript of 5 MB', async () => {
    const { run } = await startProsper({ calls: 3, faults: ['huge-transcript'], campaigns: ['c'] })
    const { calls } = await run()
    const lengths = [...calls.values()].map((call) =>
      call.turns.reduce((sum, turn) => sum + turn.rawText.length, 0),
    )
    expect(Math.max(...lengths)).toBeLessThanOrEqual(HUGE_TRANSCRIPT_BYTES)
  })

  it('keeps strange texts storable, and the raw record as it came', async () => {
    const { run } = await startProsper({ calls: 1, faults: ['weird-texts'] })
    const [call] = (await run()).calls.values()
    const texts = call?.turns.map((turn) => turn.text)
    expect(texts?.slice(0, 8)).toEqual([
      ...WEIRD_TEXTS.slice(0, 6),
      'nulin the middle',
      'lone \ufffd surrogate \ufffd',
    ])
    expect(JSON.stringify(call?.raw)).toContain('lone \\ud83d surrogate')
    expect(JSON.stringify(call?.raw)).toContain('nul\\u0000in')
  })

  it('keeps statuses and fields that nobody knows', async () => {
    const { run } = await startProsper({ calls: 1, faults: ['unknown-status', 'unknown-fields'] })
    const [call] = (await run()).calls.values()
    expect(call).toMatchObject({
      status: 'teleported',
      sentiment: 'bemused',
      isFinal: true,
      fields: { x_mood_ring: { colour: 'teal' }, constructor: 'mine' },
    })
  })
})

describe('Prosper, found out by asking', () => {
  it('speaks either dialect and uses either path, which is remembered', async () => {
    const { simulator, run } = await startProsper({ calls: 5, dialect: 'openapi', detailPaths: 'campaigns' })
    const { calls, learned } = await run()
    expect(calls.size).toBe(5)
    expect(learned).toEqual({ dialect: 'openapi', detailPath: 'campaigns' })
    const before = simulator.requestCount
    await run(learned)
    // One list, five details, no more probing.
    expect(simulator.requestCount - before).toBe(6)
  })

  it('gives everything of a call: what its list and its detail tell', async () => {
    const { simulator, run } = await startProsper({ calls: 1, recordings: () => null })
    const [call] = (await run()).calls.values()
    const [made] = simulator.calls
    expect(call).toMatchObject({
      party: made?.person,
      vendorScore: made?.score,
      durationMs: Math.round(made?.lengthSec ?? 0) * 1000,
      startedAtMs: made?.createdAtMs,
      recordingUrls: [`${simulator.recordingsUrl}/recordings/${made?.id}`],
      fields: {
        target_id: expect.any(String),
        extracted_data: expect.any(Object),
        outcome: expect.any(String),
        next_steps: expect.any(Array),
      },
    })
    expect(call?.turns.map((turn) => turn.text)).toEqual(made?.turns.map((turn) => turn.text))
  })
})

describe('Malakai, every call in one answer', () => {
  it.each(entries(MALAKAI))('under %s: %s', async (fault, expected) => {
    const { simulator, run } = await startMalakai({ faults: [fault] })
    if (expected === 'all' || expected === 'none') {
      const { calls } = await run({}, patienceFor(fault))
      expect(ids(calls)).toEqual(expected === 'all' ? [...simulator.externalIds].sort() : [])
    } else await expect(run()).rejects.toMatchObject({ code: expected })
  })

  it('tells calls without ids apart, the same at the next sync', async () => {
    const { simulator, run } = await startMalakai({ faults: ['no-ids'] })
    const first = await run()
    expect(first.calls.size).toBe(simulator.calls.length)
    expect(ids(first.calls)[0]).toMatch(/^hash-/)
    expect(ids((await run()).calls)).toEqual(ids(first.calls))
  })

  it('lists several campaigns, with redirects taken out of the texts', async () => {
    const { simulator, run } = await startMalakai({ campaigns: ['a', 'b'], calls: 40 })
    const { calls } = await run()
    expect(calls.size).toBe(40)
    expect(new Set([...calls.values()].map((call) => call.campaignId))).toEqual(new Set(['a', 'b']))
    const redirects = [...calls.values()].flatMap((call) => call.turns.flatMap((turn) => turn.redirect ?? []))
    expect(redirects).toHaveLength(simulator.calls.filter((call) => call.redirect !== null).length)
    expect(
      [...calls.values()].some((call) => call.turns.some((turn) => turn.text.includes('REDIRECT_'))),
    ).toBe(false)
  })
})

describe('recordings', () => {
  const fetched = async (
    fault: FaultName | null,
    more: { maxBytes?: number; idleTimeoutMs?: number } = {},
  ) => {
    const { simulator, run } = await startProsper({
      calls: 1,
      recordings: tones,
      ...(fault === null ? {} : { faults: [fault] }),
    })
    const [call] = (await run()).calls.values()
    const chunks: Uint8Array[] = []
    const url = call?.recordingUrls[0] ?? ''
    const sink = (chunk: Uint8Array) => void chunks.push(chunk)
    const download = () => http.download({ url, sink, maxBytes: 50_000_000, ...more })
    return { simulator, download, bytes: () => Buffer.concat(chunks) }
  }

  it('come as audio, and no secret goes to their host', async () => {
    const { simulator, download, bytes } = await fetched(null)
    expect(await download()).toMatchObject({ contentType: 'audio/wav' })
    expect(bytes().subarray(0, 4).toString()).toBe('RIFF')
    expect(simulator.leaks).toEqual([])
    expect(simulator.recordingRequests).toHaveLength(1)
  })

  test.each<[FaultName, object]>([
    ['recording-html', { contentType: 'text/html' }],
    ['recording-empty', { bytes: 0 }],
    ['recording-wrong-type', { contentType: 'text/html' }],
    ['recording-no-type', { contentType: null }],
    ['recording-slow', { contentType: 'audio/wav' }],
    ['recording-redirect', { contentType: 'audio/wav' }],
  ])('under %s arrive as they are, to be judged by their bytes', async (fault, expected) => {
    const { download } = await fetched(fault)
    expect(await download()).toMatchObject(expected)
  })

  test.each<[FaultName, EarmarkError['code'], boolean]>([
    ['recording-cut-short', 'unreachable', true],
    ['recording-stalled', 'timeout', true],
    ['recording-404', 'recording_missing', false],
    ['recording-expired', 'recording_missing', false],
    ['recording-503', 'vendor_error', true],
  ])('under %s fail with %s', async (fault, code, isPassing) => {
    const { download } = await fetched(fault, { idleTimeoutMs: patienceFor(fault) })
    await expect(download()).rejects.toMatchObject({ code })
    if (isPassing) expect((await download()).bytes).toBeGreaterThan(1000)
  })

  it('that bring a secret along are told of when the simulator closes', async () => {
    const simulator = await startProsperSimulator({ calls: 1 })
    const url = `${simulator.recordingsUrl}/recordings/10001`
    const answer = await http.fetchJson({
      url,
      headers: {},
      secretHeaders: { Authorization: `Bearer ${simulator.apiKey}` },
      maxBytes: 1000,
    })
    expect(answer.status).toBe(400)
    expect(simulator.leaks).toHaveLength(1)
    await expect(simulator.close()).rejects.toThrow(/secrets reached/)
  })
})

test('every fault of the simulators is tried here, or in the fault matrix', () => {
  const inMatrix = cases.flatMap(({ faults = [] }) =>
    Array.isArray(faults) ? faults.map((fault) => (typeof fault === 'string' ? fault : fault.name)) : [],
  )
  const tried = new Set<string>([...Object.keys(PROSPER), ...Object.keys(MALAKAI), ...inMatrix])
  const others = ['shifting-rows', 'unreadable-records', 'huge-transcript', 'no-ids']
  const recordings = Object.keys(FAULTS).filter((name) => name.startsWith('recording-'))
  expect(
    Object.keys(FAULTS).filter(
      (name) => !tried.has(name) && !others.includes(name) && !recordings.includes(name),
    ),
  ).toEqual([])
})
