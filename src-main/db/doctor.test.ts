import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SecretStore } from '../connections/secrets'
import { searchWorkspace, type TestWorkspace } from '../search/testing'
import { backUpDaily } from './backups'
import { examine } from './doctor'
import { CALLS_MIGRATIONS } from './workspace'

let workspace: TestWorkspace

/** The far side of the keychain; the real one has its own tests. */
function keychain(): SecretStore & { entries: Map<string, string> } {
  const entries = new Map<string, string>()
  return {
    entries,
    get: async (account) => entries.get(account) ?? null,
    set: async (account, value) => {
      entries.set(account, value)
    },
    remove: async (account) => {
      entries.delete(account)
    },
  }
}

const look = async (store: SecretStore = keychain()) =>
  Object.fromEntries((await examine(workspace.paths, store, '1.2.3')).map((one) => [one.name, one]))

beforeEach(async () => {
  workspace = await searchWorkspace()
  workspace.add({ externalId: '1', turns: ['agent: Hello.'] }, { externalId: '2' })
})
afterEach(() => workspace.close())

describe('the doctor', () => {
  it('finds a sound workspace sound, changes nothing in it, and leaves nothing in the keychain', async () => {
    backUpDaily(workspace.reviews, workspace.paths.backups, Date.UTC(2026, 4, 20))
    const before = readFileSync(workspace.paths.callsDb)
    const store = keychain()
    const findings = await look(store)
    expect(Object.values(findings).filter(({ ok, whatToDo }) => !ok || whatToDo !== null)).toEqual([])
    expect(findings['calls.db']?.detail).toBe(`sound, 2 calls, version ${CALLS_MIGRATIONS.length}`)
    expect(findings.backups?.detail).toBe('1, the newest of 2026-05-20 is sound and has 0 annotations')
    expect(findings['search index']?.detail).toBe('agrees with the calls')
    expect(readFileSync(workspace.paths.callsDb)).toEqual(before)
    expect(store.entries.size).toBe(0)
  })

  it('names a damaged calls.db and says that the annotations stay, and looks at the rest', async () => {
    workspace.db.close()
    workspace.calls.close()
    writeFileSync(workspace.paths.callsDb, 'x'.repeat(100_000))
    const findings = await look()
    expect(findings['calls.db']).toMatchObject({
      ok: false,
      whatToDo: expect.stringContaining('annotations are in'),
    })
    expect(findings['reviews.db']).toMatchObject({ ok: true })
    expect(findings['disk space']?.detail).toMatch(/GiB free/)
  })

  it('names damage inside reviews.db that opening it does not show, and points at the backups', async () => {
    workspace.reviews.exec("INSERT INTO reviews VALUES ('aaaaaaaaaaaaaaaa', 'Ana', 'prosper', 'A', '1', 0)")
    const db = new Database(workspace.paths.reviewsDb)
    db.unsafeMode(true)
    db.pragma('writable_schema = ON')
    // Other columns than those that its entries were made of.
    db.exec(
      "UPDATE sqlite_schema SET sql = replace(sql, '(reviewer', '(vendor') WHERE name = 'reviews_by_reviewer'",
    )
    db.close()
    const finding = (await look())['reviews.db']
    expect(finding).toMatchObject({ ok: false, whatToDo: expect.stringContaining(workspace.paths.backups) })
    expect(finding?.detail).toMatch(/reviews_by_reviewer/)
  })

  it('notices an index that does not agree with the calls, and one that is missing', async () => {
    workspace.calls.exec(`UPDATE transcripts SET turns = '[["agent","Something else."]]'`)
    expect((await look())['search index']).toMatchObject({
      ok: false,
      whatToDo: expect.stringContaining('anew'),
    })
    workspace.calls.exec("DELETE FROM meta WHERE key = 'search_index'")
    expect((await look())['search index']).toMatchObject({ ok: false, detail: 'there is none' })
  })

  it('misses no index in a workspace that has no calls yet', async () => {
    workspace.calls.exec(
      'DELETE FROM transcripts; DELETE FROM revisions; DELETE FROM calls; DELETE FROM meta',
    )
    expect((await look())['search index']).toMatchObject({ ok: true })
  })

  it('notices recordings that are missing, and tells of files that no call knows', async () => {
    workspace.calls.exec(`UPDATE calls SET recording_state = 'ready';
      INSERT INTO recordings (call_pk, urls, file) SELECT pk, '[]', 'ab/' || external_id || '.mp3' FROM calls`)
    mkdirSync(join(workspace.paths.recordings, 'ab'))
    for (const name of ['1.mp3', '2.mp3', 'stray.mp3'])
      writeFileSync(join(workspace.paths.recordings, 'ab', name), 'sound')
    expect((await look()).recordings).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/^2 here; 1 files .* no call$/),
    })
    rmSync(join(workspace.paths.recordings, 'ab', '2.mp3'))
    expect((await look()).recordings).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/^1 of 2 files/),
    })
  })

  it('notices a backup that can’t be read', async () => {
    writeFileSync(join(workspace.paths.backups, 'reviews-2026-05-20.db'), 'x'.repeat(10_000))
    expect((await look()).backups).toMatchObject({
      ok: false,
      detail: expect.stringContaining('reviews-2026-05-20.db'),
    })
  })

  it('notices a keychain that does not keep', async () => {
    const store = { ...keychain(), get: async () => null }
    expect((await look(store)).keychain).toMatchObject({ ok: false })
  })
})
