import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import Database from 'better-sqlite3'
import { EarmarkError } from '../../src-main/contract'
import { examine } from '../../src-main/db/doctor'
import { openForWriting } from '../../src-main/db/open'
import { examineDatabases, repairDatabases } from '../../src-main/db/repair'
import {
  CALLS_MIGRATIONS,
  openBothForReading,
  openCallsForWriting,
  openReviewsForWriting,
  prepareWorkspace,
  REVIEWS_MIGRATIONS,
  workspacePaths,
} from '../../src-main/db/workspace'
import { memorySecrets } from '../../src-main/sync/testing'
import { ROOT } from '../electron-runtime'
import { makeOldWorkspace } from './disk-case'
import { checkAsFound } from './kill-check'
import type { ChildProgram } from './kill-run'
import { openBackend, randomOf, table, temporaryFolder } from './material'

/**
 * Forms in which a workspace may be found, oldest first: how many migrations of calls.db and of reviews.db have run. Those that were
 * released together, and those between them that an upgrade which was broken off leaves.
 */
export const RELEASED: readonly (readonly [calls: number, reviews: number])[] = [
  [1, 1],
  [2, 1],
  [2, 2],
  [3, 3],
  [4, 3],
  [4, 4],
  [5, 4],
  [6, 4],
]

/** Upgrades each released form under `kills` kills. */
export async function runUpgrade(
  program: ChildProgram,
  kills: number,
  seed: number,
  { released = RELEASED, withCommandLine = false } = {},
): Promise<{ text: string; broken: string[] }> {
  const folder = temporaryFolder('upgrade')
  const broken: string[] = []
  const rows: (string | number)[][] = [
    ['calls.db, reviews.db', 'kills', 'in the middle', 'calls', 'annotations', 'broken'],
  ]
  try {
    for (const [calls, reviews] of released) {
      const old = makeForm(join(folder.path, `form-${calls}-${reviews}`), calls, reviews)
      const random = randomOf(seed * 1000 + calls * 10 + reviews)
      const spanMs = await measured(program, old, join(folder.path, 'case'))
      const found: string[] = []
      let inTheMiddle = 0
      let counts = { calls: 0, annotations: 0 }
      for (let i = 0; i < kills; i += 1) {
        const root = join(folder.path, 'case')
        rmSync(root, { recursive: true, force: true })
        cpSync(old, root, { recursive: true })
        const wasKilled = await upgrade(program, root, random() * spanMs * 1.1)
        const versions = versionsIn(root)
        if (wasKilled && versions !== versionsOf(CALLS_MIGRATIONS.length, REVIEWS_MIGRATIONS.length))
          inTheMiddle += 1
        checkAsFound(workspacePaths(root), found)
        prepareWorkspace(root)
        if (versionsIn(root) !== versionsOf(CALLS_MIGRATIONS.length, REVIEWS_MIGRATIONS.length))
          found.push(`is at ${versionsIn(root)} in the end`)
        counts = countsIn(root)
        if (counts.calls !== 800 || counts.annotations !== 400)
          found.push(`${JSON.stringify(counts)} are left`)
      }
      rows.push([`${calls}, ${reviews}`, kills, inTheMiddle, counts.calls, counts.annotations, found.length])
      broken.push(...found.map((one) => `${calls}, ${reviews}: ${one}`))
    }
    const refused = await checkNewer(folder.path, withCommandLine)
    rows.push(['of a later Earmark', 0, 0, '', '', refused.broken.length])
    broken.push(...refused.broken)
    const text = [
      table(rows),
      `of a later Earmark: ${refused.openings} ways to open it, 0 bytes changed`,
      `"${refused.said}"`,
    ]
    return { text: [...text, ...broken.map((one) => `BROKEN ${one}`)].join('\n'), broken }
  } finally {
    folder.remove()
  }
}

const versionsOf = (calls: number, reviews: number): string => `${calls}, ${reviews}`

/** A workspace as an earlier Earmark left it. */
export function makeForm(root: string, calls: number, reviews: number): string {
  makeOldWorkspace(root)
  for (const [name, migrations] of [
    ['calls.db', CALLS_MIGRATIONS.slice(0, calls)],
    ['reviews.db', REVIEWS_MIGRATIONS.slice(0, reviews)],
  ] as const)
    openForWriting({ name, file: join(root, name), migrations, synchronous: 'FULL' }).close()
  return root
}

function versionsIn(root: string): string {
  const version = (name: string): number => {
    const db = new Database(join(root, name), { readonly: true })
    try {
      return Number(db.pragma('user_version', { simple: true }))
    } finally {
      db.close()
    }
  }
  return versionsOf(version('calls.db'), version('reviews.db'))
}

function countsIn(root: string): { calls: number; annotations: number } {
  const db = openBothForReading(workspacePaths(root))
  try {
    const count = (table: string) => Number(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get())
    // With their words: each call has four turns.
    return { calls: count('turns') / 4, annotations: count('reviews.annotations') }
  } finally {
    db.close()
  }
}

/** Starts an upgrade and kills it so long after it began; whether it was still at it. */
function upgrade([command, ...args]: ChildProgram, root: string, afterMs: number | null): Promise<boolean> {
  const work = JSON.stringify({ callIds: [], files: [], out: '', sync: null })
  const child = spawn(command, [...args, 'migrate', root, work], { stdio: ['ignore', 'pipe', 'inherit'] })
  createInterface({ input: child.stdout }).once('line', () => {
    if (afterMs !== null) setTimeout(() => child.kill('SIGKILL'), afterMs)
  })
  return new Promise((resolve) => child.once('close', (_, signal) => resolve(signal !== null)))
}

/** Milliseconds that an upgrade takes from where it begins. */
async function measured(program: ChildProgram, old: string, root: string): Promise<number> {
  rmSync(root, { recursive: true, force: true })
  cpSync(old, root, { recursive: true })
  const startedMs = performance.now()
  prepareWorkspace(root)
  const took = performance.now() - startedMs
  rmSync(root, { recursive: true, force: true })
  cpSync(old, root, { recursive: true })
  await upgrade(program, root, null)
  return Math.max(20, took)
}

/** Every file's bytes, and which files there are. */
const sums = (root: string): string =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name))
    .sort()
    .map((path) => `${path} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`)
    .join('\n')

/** All that opens a workspace, on one of a later Earmark: nothing of it changes, and it says which Earmark is needed. */
export async function checkNewer(
  folder: string,
  withCommandLine: boolean,
): Promise<{ openings: number; said: string; broken: string[] }> {
  const broken: string[] = []
  let openings = 0
  let said = ''
  // One of before an upgrade, whose other database would be migrated; closed, and with logs of a process that was killed.
  for (const [name, newest] of [
    ['calls.db', CALLS_MIGRATIONS.length],
    ['reviews.db', REVIEWS_MIGRATIONS.length],
  ] as const)
    for (const isKilled of [false, true]) {
      const made = join(folder, 'newer-made')
      const root = join(folder, 'newer')
      for (const one of [made, root]) rmSync(one, { recursive: true, force: true })
      makeForm(
        made,
        name === 'calls.db' ? CALLS_MIGRATIONS.length : 2,
        name === 'calls.db' ? 2 : REVIEWS_MIGRATIONS.length,
      )
      for (const one of ['recordings', 'peaks', 'backups', 'locks']) mkdirSync(join(made, one))
      writeFileSync(join(made, 'earmark.json'), '{"earmark":"9.1.0","calls":99,"reviews":99}\n')
      const db = new Database(join(made, name))
      db.pragma(`user_version = ${newest + 1}`)
      db.exec('CREATE TABLE of_tomorrow (x)')
      if (isKilled) cpSync(made, root, { recursive: true })
      db.close()
      if (!isKilled) cpSync(made, root, { recursive: true })
      const before = sums(root)
      const paths = workspacePaths(root)
      const ways: Record<string, () => unknown> = {
        prepare: () => prepareWorkspace(root),
        reviews: () => openReviewsForWriting(paths).close(),
        calls: () => openCallsForWriting(paths).close(),
        reading: () => openBothForReading(paths).close(),
        annotate: () => backendAsks(root, 'annotations'),
        search: () => backendAsks(root, 'counts'),
        repair: () => repairDatabases(paths, Date.now()),
        examine: () => examineDatabases(paths),
        ...(withCommandLine ? commands(root) : {}),
      }
      for (const [way, open] of Object.entries(ways)) {
        openings += 1
        try {
          await open()
          broken.push(`${name}, ${way}: was not refused`)
        } catch (error) {
          const isClear = error instanceof EarmarkError && error.code === 'database_too_new'
          if (!isClear && !String(error).includes('needs Earmark 9.1.0'))
            broken.push(`${name}, ${way}: ${String(error)}`)
          if (isClear && error.message.includes('9.1.0')) said = error.message
        }
        if (sums(root) !== before) {
          broken.push(`${name}${isKilled ? ' with its log' : ''}, ${way}: something changed`)
          break
        }
      }
      await examine(paths, memorySecrets(), '0.0.0')
      if (sums(root) !== before) broken.push(`${name}, doctor: something changed`)
    }
  return { openings, said, broken }
}

async function backendAsks(root: string, feature: 'annotations' | 'counts'): Promise<void> {
  const backend = openBackend(root)
  try {
    if (feature === 'counts') await backend.ask('counts', 'all', {})
    else await backend.ask('annotations', 'list', { callId: 'aaaaaaaaaaaaaaaa' })
  } finally {
    await backend.close()
  }
}

/** The built command line. */
function commands(root: string): Record<string, () => void> {
  const cli = join(ROOT, 'out', 'main', 'cli.js')
  const run = (...args: string[]) => {
    const { status, stderr } = spawnSync(process.execPath, [cli, ...args, '--workspace', root], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(stderr)
  }
  return {
    'earmark search': () => run('search', 'house'),
    'earmark export': () => run('export', 'annotations', '--out', join(root, '..', 'out.csv')),
    'earmark reindex': () => run('reindex'),
  }
}
