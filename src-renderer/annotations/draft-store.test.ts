import { describe, expect, it } from 'vitest'
import { type Draft, newDraft, restoreDrafts } from './draft'
import type { DraftStorage } from './draft-storage'
import { createDraftStore } from './draft-store'

const CALL = 'abcdefghijklmnop'
const draft = (): Draft => newDraft(CALL, { kind: 'call' }, new Date('2026-01-15T10:30:00Z'))

/** What a disk would hold; `broken` makes every access fail. */
function disk(broken = false) {
  const rows = new Map<string, unknown>()
  const guard = async () => {
    if (broken) throw new Error('no room')
  }
  const storage: DraftStorage = {
    all: async () => {
      await guard()
      return [...rows.values()]
    },
    put: async (row) => {
      await guard()
      rows.set(row.id, structuredClone(row))
    },
    remove: async (id) => {
      await guard()
      rows.delete(id)
    },
  }
  return { rows, storage }
}

function storeOn(storage: DraftStorage, send: (draft: Draft) => Promise<void> = async () => {}) {
  return createDraftStore({
    storage: () => storage,
    send,
    isWorthStoring: (one) => one.comment !== '' || one.phase !== 'writing',
    problemOf: String,
  })
}

describe('drafts', () => {
  it('are stored with every key press', async () => {
    const { rows, storage } = disk()
    const store = storeOn(storage)
    const one = draft()
    store.put(one)
    for (const comment of ['A', 'As', 'Ask', 'Asks']) store.change(one.id, { comment })
    await store.settled()
    expect(rows.get(one.id)).toMatchObject({ comment: 'Asks', phase: 'writing' })
  })

  it('in which nothing is written are not stored', async () => {
    const { rows, storage } = disk()
    const store = storeOn(storage)
    const one = draft()
    store.put(one)
    await store.settled()
    expect(rows.size).toBe(0)
    store.change(one.id, { comment: 'x' })
    store.change(one.id, { comment: '' })
    await store.settled()
    expect(rows.size).toBe(0)
  })

  it('are there again after a restart', async () => {
    const { storage } = disk()
    const before = storeOn(storage)
    const one = draft()
    before.put({ ...one, comment: 'Half a sentence' })
    await before.settled()
    const after = storeOn(storage)
    await after.restore(restoreDrafts)
    expect(after.get()[one.id]).toMatchObject({ comment: 'Half a sentence', phase: 'writing' })
  })

  it('are gone when the annotation is saved, not before', async () => {
    const { rows, storage } = disk()
    let saved = () => {}
    const store = storeOn(storage, () => new Promise((resolve) => (saved = resolve)))
    const one = draft()
    store.put(one)
    const saving = store.save(one.id)
    await store.settled()
    expect(rows.get(one.id)).toMatchObject({ phase: 'saving' })
    saved()
    await saving
    await store.settled()
    expect(rows.size).toBe(0)
    expect(store.get()).toEqual({})
  })

  it('stay with the reason when saving failed, and can be sent again under the same id', async () => {
    const { storage } = disk()
    const ids: string[] = []
    const store = storeOn(storage, async (sent) => {
      ids.push(sent.id)
      if (ids.length === 1) throw new Error('the disk is full')
    })
    const one = draft()
    store.put(one)
    await store.save(one.id)
    expect(store.get()[one.id]).toMatchObject({ phase: 'failed', problem: 'Error: the disk is full' })
    await store.save(one.id)
    expect(store.get()).toEqual({})
    expect(ids).toEqual([one.id, one.id])
  })

  it('that were being sent when the process died are sent again', async () => {
    const { storage } = disk()
    const before = storeOn(storage, () => new Promise(() => {}))
    const one = draft()
    before.put({ ...one, label: 'Missed intent' })
    void before.save(one.id)
    await before.settled()
    const sent: Draft[] = []
    const after = storeOn(storage, async (again) => {
      sent.push(again)
    })
    await after.restore(restoreDrafts)
    expect(sent.map(({ id, label }) => ({ id, label }))).toEqual([{ id: one.id, label: 'Missed intent' }])
    expect(after.get()).toEqual({})
  })

  it('that are on disk but not drafts are passed over', async () => {
    const { rows, storage } = disk()
    rows.set('x', { id: 'x', comment: 3 })
    const store = storeOn(storage)
    await store.restore(restoreDrafts)
    expect(store.get()).toEqual({})
  })

  it('work in memory and are saved where nothing can be stored', async () => {
    const sent: Draft[] = []
    const store = storeOn(disk(true).storage, async (one) => {
      sent.push(one)
    })
    await store.restore(restoreDrafts)
    const one = draft()
    store.put(one)
    store.change(one.id, { comment: 'Still here' })
    await store.settled()
    expect(store.get()[one.id]?.comment).toBe('Still here')
    await store.save(one.id)
    expect(sent[0]?.comment).toBe('Still here')
  })

  it('written before the stored ones were read are not overwritten by them', async () => {
    const { rows, storage } = disk()
    const one = draft()
    rows.set(one.id, { ...one, comment: 'old' })
    const stored = [...rows.values()]
    // The disk was read before the new text reached it.
    const store = storeOn({ ...storage, all: async () => stored })
    store.put({ ...one, comment: 'new' })
    await store.restore(restoreDrafts)
    expect(store.get()[one.id]?.comment).toBe('new')
  })
})
