import { type Client, type Contract, JsonValue } from '@contract'
import { z } from 'zod'

/**
 * Where drafts are kept until they are saved. IndexedDB and not localStorage: Chromium writes localStorage to disk
 * up to a minute later, so a killed process would take the last sentences with it. A `strict` transaction is on
 * disk when it completes.
 */
export interface DraftStorage {
  /** All that is there, unparsed. */
  all: () => Promise<unknown[]>
  put: (draft: { id: string }) => Promise<void>
  remove: (id: string) => Promise<void>
}

/** The part of the client that keeps drafts of a protected workspace. */
export type DraftClient = Client<Contract['drafts']>

/**
 * Drafts where they belong: of a protected workspace in its encrypted files, else in this window's profile. What lies in
 * the other place, since the workspace was protected or its protection removed, is brought over first, and goes there when it is
 * here for sure.
 */
export function draftStorageFor(files: DraftClient, profile: DraftStorage): DraftStorage {
  const inFiles: DraftStorage = {
    all: async () => (await files.all({})).drafts,
    put: async (draft) => {
      await files.put({ id: draft.id, draft: JsonValue.parse(JSON.parse(JSON.stringify(draft))) })
    },
    remove: async (id) => {
      await files.remove({ id })
    },
  }
  const settle = async (): Promise<DraftStorage> => {
    const { isProtected } = await files.all({})
    const [from, to] = isProtected ? [profile, inFiles] : [inFiles, profile]
    const strays = (await from.all()).flatMap((draft) => {
      const known = WithId.safeParse(draft)
      return known.success ? [known.data] : []
    })
    for (const draft of strays) await to.put(draft)
    for (const { id } of strays) await from.remove(id)
    if (isProtected && strays.length > 0) await files.forgetProfile({})
    return to
  }
  let settled: Promise<DraftStorage> | null = null
  const place = (): Promise<DraftStorage> => {
    settled ??= settle().catch((error: unknown) => {
      settled = null
      throw error
    })
    return settled
  }
  return {
    all: async () => (await place()).all(),
    put: async (draft) => (await place()).put(draft),
    remove: async (id) => (await place()).remove(id),
  }
}

const WithId = z.looseObject({ id: z.string() })

const DATABASE = 'earmark'
const STORE = 'drafts'

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'id' })
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

/** The drafts of this window's profile. Opens with the first use, and again after it failed or was closed on us. */
export function browserDraftStorage(): DraftStorage {
  let database: Promise<IDBDatabase> | null = null
  const opened = (): Promise<IDBDatabase> => {
    if (database) return database
    const forget = () => {
      database = null
    }
    database = open()
    database.then((db) => {
      db.onclose = forget
    }, forget)
    return database
  }
  const change = async (act: (store: IDBObjectStore) => IDBRequest): Promise<void> => {
    const transaction = (await opened()).transaction(STORE, 'readwrite', { durability: 'strict' })
    act(transaction.objectStore(STORE))
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error)
    })
  }
  return {
    all: async () => {
      const request = (await opened()).transaction(STORE).objectStore(STORE).getAll()
      return new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    },
    put: (draft) => change((store) => store.put(draft)),
    remove: (id) => change((store) => store.delete(id)),
  }
}
