import { readdir, truncate, writeFile } from 'node:fs/promises'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { audioResponse, planRange } from './ranges'
import { testFolder } from './testing'

const folder = testFolder()
const content = Buffer.from(Uint8Array.from({ length: 200_000 }, (_, i) => (i * 31 + (i >> 8)) & 0xff))
let path = ''

beforeAll(async () => {
  path = folder.path('call.mp3')
  await writeFile(path, content)
})

const get = (range: string | null, method = 'GET') => audioResponse(path, 'audio/mpeg', range, method)
const bodyOf = async (response: Response) => Buffer.from(await response.arrayBuffer())
const part = (start: number, end: number) => ({ status: 206, start, end })

describe('planRange', () => {
  it.each<[string | null, number, object]>([
    [null, 100, { status: 200 }],
    ['bytes=0-9', 100, part(0, 9)],
    ['bytes=90-', 100, part(90, 99)],
    ['bytes=0-', 100, part(0, 99)],
    ['bytes=-10', 100, part(90, 99)],
    ['bytes=-1000', 100, part(0, 99)],
    ['bytes=50-1000', 100, part(50, 99)],
    ['BYTES=1-2', 100, part(1, 2)],
    ['bytes= 1-2', 100, part(1, 2)],
    [`bytes=0-${'9'.repeat(400)}`, 100, part(0, 99)],
    ['bytes=100-', 100, { status: 416 }],
    ['bytes=-0', 100, { status: 416 }],
    ['bytes=200-300,400-500', 100, { status: 416 }],
    ['bytes=0-0', 0, { status: 416 }],
    ['bytes=-5', 0, { status: 200 }],
    // several: joined where they touch, else the whole
    ['bytes=0-9,10-19', 100, part(0, 19)],
    ['bytes=10-19, ,0-12', 100, part(0, 19)],
    ['bytes=0-9,500-600', 100, part(0, 9)],
    ['bytes=0-9,20-29', 100, { status: 200 }],
    [`bytes=${Array.from({ length: 50 }, () => '0-1').join(',')}`, 100, { status: 200 }],
    // malformed: ignored
    ['', 100, { status: 200 }],
    ['bytes', 100, { status: 200 }],
    ['bytes=', 100, { status: 200 }],
    ['bytes=-', 100, { status: 200 }],
    ['bytes=9-1', 100, { status: 200 }],
    ['bytes=a-b', 100, { status: 200 }],
    ['bytes=1-2,x', 100, { status: 200 }],
    ['bytes=1-2-3', 100, { status: 200 }],
    ['bytes=+1-2', 100, { status: 200 }],
    ['seconds=1-2', 100, { status: 200 }],
  ])('answers %j of %i bytes', (header, size, plan) => {
    expect(planRange(header, size)).toEqual(plan)
  })

  it('never leaves the file, whatever is asked', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^bytes=[0-9 ,-]{0,30}$/), fc.nat(1000), (header, size) => {
        const plan = planRange(header, size)
        if (plan.status !== 206) return
        expect(plan.start).toBeGreaterThanOrEqual(0)
        expect(plan.end).toBeGreaterThanOrEqual(plan.start)
        expect(plan.end).toBeLessThan(size)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('audioResponse', () => {
  it('gives the whole file with what a player needs to know', async () => {
    const response = await get(null)
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'cache-control': 'no-store',
      'content-length': '200000',
      'content-type': 'audio/mpeg',
    })
    expect(response.headers.has('Content-Range')).toBe(false)
    expect((await bodyOf(response)).equals(content)).toBe(true)
  })

  it('gives exactly the bytes of 300 random ranges', async () => {
    const position = fc.nat(content.length - 1)
    const range = fc.oneof(
      fc
        .tuple(position, position)
        .map(([a, b]) => [`${Math.min(a, b)}-${Math.max(a, b)}`, Math.min(a, b), Math.max(a, b)] as const),
      position.map((a) => [`${a}-`, a, content.length - 1] as const),
      position.map((a) => [`-${a + 1}`, content.length - a - 1, content.length - 1] as const),
    )
    await fc.assert(
      fc.asyncProperty(range, async ([asked, start, end]) => {
        const response = await get(`bytes=${asked}`)
        expect(response.status).toBe(206)
        expect(response.headers.get('Content-Range')).toBe(`bytes ${start}-${end}/${content.length}`)
        expect(response.headers.get('Content-Length')).toBe(String(end - start + 1))
        expect((await bodyOf(response)).equals(content.subarray(start, end + 1))).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('gives any range of a stretch of the file with other bytes before it', async () => {
    const head = Uint8Array.from({ length: 150_000 }, (_, i) => (i * 7) & 0xff)
    const wrapped = { mime: 'audio/mp4', head, start: 1000, end: 190_000 }
    const whole = Buffer.concat([head, content.subarray(1000, 190_000)])
    const ask = (range: string | null) => audioResponse(path, 'audio/mpeg', range, 'GET', wrapped)
    const all = await ask(null)
    expect(all.headers.get('Content-Type')).toBe('audio/mp4')
    expect(all.headers.get('Content-Length')).toBe(String(whole.length))
    expect(all.headers.get('ETag')).not.toBe((await get(null)).headers.get('ETag'))
    expect((await bodyOf(all)).equals(whole)).toBe(true)
    const edges = [0, 1, 65_535, 65_536, 149_999, 150_000, 150_001, whole.length - 1]
    for (const start of edges)
      for (const end of edges.filter((one) => one >= start)) {
        const response = await ask(`bytes=${start}-${end}`)
        expect(response.headers.get('Content-Range')).toBe(`bytes ${start}-${end}/${whole.length}`)
        expect((await bodyOf(response)).equals(whole.subarray(start, end + 1))).toBe(true)
      }
    expect((await ask(`bytes=${whole.length}-`)).status).toBe(416)
    expect((await bodyOf(await ask('bytes=-10'))).equals(whole.subarray(-10))).toBe(true)
  })

  it('serves the file itself where it is too short for what was to be served of it', async () => {
    const wrapped = { mime: 'audio/mp4', head: new Uint8Array(10), start: 0, end: content.length + 1 }
    const response = await audioResponse(path, 'audio/mpeg', null, 'GET', wrapped)
    expect(response.headers.get('Content-Type')).toBe('audio/mpeg')
    expect((await bodyOf(response)).equals(content)).toBe(true)
  })

  it('refuses what lies behind the end, and says how long the file is', async () => {
    const response = await get('bytes=200000-')
    expect(response.status).toBe(416)
    expect(response.headers.get('Content-Range')).toBe('bytes */200000')
    expect((await bodyOf(response)).length).toBe(0)
  })

  it('answers HEAD as GET without a body, and without a range', async () => {
    const response = await get('bytes=0-9', 'HEAD')
    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Length')).toBe('200000')
    expect(response.body).toBeNull()
  })

  it('refuses other methods, missing files and folders', async () => {
    expect((await get(null, 'POST')).status).toBe(405)
    expect((await audioResponse(folder.path('none'), 'audio/mpeg', null, 'GET')).status).toBe(404)
    expect((await audioResponse(import.meta.dirname, 'audio/mpeg', null, 'GET')).status).toBe(404)
  })

  it('gives an empty file', async () => {
    const empty = folder.path('empty.mp3')
    await writeFile(empty, '')
    const response = await audioResponse(empty, 'audio/mpeg', null, 'GET')
    expect(response.status).toBe(200)
    expect((await bodyOf(response)).length).toBe(0)
  })

  it('fails the body when the file becomes shorter, instead of filling it up', async () => {
    const shrinking = folder.path('shrinking.mp3')
    await writeFile(shrinking, content)
    const response = await audioResponse(shrinking, 'audio/mpeg', null, 'GET')
    await truncate(shrinking, 1000)
    await expect(bodyOf(response)).rejects.toThrow('shorter')
  })

  it.runIf(process.platform === 'linux')(
    'holds no file that nobody reads, and closes it when cancelled',
    async () => {
      const openFiles = async () => (await readdir('/proc/self/fd')).length
      const before = await openFiles()
      const unread = await get(null)
      expect(await openFiles()).toBe(before)
      const reader = (await get('bytes=5-')).body?.getReader()
      const first = await reader?.read()
      expect(first?.value?.length).toBe(65536)
      expect(await openFiles()).toBe(before + 1)
      await reader?.cancel()
      expect(await openFiles()).toBe(before)
      await unread.body?.cancel()
      await bodyOf(await get(null))
      expect(await openFiles()).toBe(before)
    },
  )
})
