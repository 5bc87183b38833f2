import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test as base, expect } from '@playwright/test'
import Papa from 'papaparse'
import { z } from 'zod'
import { filesWith } from './files-with'
import { startOwnKeychain } from './keychain'
import { recordingsFrom, startMalakaiSimulator, startProsperSimulator } from './vendors'

/** The built command line as a process of its own: what scripts and schedules see. */

const ROOT = resolve(import.meta.dirname, '..')
const CLI = join(ROOT, 'out', 'main', 'cli.js')
const SAMPLE = join(ROOT, 'resources', 'sample')
const SAMPLE_FILES = readdirSync(SAMPLE)
  .filter((name) => /\.jsonl?$/.test(name))
  .map((name) => join(SAMPLE, name))

/** What a line of JSON says, as far as it is looked at. */
const Rows = z.array(z.record(z.string(), z.unknown()))
const Checks = z.array(z.object({ name: z.string(), ok: z.boolean(), whatToDo: z.string().nullable() }))

interface Ran {
  code: number | null
  stdout: string
  stderr: string
  /** The lines of stdout as JSON; raises when one of them is none. */
  json: () => Record<string, unknown>[]
}

interface RunOptions {
  stdin?: string
  env?: Record<string, string>
}

interface Fixtures {
  folder: string
  /** Runs a command in the test's workspace to its end. */
  earmark: (args: readonly string[], options?: RunOptions) => Promise<Ran>
  /** Starts a command and leaves it running. */
  start: (args: readonly string[], options?: RunOptions) => ChildProcess
}

const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright wants the destructuring
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'earmark-cli-'))
    await use(folder)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  },
  start: async ({ folder }, use) => {
    const children: ChildProcess[] = []
    await use((args, { stdin, env = {} } = {}) => {
      const child = spawn(process.execPath, [CLI, ...args], {
        // Nothing of the machine it runs on: no keychain, no home, no workspace of its user.
        env: {
          PATH: process.env.PATH ?? '',
          HOME: folder,
          XDG_DATA_HOME: join(folder, 'data'),
          EARMARK_WORKSPACE: join(folder, 'workspace'),
          ...env,
        },
        cwd: folder,
        stdio: 'pipe',
      })
      children.push(child)
      child.stdin.end(stdin ?? '')
      return child
    })
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  },
  earmark: async ({ start }, use) => {
    await use(async (args, options) => {
      const child = start(args, options)
      let stdout = ''
      let stderr = ''
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        stdout += text
      })
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        stderr += text
      })
      const [code] = await once(child, 'close')
      return { code, stdout, stderr, json: () => jsonLines(stdout) }
    })
  },
})

function jsonLines(text: string): Record<string, unknown>[] {
  if (text === '') return []
  expect(text.endsWith('\n')).toBe(true)
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line))
}

const importSample = async (earmark: Fixtures['earmark']): Promise<void> => {
  expect((await earmark(['import', ...SAMPLE_FILES])).code).toBe(0)
}

/** A CSV as a strict reader sees it; raises for what is not well-formed. */
function readCsv(file: string): Record<string, string>[] {
  const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
  const { data, errors } = Papa.parse<Record<string, string>>(text.replace(/\r\n$/, ''), {
    header: true,
    newline: '\r\n',
  })
  expect(errors).toEqual([])
  return data
}

const ANNOTATION_HEADER =
  'schema_version,annotation_id,parent_id,vendor,connection,campaign_id,call_id,call_started_at,turn_index,' +
  'turn_speaker,turn_text,quote,quote_start,quote_end,start_s,end_s,timing_source,label,severity,comment,reviewer,' +
  'created_at,updated_at,status'
const CALL_HEADER =
  'schema_version,vendor,connection,campaign_id,call_id,started_at,duration_s,status,sentiment,goal_achieved,from,to,' +
  'summary,vendor_score,turn_count,recording_state,annotation_count,labels,reviewed_by,reviewed_at'

test.describe('how it is called', () => {
  test('--help exits 0 and names every command, the exit codes and the environment', async ({ earmark }) => {
    const { code, stdout, stderr } = await earmark(['--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const command of ['connect', 'sync', 'import', 'search', 'show', 'annotate', 'export', 'doctor'])
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
    for (const word of ['--workspace', '--json', 'EARMARK_API_KEY', 'EARMARK_ACCESS_TOKEN', 'quarantined'])
      expect(stdout).toContain(word)
  })

  test('every command tells its options with --help', async ({ earmark }) => {
    const expected: Record<string, string[]> = {
      connect: ['--name', '--url', '--campaign', '--dialect', '--rate', '--concurrency', '--test'],
      sync: ['--recordings', '--secrets-from-env'],
      import: ['files'],
      search: ['--limit', '--sort', 'after --'],
      show: ['call'],
      annotate: ['--label', '--turn', '--start', '--end', '--severity', '--comment', '--reviewer'],
      export: ['--out', '--query', '--bom', '--raw'],
      doctor: [],
    }
    for (const [command, words] of Object.entries(expected)) {
      const { code, stdout } = await earmark([command, '--help'])
      expect(code, command).toBe(0)
      for (const word of [...words, '--workspace', '--json']) expect(stdout, command).toContain(word)
    }
  })

  test('what is given wrongly is said on stderr and is exit code 2, with --json too', async ({ earmark }) => {
    // A process for each.
    test.slow()
    await importSample(earmark)
    const wrong: [string[], RegExp][] = [
      [['nosuch'], /nosuch/],
      [[], /Usage/],
      [['search'], /query/],
      [['search', 'x', '--nosuch'], /--nosuch/],
      [['search', 'a', 'b'], /argument/],
      [['search', 'x', '--limit', '-1'], /--limit/],
      [['search', 'x', '--sort', 'best'], /--sort/],
      [['search', 'x', '--workspace', ''], /--workspace/],
      [['connect', 'other', '--name', 'A', '--url', 'http://127.0.0.1:1'], /prosper or malakai/],
      [['connect', 'prosper', '--name', 'A', '--url', 'not-an-address'], /address/],
      [['connect', 'prosper', '--name', 'A', '--url', 'http://127.0.0.1:1'], /[Ss]tandard input/],
      [['sync', '--recordings', 'some'], /--recordings/],
      [['annotate', '12345', '--reviewer', 'R'], /--label/],
      [['annotate', '12345', '--label', 'L'], /--reviewer/],
      [['annotate', '12345', '--label', ' ', '--reviewer', 'R'], /--label/],
      [['annotate', '12345', '--label', 'L', '--reviewer', ''], /--reviewer/],
      [
        ['annotate', '12345', '--label', 'L', '--reviewer', 'R', '--severity', 'bad'],
        /minor, major or critical/,
      ],
      [['annotate', '12345', '--label', 'L', '--reviewer', 'R', '--turn', '99'], /its turns are 0 to 1/],
      [['annotate', '12345', '--label', 'L', '--reviewer', 'R', '--turn', 'x'], /--turn/],
      [['annotate', '12345', '--label', 'L', '--reviewer', 'R', '--start', '1'], /go together/],
      [['annotate', '12345', '--label', 'L', '--reviewer', 'R', '--start', '2', '--end', '2'], /after/],
      [
        ['annotate', '12345', '--label', 'L', '--reviewer', 'R', '--start', '1', '--end', '2', '--turn', '0'],
        /either/,
      ],
      [['annotate', '12345', '--label', 'L', '--reviewer', 'R', '--start', '1', '--end', '9999999'], /--end/],
      [['export', 'nothing', '--out', 'x.csv'], /annotations or calls/],
      [['export', 'calls'], /--out/],
    ]
    for (const [args, words] of wrong) {
      const { code, stderr, json } = await earmark([...args, '--json'])
      expect({ args, code }).toEqual({ args, code: 2 })
      expect(stderr, args.join(' ')).toMatch(words)
      for (const line of json()) expect(line).toMatchObject({ type: 'error', code: 'invalid_input' })
    }
    const { stdout } = await earmark(['export', 'annotations', '--out', 'all.csv'])
    expect(stdout).toMatch(/^0 rows/)
  })

  test('a workspace that can not be used is a sentence and exit code 1, and "doctor" still looks at it', async ({
    earmark,
    folder,
  }) => {
    mkdirSync(join(folder, 'workspace'))
    writeFileSync(join(folder, 'workspace', 'reviews.db'), 'no database at all '.repeat(100))
    const { code, stderr, stdout } = await earmark(['search', 'x'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^earmark: reviews\.db is damaged .*backups/)
    const doctor = await earmark(['doctor', '--json'])
    expect(doctor.code).toBe(1)
    const [line] = doctor.json()
    const checks = Checks.parse(line?.checks)
    expect(checks.find((one) => one.name === 'reviews.db')).toMatchObject({
      ok: false,
      whatToDo: expect.stringContaining('backups'),
    })
    expect(checks.find((one) => one.name === 'Node')).toMatchObject({ ok: true })
  })
})

test.describe('import', () => {
  test('reads the sample, tells how many, and finds nothing new the second time', async ({ earmark }) => {
    const first = await earmark(['import', ...SAMPLE_FILES, '--json'])
    expect(first.code).toBe(0)
    const done = first.json().at(-1)
    expect(done).toMatchObject({ type: 'done', files: SAMPLE_FILES.length, quarantined: 0 })
    const added = Number(done?.added)
    expect(added).toBeGreaterThanOrEqual(24)
    expect(Number(done?.recordings)).toBeGreaterThanOrEqual(20)
    expect(first.json().every((line) => line.type === 'import.progress' || line.type === 'done')).toBe(true)

    const second = await earmark(['import', ...SAMPLE_FILES, '--json'])
    expect(second.json().at(-1)).toMatchObject({ added: 0, updated: 0, recordings: 0, quarantined: 0 })
    expect(Number(second.json().at(-1)?.unchanged)).toBeGreaterThanOrEqual(added)
    const [found] = (await earmark(['search', '', '--json'])).json()
    expect(found?.total).toBe(added)
  })

  test('of what is no vendor data fails, names the file, and leaves nothing', async ({ earmark, folder }) => {
    writeFileSync(join(folder, 'recipe.json'), '{"flour": "500 g"}')
    for (const name of ['recipe.json', 'missing.json']) {
      const { code, stderr, json } = await earmark(['import', name, '--json'])
      expect(code).toBe(1)
      expect(stderr).toContain(name)
      expect(json().at(-1)).toMatchObject({ type: 'error' })
    }
    expect((await earmark(['search', '', '--json'])).json()[0]).toMatchObject({ total: 0, calls: [] })
  })

  test('with a record that can not be read keeps the others and exits 3', async ({ earmark, folder }) => {
    const good = { call_log_id: 1, status: 'completed', duration: 5, transcript: [] }
    writeFileSync(join(folder, 'lines.jsonl'), `${JSON.stringify(good)}\n{"broken": \n`)
    const { code, json } = await earmark(['import', 'lines.jsonl', '--json'])
    expect(code).toBe(3)
    expect(json().at(-1)).toMatchObject({ type: 'done', added: 1, quarantined: 1 })
  })
})

test.describe('search and show', () => {
  test('search answers one line of exactly the published shape', async ({ earmark }) => {
    await importSample(earmark)
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
  }) => {
    await importSample(earmark)
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

  test('a query that begins with "-" comes after --', async ({ earmark }) => {
    await importSample(earmark)
    const total = async (...args: string[]) =>
      Number((await earmark(['search', '--json', ...args])).json()[0]?.total)
    expect(await total('--', '-assistant')).toBe((await total('')) - (await total('assistant')))
    expect((await earmark(['search', '-assistant'])).code).toBe(2)
  })

  test("show prints a call with its turns, by Earmark's id and by the vendor's", async ({ earmark }) => {
    await importSample(earmark)
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

test.describe('annotate and export', () => {
  test('an annotation on the call, a turn and a time leave as CSV as they were written', async ({
    earmark,
    folder,
  }) => {
    await importSample(earmark)
    const write = async (...args: string[]) => {
      const { code, json } = await earmark(['annotate', '12345', ...args, '--json'])
      expect(code).toBe(0)
      const [line] = json()
      expect(line).toMatchObject({ type: 'annotated', status: 'anchored' })
      return line
    }
    const onCall = await write('--label', 'Tone', '--reviewer', 'Ada', '--comment', '=1+1, "so" they say')
    const onTurn = await write(
      '--label',
      'Missed intent',
      '--reviewer',
      'Ada',
      '--turn',
      '1',
      '--severity',
      'major',
    )
    const onTime = await write('--label', 'Tone', '--reviewer', 'Béla 🎧', '--start', '1.5', '--end', '2.25')

    const { code, json } = await earmark(['export', 'annotations', '--out', 'all.csv', '--json'])
    expect(code).toBe(0)
    expect(json().at(-1)).toEqual({ type: 'done', path: join(folder, 'all.csv'), rows: 3 })
    const text = readFileSync(join(folder, 'all.csv'), 'utf8')
    expect(text.split('\r\n')[0]).toBe(ANNOTATION_HEADER)
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    const rows = readCsv(join(folder, 'all.csv'))
    const byId = new Map(rows.map((row) => [row.annotation_id, row]))
    expect(byId.get(String(onCall?.id))).toMatchObject({
      schema_version: '1',
      vendor: 'prosper',
      campaign_id: 'abc123',
      call_id: '12345',
      call_started_at: '2024-01-15T10:30:00.000Z',
      turn_index: '',
      turn_text: '',
      quote: '',
      start_s: '',
      label: 'Tone',
      severity: '',
      comment: '\'=1+1, "so" they say',
      reviewer: 'Ada',
      created_at: onCall?.createdAt,
      status: 'anchored',
    })
    expect(byId.get(String(onTurn?.id))).toMatchObject({
      turn_index: '1',
      turn_speaker: 'caller',
      turn_text: "Hi, I'm interested in...",
      start_s: '3.5',
      end_s: '180',
      timing_source: 'vendor',
      label: 'Missed intent',
      severity: 'major',
    })
    expect(byId.get(String(onTime?.id))).toMatchObject({
      start_s: '1.5',
      end_s: '2.25',
      timing_source: 'manual',
      reviewer: 'Béla 🎧',
    })
  })

  test('the calls leave as CSV with their annotations and reviews counted', async ({ earmark, folder }) => {
    await importSample(earmark)
    for (const label of ['Tone', 'Missed intent', 'Tone'])
      await earmark(['annotate', '12345', '--label', label, '--reviewer', 'Ada'])
    expect((await earmark(['export', 'calls', '--out', 'calls.csv'])).code).toBe(0)
    expect(readFileSync(join(folder, 'calls.csv'), 'utf8').split('\r\n')[0]).toBe(CALL_HEADER)
    const rows = readCsv(join(folder, 'calls.csv'))
    const [found] = (await earmark(['search', '', '--json'])).json()
    expect(rows).toHaveLength(Number(found?.total))
    expect(rows.find((row) => row.call_id === '12345')).toMatchObject({
      started_at: '2024-01-15T10:30:00.000Z',
      duration_s: '180',
      turn_count: '2',
      recording_state: 'ready',
      annotation_count: '3',
      labels: 'Missed intent; Tone',
      reviewed_by: '',
    })
    // Malakai gives no dates: when a call was first seen is not when it was made.
    expect(rows.filter((row) => row.vendor === 'malakai').every((row) => row.started_at === '')).toBe(true)
  })

  test('--query, --bom and --raw do what they say', async ({ earmark, folder }) => {
    await importSample(earmark)
    await earmark(['annotate', '12345', '--label', '=cmd', '--reviewer', 'Ada'])
    await earmark(['annotate', '31001', '--label', 'Tone', '--reviewer', 'Ada'])
    const out = join(folder, 'a.csv')
    await earmark(['export', 'annotations', '--out', out, '--query', 'campaign:abc123', '--raw', '--bom'])
    expect([...readFileSync(out).subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    expect(readCsv(out).map((row) => row.label)).toEqual(['=cmd'])
    await earmark(['export', 'annotations', '--out', out])
    expect(readFileSync(out, 'utf8').startsWith('schema_version,')).toBe(true)
    expect(
      readCsv(out)
        .map((row) => row.label)
        .sort(),
    ).toEqual(["'=cmd", 'Tone'])
    await earmark(['export', 'calls', '--out', out, '--query', 'campaign:abc123'])
    expect(readCsv(out).map((row) => row.call_id)).toEqual(['12345'])
  })

  test('a place that can not be written is named, and nothing is left beside it', async ({
    earmark,
    folder,
  }) => {
    mkdirSync(join(folder, 'out'))
    for (const out of ['out', 'nowhere/a.csv']) {
      const { code, stderr } = await earmark(['export', 'calls', '--out', out])
      expect(code).toBe(1)
      expect(stderr).toContain(join(folder, out))
    }
    expect(readdirSync(join(folder, 'out'))).toEqual([])
    expect(existsSync(join(folder, 'nowhere'))).toBe(false)
  })
})

test.describe('connect and sync', () => {
  /** The sample's own, so that what is downloaded is real audio. */
  const recordings = recordingsFrom(join(SAMPLE, 'recordings'))
  const DONE_KEYS = [
    'type',
    'connection',
    'listed',
    'added',
    'updated',
    'unchanged',
    'quarantined',
    'recordings',
  ]

  test('both vendors are connected and synced with secrets from the environment, which are kept nowhere', async ({
    earmark,
    folder,
  }) => {
    const prosper = await startProsperSimulator({ calls: 30, recordings })
    const malakai = await startMalakaiSimulator({ calls: 12, recordings })
    try {
      const vendors = [
        { vendor: 'prosper', name: 'Renewals', simulator: prosper, calls: 30, token: '' },
        { vendor: 'malakai', name: 'Front desk', simulator: malakai, calls: 12, token: malakai.accessToken },
      ]
      for (const { vendor, name, simulator, calls, token } of vendors) {
        const env = { EARMARK_API_KEY: simulator.apiKey, EARMARK_ACCESS_TOKEN: token }
        const campaigns = simulator.campaigns.flatMap((id) => ['--campaign', id])
        const connected = await earmark(
          [
            'connect',
            vendor,
            '--name',
            name,
            '--url',
            simulator.url,
            ...campaigns,
            '--secrets-from-env',
            '--json',
          ],
          { env },
        )
        expect(connected).toMatchObject({ code: 0, stderr: '' })
        expect(connected.json()).toMatchObject([{ type: 'connected', connection: name }])
        // Without --test, nothing is asked of the vendor.
        expect(simulator.requestCount).toBe(0)

        const without = await earmark(['sync', name], { env })
        expect(without.code).toBe(1)
        expect(without.stderr).toContain('--secrets-from-env')
        const first = await earmark(['sync', name, '--secrets-from-env', '--json'], { env })
        expect(first).toMatchObject({ code: 0, stderr: '' })
        const lines = first.json()
        const done = lines.at(-1)
        expect(lines.slice(0, -1).length).toBeGreaterThan(0)
        for (const line of lines.slice(0, -1))
          expect(line).toMatchObject({ type: 'progress', connectionName: name })
        expect(Object.keys(done ?? {}).slice(0, DONE_KEYS.length)).toEqual(DONE_KEYS)
        const withAudio = simulator.calls.filter((call) => call.hasRecording).length
        expect(done).toMatchObject({
          type: 'done',
          connection: name,
          added: calls,
          quarantined: 0,
          recordings: { downloaded: withAudio, failed: 0 },
        })

        const second = await earmark(['sync', name, '--secrets-from-env', '--json'], { env })
        expect(second.json().at(-1)).toMatchObject({
          added: 0,
          updated: 0,
          recordings: { downloaded: 0, failed: 0 },
        })
        const [audible] = (await earmark(['search', `connection:"${name}" has:recording`, '--json'])).json()
        expect(audible?.total).toBe(withAudio)
      }
      const secrets = [prosper.apiKey, malakai.apiKey, malakai.accessToken]
      expect(filesWith(folder, secrets)).toEqual([])
    } finally {
      await Promise.all([prosper.close(), malakai.close()])
    }
  })

  test('secrets from standard input go to the keychain, and a locked one is said', async ({
    earmark,
    folder,
  }) => {
    const simulator = await startProsperSimulator({ calls: 4, recordings: null })
    const keychain = await startOwnKeychain()
    try {
      const { env } = keychain
      const connect = [
        'connect',
        'prosper',
        '--name',
        'A',
        '--url',
        simulator.url,
        '--campaign',
        'campaign-1',
      ]
      const stdin = JSON.stringify({ apiKey: simulator.apiKey })
      const connected = await earmark([...connect, '--test', '--json'], { env, stdin })
      expect(connected).toMatchObject({ code: 0, stderr: '' })
      expect(connected.json()).toMatchObject([{ type: 'connected', test: { ok: true } }])
      const synced = await earmark(['sync', 'A', '--json'], { env })
      expect(synced.json().at(-1)).toMatchObject({ type: 'done', added: 4 })
      expect(filesWith(join(folder, 'workspace'), [simulator.apiKey])).toEqual([])
      const again = await earmark([...connect, '--json'], { env, stdin })
      expect(again.code).toBe(1)
      expect(again.json()).toMatchObject([{ type: 'error', code: 'conflict' }])

      keychain.lock()
      const locked = await earmark(['sync', 'A', '--json'], { env })
      expect(locked.code).toBe(1)
      expect(locked.stderr).toMatch(/keychain/)
      const refused = await earmark(['connect', 'prosper', '--name', 'B', '--url', simulator.url, '--json'], {
        env,
        stdin,
      })
      expect(refused.code).not.toBe(0)
      expect((await earmark(['sync', 'B'], { env })).stderr).toContain('There are: "A"')
    } finally {
      keychain.stop()
      await simulator.close()
    }
  })

  test('a wrong key is exit code 1 and a sentence that says so, with --test and in a sync', async ({
    earmark,
  }) => {
    const simulator = await startProsperSimulator({ calls: 3, recordings: null })
    try {
      const env = { EARMARK_API_KEY: 'wrong-key-1' }
      const connect = [
        'connect',
        'prosper',
        '--name',
        'A',
        '--url',
        simulator.url,
        '--campaign',
        'campaign-1',
      ]
      const tested = await earmark([...connect, '--secrets-from-env', '--test', '--json'], { env })
      expect(tested.code).toBe(1)
      expect(tested.json()).toMatchObject([{ type: 'tested', test: { ok: false, code: 'wrong_key' } }])
      // Nothing was kept: the name is free.
      expect((await earmark([...connect, '--secrets-from-env'], { env })).code).toBe(0)
      const synced = await earmark(['sync', 'a', '--secrets-from-env'], { env })
      expect(synced.code).toBe(1)
      expect(synced.stderr).toMatch(/^earmark: A: .*key/m)
      expect(synced.stdout + synced.stderr).not.toContain('wrong-key-1')
      const right = await earmark(['sync', 'A', '--secrets-from-env'], {
        env: { EARMARK_API_KEY: simulator.apiKey },
      })
      expect(right.code).toBe(0)
    } finally {
      await simulator.close()
    }
  })

  test('a record that can not be read is set aside: exit code 3', async ({ earmark }) => {
    const simulator = await startProsperSimulator({ calls: 5, recordings: null })
    try {
      const env = { EARMARK_API_KEY: simulator.apiKey }
      await earmark(
        [
          'connect',
          'prosper',
          '--name',
          'A',
          '--url',
          simulator.url,
          '--campaign',
          'campaign-1',
          '--secrets-from-env',
        ],
        { env },
      )
      simulator.updateCall(simulator.calls[0]?.id ?? 0, { call_log_id: null })
      const { code, json } = await earmark(['sync', 'A', '--secrets-from-env', '--json'], { env })
      expect(json().at(-1)).toMatchObject({ type: 'done', added: 4, quarantined: 1 })
      expect(code).toBe(3)
    } finally {
      await simulator.close()
    }
  })

  test('the second of two syncs of one connection is told who is at it', async ({ earmark, start }) => {
    const simulator = await startProsperSimulator({ calls: 40, recordings: null })
    try {
      const env = { EARMARK_API_KEY: simulator.apiKey }
      await earmark(
        [
          'connect',
          'prosper',
          '--name',
          'A',
          '--url',
          simulator.url,
          '--campaign',
          'campaign-1',
          '--secrets-from-env',
        ],
        { env },
      )
      // The first one hangs in its first request.
      simulator.setFaults([{ name: 'stalled-body' }])
      const first = start(['sync', 'A', '--secrets-from-env', '--json'], { env })
      await once(first.stdout ?? first, 'data')
      const second = await earmark(['sync', 'A', '--secrets-from-env', '--json'], { env })
      expect(second.code).toBe(1)
      expect(second.stderr).toContain(`process ${first.pid} `)
      expect(second.json()).toMatchObject([{ type: 'error', code: 'busy' }])

      first.kill('SIGKILL')
      await once(first, 'exit')
      simulator.setFaults([])
      const third = await earmark(['sync', 'A', '--secrets-from-env', '--json'], { env })
      expect(third.json().at(-1)).toMatchObject({ type: 'done', added: 40 })
    } finally {
      await simulator.close()
    }
  })

  test('without a connection, or with an unknown one, it says what there is', async ({ earmark }) => {
    const none = await earmark(['sync'])
    expect(none.code).toBe(1)
    expect(none.stderr).toContain('earmark connect')
    const unknown = await earmark(['sync', 'Nope'])
    expect(unknown.code).toBe(1)
    expect(unknown.stderr).toContain('"Nope"')
  })
})
