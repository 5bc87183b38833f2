import { afterEach, beforeEach, expect, test } from 'vitest'
import { addCall } from '../recordings/testing-calls'
import { type TestBackend, testBackend } from '../sync/testing'
import {
  hostOf,
  listRecordingHosts,
  RecordingLogIns,
  removeRecordingHost,
  setRecordingHost,
} from './recording-hosts'

let backend: TestBackend
let logIns: RecordingLogIns
beforeEach(async () => {
  backend = await testBackend()
  logIns = new RecordingLogIns(backend)
})
afterEach(() => backend.close())

const set = (change: Partial<Parameters<typeof setRecordingHost>[1]> = {}, nowMs = 1) =>
  setRecordingHost(
    backend,
    { host: 'media.example', scheme: 'basic', username: 'AC1', secret: 'pä:ss', ...change },
    nowMs,
  )
const forUrl = (url: string) => logIns.authorizationFor(new URL(url))
const BASIC = `Basic ${Buffer.from('AC1:pä:ss').toString('base64')}`

test.each([
  ['https://media.example/a?b=1', true],
  ['https://media.example:443/a', true],
  ['http://media.example/a', false],
  ['https://media.example:8443/a', false],
  ['https://media.example.evil.example/a', false],
  ['https://evil.example/media.example', false],
  ['https://media.example@evil.example/', false],
  ['https://sub.media.example/a', false],
  ['https://mediaXexample/a', false],
])('the log-in of media.example goes to %s: %s', async (url, isSent) => {
  await set()
  expect(await forUrl(url)).toBe(isSent ? BASIC : null)
})

test('a host of this computer gets its log-in without https, at its port alone', async () => {
  await set({ host: '127.0.0.1:4010', scheme: 'bearer', secret: 'T0ken' })
  expect(await forUrl('http://127.0.0.1:4010/a')).toBe('Bearer T0ken')
  expect(await forUrl('http://127.0.0.1:4011/a')).toBeNull()
})

test('one that is entered anew or removed counts at once', async () => {
  await set()
  expect(await forUrl('https://media.example/')).toBe(BASIC)
  await set({ scheme: 'bearer', secret: 'new' }, 2)
  expect(await forUrl('https://media.example/')).toBe('Bearer new')
  await removeRecordingHost(backend, 'MEDIA.example')
  expect(await forUrl('https://media.example/')).toBeNull()
  expect(backend.secrets.entries.size).toBe(0)
  expect(listRecordingHosts(backend.db)).toEqual([])
})

test('the secret is in the keychain and nowhere else', async () => {
  await set()
  expect([...backend.secrets.entries]).toEqual([['recording-host/media.example', 'pä:ss']])
  expect(JSON.stringify(backend.db.prepare('SELECT * FROM recording_hosts').all())).not.toContain('ss')
  expect(JSON.stringify([listRecordingHosts(backend.db), backend.events])).not.toContain('pä')
})

test('the user name can be changed without the secret, where there is one', async () => {
  await expect(set({ secret: null })).rejects.toMatchObject({ code: 'secret_missing' })
  await set()
  await expect(set({ secret: null, scheme: 'bearer' })).rejects.toMatchObject({ code: 'secret_missing' })
  await set({ secret: null, username: 'AC2' }, 2)
  expect(await forUrl('https://media.example/')).toBe(`Basic ${Buffer.from('AC2:pä:ss').toString('base64')}`)
})

test('hosts that want a log-in are listed before there is one, with what waits for it', async () => {
  const pk = addCall(backend.db, { id: 'abcdefghijklmnop', state: 'failed' })
  backend.db.prepare("UPDATE recordings SET log_in_host = 'other.example' WHERE call_pk = ?").run(pk)
  await set()
  expect(listRecordingHosts(backend.db)).toMatchObject([
    { host: 'other.example', scheme: null, waiting: 1, addedAt: null },
    { host: 'media.example', scheme: 'basic', username: 'AC1', waiting: 0 },
  ])
  expect(await set({ host: 'other.example' })).toEqual({ host: 'other.example', requeued: 1 })
  expect(listRecordingHosts(backend.db).map(({ waiting }) => waiting)).toEqual([0, 0])
})

test.each([
  ['api.twilio.com', 'api.twilio.com'],
  [' API.Twilio.com ', 'api.twilio.com'],
  ['https://api.twilio.com/2010-04-01/Accounts', 'api.twilio.com'],
  ['127.0.0.1:4010', '127.0.0.1:4010'],
  ['media.example:443', 'media.example'],
])('%s is the host %s', (typed, host) => {
  expect(hostOf(typed)).toBe(host)
})

test.each(['', 'a b', 'x/y', 'user@host', 'ftp://host', 'https://user:pass@host/', '??', 'a\\b'])(
  '"%s" is no host',
  (typed) => {
    expect(() => hostOf(typed)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
  },
)

test.each([
  [{ username: '' }, 'username'],
  [{ username: 'a:b' }, 'username'],
  [{ secret: 'a\nb' }, 'secret'],
  [{ scheme: 'bearer', secret: 'a b' }, 'secret'],
] as const)('%o is refused with its field named, and without the secret', async (change, field) => {
  await expect(set(change)).rejects.toMatchObject({ code: 'invalid_input', details: { field } })
  expect(backend.secrets.entries.size).toBe(0)
})
