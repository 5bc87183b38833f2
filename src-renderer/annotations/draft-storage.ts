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
