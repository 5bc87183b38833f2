import { describe, expect, test } from 'vitest'
import { audioStem, isFolderRead, kindOfFile } from './folder-names'
import { hasWork, type KnownFile, planFolder } from './folder-plan'
import type { FoundFile } from './folder-scan'

const found = (path: string, change: Partial<FoundFile> = {}): FoundFile => ({
  path,
  kind: /\.mp3$/.test(path) ? 'audio' : 'calls',
  bytes: 10,
  modifiedAtMs: 1000,
  ...change,
})
const known = (change: Partial<KnownFile> = {}): KnownFile => ({
  kind: 'calls',
  bytes: 10,
  modifiedAtMs: 1000,
  calls: 1,
  isSettled: true,
  problem: null,
  ...change,
})
const paths = (files: readonly FoundFile[]) => files.map(({ path }) => path)
const plan = (files: FoundFile[], files2: Record<string, KnownFile>, closed: string[] = []) => {
  const made = planFolder({ files, closed }, new Map(Object.entries(files2)))
  return { calls: paths(made.calls), audio: paths(made.audio), waiting: paths(made.waiting), gone: made.gone }
}
const NOTHING = { calls: [], audio: [], waiting: [], gone: [] }

describe('what is read in a folder', () => {
  test.each<[string, FoundFile[], Record<string, KnownFile>, Partial<typeof NOTHING> | object]>([
    ['a new file', [found('a.json')], {}, { calls: ['a.json'] }],
    ['not a file that is known', [found('a.json')], { 'a.json': known() }, {}],
    [
      'a file of another size',
      [found('a.json', { bytes: 11 })],
      { 'a.json': known() },
      { calls: ['a.json'] },
    ],
    [
      'a file of another time, an older one too',
      [found('a.json', { modifiedAtMs: 999 })],
      { 'a.json': known() },
      { calls: ['a.json'] },
    ],
    [
      'a file that was not complete when it was looked at',
      [found('a.json')],
      { 'a.json': known({ isSettled: false }) },
      { calls: ['a.json'] },
    ],
    [
      'not a file with a problem that did not change',
      [found('a.json')],
      { 'a.json': known({ problem: 'x' }) },
      {},
    ],
    [
      'the oldest file first, so that the newest has the last word',
      [
        found('b.json', { modifiedAtMs: 3 }),
        found('a.json', { modifiedAtMs: 3 }),
        found('c.json', { modifiedAtMs: 2 }),
      ],
      {},
      { calls: ['c.json', 'a.json', 'b.json'] },
    ],
    ['new audio', [found('a.mp3')], {}, { audio: ['a.mp3'] }],
    [
      'audio that waits for its call, again',
      [found('a.mp3')],
      { 'a.mp3': known({ kind: 'audio', calls: 0 }) },
      { waiting: ['a.mp3'] },
    ],
    ['not audio that found its call', [found('a.mp3')], { 'a.mp3': known({ kind: 'audio' }) }, {}],
    [
      'not audio that is none',
      [found('a.mp3')],
      { 'a.mp3': known({ kind: 'audio', calls: 0, problem: 'a web page' }) },
      {},
    ],
  ])('%s', (_, files, before, expected) => {
    expect(plan(files, before)).toEqual({ ...NOTHING, ...expected })
  })

  test('a file that is gone is forgotten, but not where nobody could look', () => {
    const before = { 'a.json': known(), 'sub/b.json': known(), 'sub2/c.json': known() }
    expect(plan([found('x.json')], before, ['sub']).gone).toEqual(['a.json', 'sub2/c.json'])
  })

  test('an empty folder that held files is taken for a drive that is not there: nothing is forgotten', () => {
    expect(plan([], { 'a.json': known() })).toEqual(NOTHING)
  })

  test('audio that waits is no work by itself', () => {
    const before = new Map([['a.mp3', known({ kind: 'audio', calls: 0 })]])
    expect(hasWork(planFolder({ files: [found('a.mp3')], closed: [] }, before))).toBe(false)
    expect(hasWork(planFolder({ files: [found('b.mp3')], closed: [] }, new Map()))).toBe(true)
  })
})

describe('names', () => {
  test.each([
    ['a.json', 'calls'],
    ['A.JSONL', 'calls'],
    ['a.ndjson', 'calls'],
    ['a.mp3', 'audio'],
    ['a.WAV', 'audio'],
    ['a.json.part', null],
    ['a.tmp', null],
    ['.a.json', null],
    ['~$a.json', null],
    ['a.json~', null],
    ['a.mp3.crdownload', null],
    ['a.csv', null],
    ['json', null],
  ])('%s is %s', (name, kind) => {
    expect(kindOfFile(name)).toBe(kind)
  })

  test('hidden folders, and those of the system, are not looked into', () => {
    expect(['2026', '.git', '$RECYCLE.BIN', 'lost+found', 'old.bak'].filter(isFolderRead)).toEqual(['2026'])
  })

  test('the id of a call is its audio file’s name without the ending', () => {
    expect(audioStem('2026/03/c.1.mp3')).toBe('c.1')
  })
})
