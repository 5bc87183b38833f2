import { ConnectionSettings } from '@contract'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { FaultName, FaultSetting } from '../../e2e/vendors'
import { startMalakaiSimulator, startProsperSimulator } from '../../e2e/vendors'
import { openSyncEngine } from './engine'
import type { RetryRules } from './retry'
import { beginRun } from './runs'
import { connectTo, quickRecordings, testBackend } from './testing'

/*
 * What people read when a sync fails: each test's name is the whole sentence, and each failure really happens. A sentence
 * says what happened, to what, and what to do. `api.example` and `audio.example` stand for the simulators' hosts.
 */

const RULES: RetryRules = {
  attempts: 2,
  baseMs: 1,
  capMs: 2,
  retryAfterCapMs: 5,
  timeouts: { connectTimeoutMs: 5000, idleTimeoutMs: 300, totalTimeoutMs: 20_000 },
}

interface Scenario {
  vendor?: 'prosper' | 'malakai'
  faults?: readonly (FaultName | Exclude<FaultSetting, string>)[]
  change?: Parameters<typeof connectTo>[3]
  /** Replaces the kept secrets: null takes them away. */
  key?: string | null
  logIn?: boolean
  /** What is read: of the run, of a recording, of the quarantine. */
  of?: 'run' | 'recording' | 'quarantine'
}

/** Plays it; answers what people read. */
async function sentenceOf(scenario: Scenario): Promise<string> {
  const { vendor = 'prosper', faults = [], change = {}, key, of = 'run' } = scenario
  const backend = await testBackend()
  const engine = openSyncEngine(backend, RULES)
  onTestFinished(async () => {
    await engine.close()
    backend.close()
  })
  const options = {
    calls: 30,
    campaigns: ['spring'],
    recordings: quickRecordings,
    ...(scenario.logIn ? { recordingLogIn: { username: 'u', password: 'p' } } : {}),
  }
  const simulator =
    vendor === 'prosper'
      ? await startProsperSimulator({ ...options, maxPageSize: 10 })
      : await startMalakaiSimulator(options)
  onTestFinished(() => simulator.close())
  simulator.setFaults(
    faults.map((fault) => (typeof fault === 'string' ? { name: fault, times: null } : fault)),
  )
  const { id } = await connectTo(backend, vendor, simulator, { name: 'Prosper A', ...change })
  if (key === null) backend.secrets.entries.clear()
  else if (key !== undefined)
    for (const name of backend.secrets.entries.keys()) backend.secrets.entries.set(name, key)
  const recordings = of === 'recording' ? 'all' : 'none'
  const { problem } = await engine.start(id, { recordings, secrets: null }).ended
  const read = (sql: string) => backend.db.prepare<[], string>(sql).pluck().get()
  const sentence =
    of === 'run'
      ? problem
      : of === 'recording'
        ? read('SELECT problem FROM recordings WHERE problem IS NOT NULL')
        : read('SELECT reason FROM quarantine')
  return String(sentence)
    .replaceAll(new URL(simulator.url).host, 'api.example')
    .replaceAll(new URL(simulator.recordingsUrl).host, 'audio.example')
    .replace(/call 100\d\d/g, 'call 10012')
    .replace(/localhost:\d+/g, 'localhost:1234')
}

const scenarios: readonly [string, Scenario][] = [
  [
    'Prosper AI at api.example refused the key (401). It says: "Invalid API key". Open the connection and enter the key again.',
    { key: 'something-else' },
  ],
  [
    'The keychain holds no API key for "Prosper A". Open its settings and enter the key again.',
    { key: null },
  ],
  [
    'Prosper AI at api.example refused the key (403), or it may not read campaign spring. It says: "Forbidden". Open the connection and enter the key again.',
    { faults: ['403-always'] },
  ],
  [
    "api.example does not answer like Prosper AI's API when asked for campaign spring: it answers with a web page instead of data. Check the connection's base URL, and whether a log-in page of this network is in the way.",
    { faults: ['html-always'] },
  ],
  [
    'Prosper AI at api.example failed (503) when asked for campaign spring. The fault is on their side: try again later.',
    { faults: ['503-always'] },
  ],
  [
    "Prosper AI at api.example wants fewer requests (429). It asks to wait 1 s. Try again later, or lower the connection's rate.",
    { faults: ['429-seconds'] },
  ],
  [
    "Prosper AI at api.example wants fewer requests (429). It asks to wait 900 s. Try again later, or lower the connection's rate.",
    { faults: ['429-absurd'] },
  ],
  [
    "Prosper AI at api.example wants fewer requests (429). Try again later, or lower the connection's rate.",
    { faults: ['429-bare'] },
  ],
  [
    'api.example sent nothing for 0.3 s. Check the network, or try again later.',
    { faults: ['stalled-body'] },
  ],
  ['api.example sent nothing for 0.3 s. Check the network, or try again later.', { faults: ['silent'] }],
  [
    'The connection to api.example broke off. What came before is kept: try again. If it goes on, check the network (VPN, proxy, firewall) and the address.',
    { faults: ['reset-mid-body'] },
  ],
  [
    'The connection to api.example broke off. What came before is kept: try again. If it goes on, check the network (VPN, proxy, firewall) and the address.',
    { faults: ['reset-at-once'] },
  ],
  [
    'The answer of Prosper AI at api.example for campaign spring broke off before its end. What came before is kept: sync again.',
    { faults: ['truncated-json'] },
  ],
  [
    "api.example does not answer like Prosper AI's API when asked for campaign spring: the answer is empty (204). Check the connection's base URL, and whether a log-in page of this network is in the way.",
    { faults: ['empty-204'] },
  ],
  [
    'The answer of api.example could not be unpacked: it is damaged. What came before is kept: sync again.',
    { faults: ['gzip-broken'] },
  ],
  [
    'The answer of api.example unpacks to more than 300 times its size, which no list of calls does. It was not read to its end. Check the base URL, or ask the vendor.',
    { faults: ['gzip-bomb'] },
  ],
  [
    "api.example sends Earmark on to audio.example. Your key was not sent there. If the vendor's API has moved to it, enter it as the base URL.",
    { faults: ['redirect-away'] },
  ],
  [
    'api.example sends Earmark from address to address without end. Check the base URL.',
    { faults: ['redirect-loop'] },
  ],
  [
    'The answer of api.example begins with more headers than 16 KB and was not read. Check the base URL, or ask the vendor.',
    { faults: ['header-flood'] },
  ],
  [
    'The connection to api.example broke off. What came before is kept: try again. If it goes on, check the network (VPN, proxy, firewall) and the address.',
    { faults: ['chunked-nonsense'] },
  ],
  [
    'api.example does not speak HTTP there. Check the base URL: http:// or https://, and its port.',
    { faults: ['not-http'] },
  ],
  [
    `api.example packs its answer in a way that Earmark can't unpack ("pkzip"). Check the base URL, or ask the vendor to send gzip.`,
    { faults: ['packed-oddly'] },
  ],
  [
    'Prosper AI at api.example refused the key (401). It says: "Invalid credentials: {"accept":"application/json","accept-encoding":"gzip, deflate, br","user-agent":"Earmark","authorization":"[secret]","host":"api.example","connection":"keep-alive"}". Open the connection and enter the key again.',
    { faults: ['echo-refusal'] },
  ],
  [
    'The list of campaign spring from Prosper AI at api.example is incomplete: page 2 holds the same calls as the page before. Nothing was taken for its end; sync again later.',
    { faults: ['page-loop'] },
  ],
  [
    'The list of campaign spring from Prosper AI at api.example is incomplete: page 4 came empty after 30 of 33 calls. Nothing was taken for its end; sync again later.',
    { faults: ['total-too-big'] },
  ],
  [
    'Prosper AI at api.example does not know campaign autumn (404). It says: "Not Found". Check the campaign ID, and that the base URL is right.',
    { change: { campaignIds: ['autumn'] } },
  ],
  [
    '127.0.0.1:9 can not be reached: nothing answers at that port. Check the address and the network (VPN, proxy, firewall).',
    { change: { baseUrl: 'http://127.0.0.1:9' } },
  ],
  [
    '192.0.2.1 was not contacted: this Earmark runs on a stand-in for Electron and connects to this computer (127.0.0.1) only. Install the official Electron to connect to vendors.',
    { change: { baseUrl: 'http://192.0.2.1' } },
  ],
  [
    'The call could not be read in full. Prosper AI at api.example failed (500) when asked for call 10012. It says: "Internal Server Error". The fault is on their side: try again later.',
    {
      faults: [{ name: '500-then-success', on: 'detail', times: 11 }],
      change: { settings: { ...ConnectionSettings.parse({}), concurrency: 1 } },
      of: 'quarantine',
    },
  ],
  [
    'The record is not an object with fields.',
    { faults: [{ name: 'unreadable-records', on: 'list' }], of: 'quarantine' },
  ],
  [
    'Malakai at api.example refused the API key or the access token (401). It says: "code 4010: Unathorized acess". Open the connection and enter the API key or the access token again.',
    { vendor: 'malakai', key: 'something-else' },
  ],
  [
    'Malakai at api.example does not know campaign autumn. It answered with code 4040 and the message "Campain not found". Check the campaign ID, and that the base URL is right.',
    { vendor: 'malakai', change: { campaignIds: ['autumn'] } },
  ],
  [
    'Malakai at api.example failed (500) when asked for campaign spring. It says: "code 5000: Somthing went wrong". The fault is on their side: try again later.',
    { vendor: 'malakai', faults: ['code-5000'] },
  ],
  [
    'Malakai at api.example refused to give campaign spring: it answered with code 3111 and the message "Plan exeeded". Check the campaign ID and both secrets.',
    { vendor: 'malakai', faults: ['code-3111'] },
  ],
  [
    `api.example does not answer like Malakai's API when asked for campaign spring: the answer has no "responseCode". Check the connection's base URL, and whether a log-in page of this network is in the way.`,
    { vendor: 'malakai', faults: ['code-missing'] },
  ],
  [
    'The answer of Malakai at api.example for campaign spring broke off before its end. What came before is kept: sync again.',
    { vendor: 'malakai', faults: ['truncated-json'] },
  ],
  [
    'The record is not an object with fields.',
    { vendor: 'malakai', faults: ['unreadable-records'], of: 'quarantine' },
  ],
  [
    'audio.example was asked for the recording. What came instead of a recording is an HTML page, perhaps a login page. Ask the vendor for access to its recordings, then download it again.',
    { faults: ['recording-html'], of: 'recording' },
  ],
  [
    'audio.example was asked for the recording. What came instead of a recording is empty (0 bytes). Ask the vendor for access to its recordings, then download it again.',
    { faults: ['recording-empty'], of: 'recording' },
  ],
  [
    'The connection to audio.example broke off. What came before is kept: try again. If it goes on, check the network (VPN, proxy, firewall) and the address.',
    { faults: ['recording-cut-short'], of: 'recording' },
  ],
  [
    'The recording could not be had from audio.example (404): it is no longer there. Sync again for a fresh address. Prosper AI still gives the same address: ask Prosper AI for the recording.',
    { faults: ['recording-404'], of: 'recording' },
  ],
  [
    'audio.example wants a log-in for recordings (403). Add it under Settings › Recordings, then try again.',
    { faults: ['recording-expired'], of: 'recording' },
  ],
  [
    'audio.example failed (503) when asked for the recording. Try again later.',
    { faults: ['recording-503'], of: 'recording' },
  ],
  [
    'audio.example sent nothing for 0.3 s. Check the network, or try again later.',
    { faults: ['recording-stalled'], of: 'recording' },
  ],
  [
    'audio.example wants a log-in for recordings (401). Add it under Settings › Recordings, then try again.',
    { logIn: true, of: 'recording' },
  ],
]

describe('people read', () => {
  test('Earmark ended while this sync was going on. What it had read is kept; sync again to go on.', async ({
    task,
  }) => {
    const backend = await testBackend()
    const simulator = await startProsperSimulator({ calls: 1 })
    onTestFinished(async () => {
      await simulator.close()
      backend.close()
    })
    const { id } = await connectTo(backend, 'prosper', simulator)
    beginRun(backend.db, id, 'person', 1)
    openSyncEngine(backend, RULES)
    expect(backend.db.prepare('SELECT problem FROM sync_runs').pluck().get()).toBe(task.name)
  })

  test.each(scenarios)('%s', async (sentence, scenario) => {
    expect(await sentenceOf(scenario)).toBe(sentence)
  })
})
