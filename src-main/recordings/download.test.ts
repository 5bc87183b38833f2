import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EarmarkError } from '@contract'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { RecordingLogIns, setRecordingHost } from '../connections/recording-hosts'
import { persistently } from '../sync/retry'
import { QUICK_RETRY, type TestBackend, testBackend } from '../sync/testing'
import { type Http, openHttp } from '../vendors/http'
import { getRecording } from './archive-rows'
import { type DownloadContext, downloadRecording } from './download'
import { partPath, removeOldParts } from './partial'
import { wavFile } from './testing'
import { addCall } from './testing-calls'
import { startTestHost, type TestHost } from './testing-host'

/** Stereo, so large that it comes in many pieces, and without long zeros. */
const AUDIO = Buffer.from(
  wavFile({
    tag: 1,
    bits: 16,
    channels: 2,
    sampleRate: 8000,
    data: Buffer.from(Array.from({ length: 400_000 }, (_, i) => (i * 7919) % 251 || 1)),
  }),
)
const CALL = 'abcdefghijklmnop'

let backend: TestBackend
let http: Http
let host: TestHost
beforeEach(async () => {
  backend = await testBackend()
  http = openHttp({ loopbackOnly: true })
  host = await startTestHost(AUDIO)
})
afterEach(async () => {
  http.close()
  await host.close()
  backend.close()
})

function call(urls: string[] = [host.url]): void {
  addCall(backend.db, { id: CALL, urls })
}

/** One download; every failure that passes is tried `attempts` times. */
async function download(change: Partial<DownloadContext> = {}, attempts = 1) {
  const { db, paths, emit } = backend
  const signal = change.signal ?? new AbortController().signal
  const row = getRecording(db, CALL)
  if (!row) throw new Error('no call')
  const state = await downloadRecording(
    {
      db,
      paths,
      http,
      emit,
      signal,
      persistently: (attempt) =>
        persistently(attempt, { signal, rules: { ...QUICK_RETRY, attempts }, onWait: () => undefined }),
      logIns: new RecordingLogIns(backend),
      freshen: async () => ({ kind: 'none', advice: 'Sync again.' }),
      makeRoom: async () => undefined,
      reservedBytes: 0,
      ...change,
    },
    row,
  )
  return { state, problem: problem() }
}

const stored = () =>
  backend.db
    .prepare<
      [],
      { file: string | null; bytes: number; sha256: string; problem: string | null; validator: string | null }
    >('SELECT file, bytes, sha256, problem, validator FROM recordings')
    .get()
const problem = () => stored()?.problem ?? null
const stateNow = () => backend.db.prepare('SELECT recording_state FROM calls').pluck().get()
const archived = () => readFileSync(join(backend.paths.recordings, stored()?.file ?? ''))
const part = () => partPath(backend.paths, CALL)
const files = () => readdirSync(join(backend.paths.recordings, 'ab'))

/** Leaves the first `bytes` bytes behind, as a download that broke off does. */
async function breakOff(bytes = 100_000): Promise<void> {
  host.breakAfter = bytes
  expect((await download()).state).toBe('failed')
  host.breakAfter = null
  expect(statSync(part()).size).toBeGreaterThan(0)
  host.requests.length = 0
}

test('what is archived is byte for byte what was served, in stereo, with its length and hash', async () => {
  call()
  expect(await download()).toEqual({ state: 'ready', problem: null })
  expect(archived().equals(AUDIO)).toBe(true)
  expect(stored()).toMatchObject({
    bytes: AUDIO.length,
    sha256: createHash('sha256').update(AUDIO).digest('hex'),
  })
  expect(archived().readUInt16LE(22)).toBe(2)
  expect(files()).toEqual([`${CALL}.wav`])
  expect(backend.events).toContainEqual({ type: 'recordings.changed', callId: CALL, state: 'downloading' })
})

describe('a download that broke off', () => {
  test('goes on where it stopped, and is whole in the end', async () => {
    call()
    await breakOff()
    const { size } = statSync(part())
    expect(await download()).toEqual({ state: 'ready', problem: null })
    expect(host.requests).toMatchObject([{ range: `bytes=${size}-`, status: 206 }])
    expect(host.requests[0]?.ifRange).toMatch(/^"[0-9a-f]{40}"$/)
    expect(archived().equals(AUDIO)).toBe(true)
    expect(stored()).toMatchObject({
      sha256: createHash('sha256').update(AUDIO).digest('hex'),
      validator: null,
    })
    expect(files()).toEqual([`${CALL}.wav`])
  })

  test('goes on within one attempt after another, as often as it breaks', async () => {
    call()
    host.breakAfter = 90_000
    expect(await download({}, 20)).toEqual({ state: 'ready', problem: null })
    expect(archived().equals(AUDIO)).toBe(true)
    expect(host.requests.length).toBeGreaterThan(3)
    expect(host.requests.filter(({ range }) => range === undefined)).toHaveLength(1)
  })

  test('goes on after it was cancelled: it waits again, and what came stays', async () => {
    call()
    const stop = new AbortController()
    host.handle = (_, response) => {
      response.writeHead(200, {
        'content-length': AUDIO.length,
        etag: `"${createHash('sha1').update(AUDIO).digest('hex')}"`,
      })
      response.write(AUDIO.subarray(0, 150_000))
      return true
    }
    const slow: Pick<Http, 'download'> = {
      download: (options) =>
        http.download({
          ...options,
          onProgress: (bytes) => {
            if (bytes === 150_000) stop.abort()
          },
        }),
    }
    await expect(download({ signal: stop.signal, http: slow })).rejects.toMatchObject({ code: 'cancelled' })
    expect(stateNow()).toBe('waiting')
    expect(statSync(part()).size).toBe(150_000)
    host.handle = () => false
    host.requests.length = 0
    expect((await download()).state).toBe('ready')
    expect(host.requests).toMatchObject([{ range: 'bytes=150000-', status: 206 }])
    expect(archived().equals(AUDIO)).toBe(true)
  })

  test('does not trust zeros at the end, which a power cut leaves', async () => {
    call()
    await breakOff()
    const before = statSync(part()).size
    writeFileSync(part(), Buffer.concat([readFileSync(part()), Buffer.alloc(70_000)]))
    expect((await download()).state).toBe('ready')
    expect(host.requests).toMatchObject([{ range: `bytes=${before}-` }])
    expect(archived().equals(AUDIO)).toBe(true)
  })

  test('begins again where the recording has changed meanwhile', async () => {
    call()
    await breakOff()
    host.bytes = Buffer.from(AUDIO)
    host.bytes[5000] = 77
    expect((await download()).state).toBe('ready')
    expect(host.requests).toMatchObject([{ status: 200 }])
    expect(archived().equals(host.bytes)).toBe(true)
  })

  test('begins again where the host understands no ranges', async () => {
    call()
    await breakOff()
    host.hasRanges = false
    expect((await download()).state).toBe('ready')
    expect(archived().equals(AUDIO)).toBe(true)
  })

  test('begins again where the host says that there is nothing more (416)', async () => {
    call()
    await breakOff()
    host.handle = (request, response) => {
      if (request.headers.range === undefined) return false
      response.writeHead(416, { 'content-range': 'bytes */5' }).end()
      return true
    }
    expect((await download()).state).toBe('ready')
    expect(host.requests.map(({ status }) => status)).toEqual([416, 200])
    expect(archived().equals(AUDIO)).toBe(true)
  })

  test.each([
    ['of another place', (at: number) => `bytes ${at + 1}-${AUDIO.length - 1}/${AUDIO.length}`],
    ['of a file of another length', (at: number) => `bytes ${at}-${AUDIO.length}/${AUDIO.length + 1}`],
    ['that can not be read', () => 'bytes all'],
  ])('refuses a part %s, and begins again', async (_, contentRange) => {
    call()
    await breakOff()
    host.handle = (request, response) => {
      const at = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN)
      if (Number.isNaN(at)) return false
      response.writeHead(206, { 'content-range': contentRange(at) }).end(AUDIO.subarray(at))
      return true
    }
    expect((await download()).state).toBe('ready')
    expect(host.requests.map(({ status }) => status)).toEqual([206, 200])
    expect(archived().equals(AUDIO)).toBe(true)
  })

  test('begins again where the host gave nothing to know the recording by', async () => {
    call()
    host.hasEtag = false
    host.breakAfter = 100_000
    await download()
    expect(existsSync(part())).toBe(false)
    host.breakAfter = null
    host.requests.length = 0
    expect((await download()).state).toBe('ready')
    expect(host.requests).toMatchObject([{ range: undefined, status: 200 }])
  })

  test('goes on under a fresh signature of the same address, and begins again at another address', async () => {
    call([`${host.url}?X-Amz-Signature=1`])
    await breakOff()
    backend.db
      .prepare('UPDATE recordings SET urls = ?')
      .run(JSON.stringify([`${host.url}?X-Amz-Signature=2`]))
    host.breakAfter = 1000
    await download()
    expect(host.requests).toMatchObject([{ status: 206 }])
    host.breakAfter = null
    host.requests.length = 0
    backend.db.prepare('UPDATE recordings SET urls = ?').run(JSON.stringify([`${host.url}2`]))
    expect((await download()).state).toBe('ready')
    expect(host.requests).toMatchObject([{ range: undefined }])
  })

  test('that had all its bytes when its process died only takes its name', async () => {
    call()
    await breakOff()
    writeFileSync(part(), AUDIO)
    expect((await download()).state).toBe('ready')
    expect(host.requests).toEqual([])
    expect(archived().equals(AUDIO)).toBe(true)
  })
})

describe('what is no recording', () => {
  test('a log-in page with status 200 is told by its bytes, and nothing is left', async () => {
    call()
    host.handle = (_, response) => {
      response
        .writeHead(200, { 'content-type': 'audio/mpeg', etag: '"1"' })
        .end('<!doctype html><title>Log in</title>')
      return true
    }
    const { state, problem } = await download()
    expect(state).toBe('failed')
    expect(problem).toMatch(/HTML page.*Ask the vendor/)
    expect(files()).toEqual([])
  })

  test('audio that ends before it says itself is told as cut short, where the host gave no length', async () => {
    call()
    host.handle = (_, response) => {
      response.useChunkedEncodingByDefault = false
      response.writeHead(200, { connection: 'close' })
      response.end(AUDIO.subarray(0, 5000))
      return true
    }
    const { state, problem } = await download()
    expect(state).toBe('failed')
    expect(problem).toMatch(/cut short.*5000 of \d+ bytes came\. Try again\./)
    expect(files()).toEqual([])
  })
})

describe('a disk without room', () => {
  test('stops with a sentence, leaves nothing behind, and goes on when there is room', async () => {
    call()
    await expect(download({ reservedBytes: Number.MAX_SAFE_INTEGER })).rejects.toMatchObject({
      code: 'disk_full',
      message: expect.stringMatching(/^The disk is nearly full.*Free some space there, then sync again\.$/),
    })
    expect(stateNow()).toBe('waiting')
    expect(files()).toEqual([])
    expect((await download()).state).toBe('ready')
  })
})

describe('log-ins of recording hosts', () => {
  const basic = `Basic ${Buffer.from('AC1:s3cret').toString('base64')}`

  test('a host that wants one is named, with what to do', async () => {
    call()
    host.authorization = basic
    const { state, problem } = await download()
    expect(state).toBe('failed')
    expect(problem).toBe(
      `${host.host} wants a log-in for recordings (401). Add it under Settings › Recordings, then try again.`,
    )
    expect(backend.db.prepare('SELECT log_in_host FROM recordings').pluck().get()).toBe(host.host)
    const draft = { host: host.host, scheme: 'basic', username: 'AC1', secret: 's3cret' } as const
    expect(await setRecordingHost(backend, draft, 1)).toEqual({ host: host.host, requeued: 1 })
    expect(stateNow()).toBe('waiting')
    expect(await download()).toEqual({ state: 'ready', problem: null })
    expect(host.requests.at(-1)?.authorization).toBe(basic)
  })

  test('one that is refused says so, with the host and with the recording', async () => {
    call()
    host.authorization = basic
    await setRecordingHost(backend, { host: host.host, scheme: 'basic', username: 'AC1', secret: 'old' }, 1)
    const { problem } = await download()
    expect(problem).toMatch(
      /refused the log-in for recordings \(401\)\. Change it under Settings › Recordings/,
    )
    expect(backend.db.prepare('SELECT problem FROM recording_hosts').pluck().get()).toBe(problem)
    expect(problem).not.toContain('old')
  })

  test('goes to its own host and port alone, redirects included', async () => {
    const other = await startTestHost(AUDIO)
    onTestFinished(() => other.close())
    call()
    await setRecordingHost(backend, { host: host.host, scheme: 'bearer', username: '', secret: 'T0ken' }, 1)
    host.handle = (_, response) => {
      response.writeHead(302, { location: other.url }).end()
      return true
    }
    expect((await download()).state).toBe('ready')
    expect(host.requests.map(({ authorization }) => authorization)).toEqual(['Bearer T0ken'])
    expect(other.requests.map(({ authorization }) => authorization)).toEqual([undefined])
  })

  test('an address that was signed and has expired is no missing log-in', async () => {
    call([`${host.url}?X-Amz-Signature=1`])
    host.handle = (_, response) => {
      response.writeHead(403).end()
      return true
    }
    const { problem } = await download()
    expect(problem).toMatch(/its address has expired/)
    expect(backend.db.prepare('SELECT log_in_host FROM recordings').pluck().get()).toBeNull()
  })
})

test('a fresh address is asked for once where the old one has expired', async () => {
  call([`${host.url}/old?token=1`])
  host.handle = (request, response) => {
    if (!request.url?.includes('old')) return false
    response.writeHead(410).end()
    return true
  }
  let asked = 0
  const freshen: DownloadContext['freshen'] = async (recording) => {
    asked += 1
    return { kind: 'fresh', recording: { ...recording, urls: [host.url] } }
  }
  expect(await download({ freshen })).toEqual({ state: 'ready', problem: null })
  expect(asked).toBe(1)
})

test('unfinished files of calls that are gone, and those that are old, are taken away', async () => {
  call()
  await breakOff()
  const gone = join(backend.paths.recordings, 'ab', 'abaaaaaaaaaaaaaa.part')
  writeFileSync(gone, 'x')
  const isKnown = (id: string) => id === CALL
  const signal = new AbortController().signal
  expect(await removeOldParts(backend.paths, isKnown, { nowMs: Date.now(), signal })).toBe(1)
  expect(existsSync(gone)).toBe(false)
  expect(existsSync(part())).toBe(true)
  utimesSync(part(), 1, 1)
  expect(await removeOldParts(backend.paths, isKnown, { nowMs: Date.now(), signal })).toBe(1)
  expect(existsSync(part())).toBe(false)
})

test('a vendor error that does not pass is noted, not thrown', async () => {
  call()
  host.handle = (_, response) => {
    response.writeHead(503).end()
    return true
  }
  const outcome = await download({}, 2).catch((error: unknown) => error)
  expect(outcome).not.toBeInstanceOf(EarmarkError)
  expect(outcome).toMatchObject({ state: 'failed' })
  expect(host.requests).toHaveLength(2)
})
