import { afterEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { browserDraftStorage, draftStorageFor } from './draft-storage'

afterEach(() => vi.unstubAllGlobals())

/** A browser's IndexedDB as far as drafts use it; the first `failures` openings fail. */
function flakyIndexedDb(failures: number) {
  const rows = new Map<string, { id: string }>()
  let left = failures
  /** Calls the listener that the caller is about to put on. */
  const soon = <T extends object>(target: T, listener: string): T => {
    queueMicrotask(() => {
      const heard: unknown = Reflect.get(target, listener)
      if (typeof heard === 'function') heard()
    })
    return target
  }
  const objectStore = {
    put: (draft: { id: string }) => rows.set(draft.id, draft),
    delete: (id: string) => rows.delete(id),
    getAll: () => soon({ result: [...rows.values()] }, 'onsuccess'),
  }
  const database = {
    onclose: () => undefined,
    transaction: () => soon({ objectStore: () => objectStore }, 'oncomplete'),
  }
  const open = () =>
    left-- > 0 ? soon({ error: new Error('busy') }, 'onerror') : soon({ result: database }, 'onsuccess')
  vi.stubGlobal('indexedDB', { open })
  return { database, fail: (times: number) => (left = times) }
}

test('one opening that failed does not keep the next drafts from being stored', async () => {
  flakyIndexedDb(1)
  const storage = browserDraftStorage()
  await expect(storage.put({ id: 'a' })).rejects.toThrow('busy')
  await storage.put({ id: 'b' })
  expect(await storage.all()).toEqual([{ id: 'b' }])
})

test('storage that the browser closed is opened again', async () => {
  const { database, fail } = flakyIndexedDb(0)
  const storage = browserDraftStorage()
  await storage.put({ id: 'a' })
  database.onclose()
  fail(1)
  await expect(storage.put({ id: 'b' })).rejects.toThrow('busy')
  await storage.put({ id: 'c' })
  expect(await storage.all()).toEqual([{ id: 'a' }, { id: 'c' }])
})

/** A place for drafts in memory, and what of it is left. */
function placeInMemory(...ids: string[]) {
  const rows = new Map(ids.map((id) => [id, { id, comment: id }]))
  return {
    rows,
    storage: {
      all: async () => [...rows.values()],
      put: async (draft: { id: string }) => void rows.set(draft.id, { comment: '', ...draft }),
      remove: async (id: string) => void rows.delete(id),
    },
  }
}

test.each([
  { isProtected: true, inFiles: ['a'], inProfile: ['b', 'c'] },
  { isProtected: false, inFiles: ['a', 'b'], inProfile: ['c'] },
])(
  'drafts are where they belong, wherever they were before: %o',
  async ({ isProtected, inFiles, inProfile }) => {
    const profile = placeInMemory(...inProfile)
    const files = placeInMemory(...inFiles)
    let forgotten = 0
    const storage = draftStorageFor(
      {
        all: async () => ({ isProtected, drafts: [...files.rows.values()] }),
        put: async ({ draft }) => {
          const { id } = z.object({ id: z.string() }).parse(draft)
          files.rows.set(id, { id, comment: id })
          return {}
        },
        remove: async ({ id }) => {
          files.rows.delete(id)
          return {}
        },
        forgetProfile: async () => {
          forgotten += 1
          return {}
        },
      },
      profile.storage,
    )
    expect(await storage.all()).toHaveLength(3)
    await storage.put({ id: 'd' })
    await storage.remove('a')
    const [home, other] = isProtected ? [files.rows, profile.rows] : [profile.rows, files.rows]
    expect([...home.keys()].sort()).toEqual(['b', 'c', 'd'])
    expect([...other.keys()]).toEqual([])
    expect(forgotten).toBe(isProtected ? 1 : 0)
  },
)
