import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import yauzl from 'yauzl'
import type { SecretStore } from '../connections/secrets'
import { writing } from '../db/open'
import { workspacePaths } from '../db/workspace'
import { searchWorkspace, type TestWorkspace } from '../search/testing'
import { logFile } from './logs'
import { makeReport } from './report'
import { writeReport } from './write-report'

const CANARY = 'zanzibar'
const kept = new Map<string, string>()
/** The keychain is asked whether it works; what it does is not the matter here. */
const keychain: SecretStore = {
  get: async (name) => kept.get(name) ?? null,
  set: async (name, value) => void kept.set(name, value),
  remove: async (name) => void kept.delete(name),
}

let workspace: TestWorkspace
let home: string
const dataHome = process.env.XDG_DATA_HOME
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'earmark-report-'))
  process.env.XDG_DATA_HOME = home
  workspace = await searchWorkspace()
})
afterEach(() => {
  workspace.close()
  rmSync(home, { recursive: true, force: true })
  if (dataHome === undefined) delete process.env.XDG_DATA_HOME
  else process.env.XDG_DATA_HOME = dataHome
})

const report = (signal?: AbortSignal, paths = workspace.paths) =>
  makeReport({
    paths,
    keychain,
    appVersion: '1.2.3',
    isWindow: true,
    nowMs: Date.UTC(2026, 2, 29),
    ...(signal ? { signal } : {}),
  })
const textOf = (parts: readonly { text: string }[]) => parts.map(({ text }) => text).join('\n')

/** Every column of every table that takes text gets the word; what refuses it (a check, a key) is left. */
function poison(db: TestWorkspace['calls']): number {
  let poisoned = 0
  writing(db, () => {
    const tables = db
      .prepare<[], string>(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE 'sqlite_%'",
      )
      .pluck()
      .all()
    db.pragma('foreign_keys = OFF')
    for (const table of tables.filter((name) => !/_(?:data|idx|content|docsize|config)$/.test(name)))
      for (const { name, type } of db.pragma(`table_info(${table})`) as { name: string; type: string }[]) {
        if (type !== 'TEXT') continue
        try {
          poisoned += db
            .prepare(`UPDATE ${table} SET ${name} = '${CANARY} ' || hex(randomblob(8))`)
            .run().changes
        } catch {
          // A check allows only words of ours there.
        }
      }
  })
  return poisoned
}

test('no text of a database gets into a report, whatever column it stands in', async () => {
  workspace.add({
    externalId: '1',
    from: '+12025550173',
    turns: [`agent: hello ${CANARY}`],
    fields: { name: CANARY },
  })
  workspace.reviews.exec(
    `INSERT INTO settings VALUES ('reviewer', '"${CANARY}"'), ('${CANARY} 1', 'true'), ('theme', '"dark"')`,
  )
  workspace.calls.exec(
    `INSERT INTO sync_runs (connection_id, trigger, started_at_ms, outcome, problem) SELECT id, 'person', 1, 'failed', '${CANARY}' FROM connections`,
  )
  const before = textOf(await report())
  expect(before).toContain('rows of calls')
  expect(before).toMatch(/theme +"dark"/)
  expect(before).toMatch(/person, failed/)
  expect(before.toLowerCase()).not.toContain(CANARY)
  expect(before).not.toContain('2025550173')

  expect(poison(workspace.calls)).toBeGreaterThan(10)
  expect(poison(workspace.reviews)).toBeGreaterThan(2)
  const after = textOf(await report())
  expect(after.toLowerCase()).not.toContain(CANARY)
  expect(after).toContain('rows of calls')
})

test('databases that can’t be read are told, and the rest stands', async () => {
  const paths = workspacePaths(join(home, 'broken'))
  mkdirSync(paths.root)
  writeFileSync(paths.callsDb, '')
  writeFileSync(paths.reviewsDb, `no database: ${CANARY}`.repeat(300))
  const text = textOf(await report(undefined, paths))
  expect(text).toMatch(/BAD reviews\.db/)
  expect(text).toMatch(/not read +SqliteError SQLITE_NOTADB/)
  expect(text).toMatch(/Earmark +1\.2\.3/)
  expect(text).not.toContain(CANARY)
})

test('the log is in it, redacted once more, and only its end where it is long', async () => {
  const file = logFile(workspace.paths.root)
  mkdirSync(dirname(file), { recursive: true })
  const line = (text: string) => `[2026-03-29 10:00:00.123] [error] ${text}\n`
  writeFileSync(
    file,
    line('the very first').concat(
      line('filler').repeat(10_000),
      line(`apiKey=${CANARY}`),
      line(`could not ring +1 202 555 0173 from /home/${CANARY}/x`),
      line(`https://${CANARY}.example.com/v1 answered 500`),
    ),
  )
  const parts = await report()
  const log = parts.find(({ name }) => name === 'logs/main.log')?.text ?? ''
  expect(log.length).toBeLessThan(210_000)
  expect(log).toContain('Earlier lines are left out')
  expect(log).not.toContain('the very first')
  expect(log).not.toContain(CANARY)
  expect(log).toContain('[2026-03-29 10:00:00.123] [error] could not ring [number] from [path]')
})

test('making it can be stopped', async () => {
  await expect(report(AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' })
})

test('the zip holds the files as they are, and takes the place of another or none', async () => {
  const parts = await report()
  const path = join(home, 'report.zip')
  const saved = await writeReport(parts, path, { nowMs: Date.UTC(2026, 2, 29), isRefused: () => null })
  expect(saved).toEqual({ path, bytes: readFileSync(path).length })
  const zip = await yauzl.openPromise(path)
  const names: string[] = []
  for await (const entry of zip.eachEntry()) {
    names.push(entry.fileName)
    const chunks: Buffer[] = []
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(Buffer.from(chunk))
    expect(Buffer.concat(chunks).toString()).toBe(parts.find(({ name }) => name === entry.fileName)?.text)
  }
  expect(names).toEqual(parts.map(({ name }) => name))
  await expect(
    writeReport(parts, join(home, 'x.zip'), { nowMs: 0, isRefused: () => 'it is not yours' }),
  ).rejects.toMatchObject({ code: 'file_unwritable' })
})
