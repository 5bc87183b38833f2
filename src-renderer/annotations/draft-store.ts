import type { Draft } from './draft'
import type { DraftStorage } from './draft-storage'

type Drafts = Readonly<Record<string, Draft>>

/** Drafts in memory and in storage, and their way to the backend. The first is always ahead of the second. */
export interface DraftStore {
  /** Reads what is stored; `parse` says what of it is usable and what had been sent without an answer. */
  restore: (parse: (stored: readonly unknown[]) => { drafts: Draft[]; unsent: Draft[] }) => Promise<void>
  put: (draft: Draft) => void
  /** Does nothing when there is no such draft any more. */
  change: (id: string, text: Partial<Draft>) => void
  remove: (id: string) => void
  /** Sends it. On success it is gone, on failure it says why and stays. */
  save: (id: string) => Promise<void>
  get: () => Drafts
  /** Resolves when storage holds what memory holds. */
  settled: () => Promise<void>
  onChange: (listener: (drafts: Drafts) => void) => () => void
}

/**
 * `send` resolves when the annotation is on disk; until then the draft stays stored. Storage that fails is passed
 * over: writing goes on in memory, and saving does not depend on it.
 */
export function createDraftStore({
  storage: openStorage,
  send,
  isWorthStoring,
  problemOf,
}: {
  /** Opened with the first use. */
  storage: () => DraftStorage
  send: (draft: Draft) => Promise<void>
  /** Whether anything would be lost without it. */
  isWorthStoring: (draft: Draft) => boolean
  problemOf: (thrown: unknown) => string
}): DraftStore {
  let drafts: Drafts = {}
  let storage: DraftStorage | null = null
  const listeners = new Set<(drafts: Drafts) => void>()
  /** Ids whose stored form is behind; written one after the other, so that fast typing writes as fast as it can. */
  const behind = new Set<string>()
  let writing: Promise<void> | null = null

  const store = (): DraftStorage => {
    storage ??= openStorage()
    return storage
  }
  const write = async () => {
    for (;;) {
      const [id] = behind
      if (id === undefined) return
      behind.delete(id)
      const draft = drafts[id]
      try {
        await (draft && isWorthStoring(draft) ? store().put(draft) : store().remove(id))
      } catch {
        // A full or forbidden storage must not stop the reviewer; the text is in memory and on its way.
      }
    }
  }
  const set = (next: Drafts, id: string) => {
    drafts = next
    behind.add(id)
    writing ??= write().finally(() => {
      writing = null
    })
    for (const listener of listeners) listener(drafts)
  }
  const put = (draft: Draft) => set({ ...drafts, [draft.id]: draft }, draft.id)
  const change = (id: string, text: Partial<Draft>) => {
    const draft = drafts[id]
    if (draft) put({ ...draft, ...text })
  }
  const remove = (id: string) => {
    const { [id]: _, ...others } = drafts
    set(others, id)
  }
  const save = async (id: string) => {
    const draft = drafts[id]
    if (!draft) return
    const sent: Draft = { ...draft, phase: 'saving', problem: null }
    put(sent)
    try {
      await send(sent)
      remove(id)
    } catch (thrown) {
      change(id, { phase: 'failed', problem: problemOf(thrown) })
    }
  }

  return {
    put,
    change,
    remove,
    save,
    get: () => drafts,
    settled: async () => {
      while (writing) await writing
    },
    restore: async (parse) => {
      let stored: unknown[] = []
      try {
        stored = await store().all()
      } catch {
        // As above.
      }
      const { drafts: found, unsent } = parse(stored)
      // What was written meanwhile is newer than what was stored.
      drafts = { ...Object.fromEntries(found.map((draft) => [draft.id, draft])), ...drafts }
      for (const listener of listeners) listener(drafts)
      await Promise.all(unsent.map((draft) => save(draft.id)))
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
