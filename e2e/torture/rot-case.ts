import {
  closeSync,
  cpSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { InProcessBackend } from '../../src-main/backend/in-process'
import { EarmarkError } from '../../src-main/contract'
import { examineDatabases, newestGoodBackup, repairDatabases } from '../../src-main/db/repair'
import { workspacePaths } from '../../src-main/db/workspace'
import { openBackend, type Prepared, type Written } from './material'

export const ROT_KINDS = ['flip', 'truncate', 'no log', 'no recordings', 'no peaks', 'broken backup'] as const
export type RotKind = (typeof ROT_KINDS)[number]

/** Where damage was done. */
export interface Damage {
  kind: RotKind
  /** The file, and the place in it. */
  file: string
  at: number
}

export interface RotOutcome {
  damage: Damage
  /** What the application did before any repair: all worked, or it said what is wrong. */
  met: 'all works' | 'said' | 'index mended'
  repaired: string[]
  exact: number
  /** Of these, only by the backup that was merged in, or would have been. */
  altered: number
  /** Not to be had although more than the damaged bytes are there. */
  lost: number
  /** Their bytes are nowhere any more. */
  gone: number
  /** What must never be. */
  broken: string[]
}

const FILES = ['reviews.db', 'reviews.db-wal', 'calls.db', 'calls.db-wal']

/** Does one kind of damage at a random place. */
export function damageOf(kind: RotKind, root: string, random: () => number): Damage {
  const pick = (names: readonly string[]): string => {
    const there = names.filter(
      (name) => (statSync(join(root, name), { throwIfNoEntry: false })?.size ?? 0) > 0,
    )
    return there[Math.floor(random() * there.length)] ?? 'reviews.db'
  }
  switch (kind) {
    case 'flip': {
      const file = pick(FILES)
      return { kind, file, at: flip(join(root, file), random) }
    }
    case 'truncate': {
      const file = pick(FILES)
      const at = Math.floor(random() * statSync(join(root, file)).size)
      truncateSync(join(root, file), at)
      return { kind, file, at }
    }
    case 'no log': {
      const file = pick(['reviews.db-wal', 'calls.db-wal'])
      rmSync(join(root, file), { force: true })
      return { kind, file, at: 0 }
    }
    case 'no recordings':
    case 'no peaks': {
      const file = kind === 'no peaks' ? 'peaks' : 'recordings'
      for (const name of readdirSync(join(root, file))) rmSync(join(root, file, name), { recursive: true })
      return { kind, file, at: 0 }
    }
    case 'broken backup': {
      const file = join('backups', pickBackup(root))
      flip(join(root, file), random)
      return { kind, file, at: flip(join(root, 'reviews.db'), random) }
    }
  }
}

const pickBackup = (root: string): string => readdirSync(join(root, 'backups')).sort()[0] ?? ''

function flip(path: string, random: () => number): number {
  const at = Math.floor(random() * statSync(path).size)
  const handle = openSync(path, 'r+')
  try {
    const byte = Buffer.alloc(1)
    readSync(handle, byte, 0, 1, at)
    byte[0] = (byte[0] ?? 0) ^ (1 + Math.floor(random() * 255))
    writeSync(handle, byte, 0, 1, at)
  } finally {
    closeSync(handle)
  }
  return at
}

/** What a person may be told; anything else is no clear word. */
const CLEAR = new Set([
  'database_damaged',
  'index_damaged',
  'workspace_unusable',
  'not_found',
  'recording_missing',
  'recording_broken',
])

/** Damages a copy of a prepared workspace, uses it as a reviewer would, repairs it, and looks what is left. */
export async function rotCase(
  prepared: Prepared,
  kind: RotKind,
  folder: string,
  random: () => number,
): Promise<RotOutcome> {
  const root = join(folder, 'workspace')
  rmSync(folder, { recursive: true, force: true })
  cpSync(prepared.root, root, { recursive: true })
  const damage = damageOf(kind, root, random)
  const broken: string[] = []
  const paths = workspacePaths(root)
  const all = [...prepared.older, ...prepared.younger]
  // By the bytes: what is nowhere can't be had by anybody.
  const bytes = ['reviews.db', 'reviews.db-wal']
    .map((name) => join(root, name))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path))
  const isThere = (text: string) => bytes.some((one) => one.includes(text))
  const backedUp = new Set(
    newestGoodBackup(paths, 'reviews.db') === null ? [] : prepared.older.map(({ id }) => id),
  )

  const first = await use(root, prepared, folder, broken)
  let met: RotOutcome['met'] = first.said.size === 0 ? 'all works' : 'said'
  const repaired: string[] = []
  try {
    const states = examineDatabases(paths)
    if (states.some(({ problem }) => problem !== null) || first.said.has('database_damaged'))
      for (const report of repairDatabases(paths, Date.now())) repaired.push(report.name)
  } catch (error) {
    broken.push(`repair: ${String(error)}`)
  }
  if (repaired.length === 0 && first.said.has('index_damaged')) met = 'index mended'
  const second = await use(root, prepared, folder, broken)
  if (second.said.size > 0)
    broken.push(`after the repair: ${[...second.said].join(', ')}: ${second.words.join(' | ')}`)

  const there = commentsIn(paths.reviewsDb)
  const outcome = { damage, met, repaired, exact: 0, altered: 0, lost: 0, gone: 0, broken }
  for (const { id, comment } of all) {
    const found = there.get(id)
    if (found === comment) outcome.exact += 1
    else if (backedUp.has(id)) {
      // It is in the backup, which "Open the newest backup" gives.
      if (found === undefined)
        broken.push(`an annotation of the backup is not in the repaired file: ${comment.slice(0, 20)}`)
      outcome.altered += 1
    } else if (!isThere(comment)) outcome.gone += 1
    else outcome.lost += 1
  }
  // One row's own head may be what was hit; more than one is a promise broken.
  if (outcome.lost > 1) broken.push(`${outcome.lost} annotations whose bytes are there were not recovered`)
  if (kind === 'flip' && outcome.gone > 1) broken.push(`one byte cost ${outcome.gone} annotations`)
  return outcome
}

function commentsIn(file: string): Map<string, string> {
  const db = new Database(file, { readonly: true })
  try {
    const rows = db.prepare<[], Written>('SELECT id, comment FROM annotations').all()
    return new Map(rows.map(({ id, comment }) => [id, comment]))
  } catch {
    return new Map()
  } finally {
    db.close()
  }
}

interface Use {
  said: Set<string>
  words: string[]
}

/** Opens, lists, searches, reads, annotates, exports; an index that is found damaged is made anew, as the window does. */
async function use(root: string, prepared: Prepared, folder: string, broken: string[]): Promise<Use> {
  const result: Use = { said: new Set(), words: [] }
  let backend: InProcessBackend
  try {
    backend = openBackend(root)
  } catch (error) {
    note(error, 'open', result, broken)
    return result
  }
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      note(error, what, result, broken)
    }
  }
  const [callId = ''] = prepared.callIds
  const search = (query: string) =>
    backend.ask('search', 'page', { query, cursor: null, limit: 50, sort: 'date' })
  await attempt('counts', () => backend.ask('counts', 'all', {}))
  await attempt('list', () => search(''))
  await attempt('search', () => search('appointment'))
  if (result.said.has('index_damaged')) {
    await attempt('rebuild', () => backend.ask('search', 'rebuildNow', {}))
    await attempt('search again', () => search('appointment'))
  }
  for (const id of prepared.callIds.slice(0, 6)) {
    await attempt('call', () => backend.ask('calls', 'get', { callId: id }))
    await attempt('annotations', () => backend.ask('annotations', 'list', { callId: id }))
  }
  await attempt('recordings', async () => {
    for (const { id } of (await search('has:recording')).hits)
      await backend.ask('recordings', 'peaks', { callId: id })
  })
  await attempt('annotate', () =>
    backend.ask('annotations', 'create', {
      id: crypto.randomUUID(),
      callId,
      place: { kind: 'call' },
      label: 'After',
      severity: null,
      comment: 'after',
      reviewer: 'Bo',
    }),
  )
  await attempt('export', () =>
    backend.ask('exports', 'write', {
      path: join(folder, 'out.csv'),
      before: null,
      options: { what: 'annotations', query: null, bom: false, raw: false },
    }),
  )
  await attempt('close', () => backend.close())
  return result
}

function note(error: unknown, what: string, result: Use, broken: string[]): void {
  const code = error instanceof EarmarkError ? error.code : 'raw'
  const message = error instanceof Error ? error.message : String(error)
  // A call that was lost with its page is not found, and says so; a recording can't be made anew out of anything.
  if (code !== 'not_found' && code !== 'recording_missing') result.said.add(code)
  result.words.push(`${what}: ${message}`)
  if (!CLEAR.has(code)) broken.push(`${what}: ${code}: ${message}`)
  if (/\bdelete (?!d)/i.test(message.replace('nothing has to be deleted', '')))
    broken.push(`told to delete: ${message}`)
}
