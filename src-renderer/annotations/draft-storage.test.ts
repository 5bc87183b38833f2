import { afterEach, expect, test, vi } from 'vitest'
import { browserDraftStorage } from './draft-storage'

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
