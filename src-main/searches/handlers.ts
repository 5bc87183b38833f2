import type { Contract, Handlers } from '@contract'
import type { ReviewsContext } from '../annotations/handlers'
import { wellFormed } from '../annotations/text'
import { explained, writing } from '../db/open'
import {
  forgetRecent,
  moveSearch,
  noteRecent,
  recentSearches,
  removeSearch,
  restoreSearch,
  savedSearches,
  saveSearch,
  updateSearch,
} from './queries'

export function searchesHandlers({
  db,
  emit,
  now,
}: Pick<ReviewsContext, 'db' | 'emit' | 'now'>): Handlers<Contract['searches']> {
  const change = <T>(work: () => T): T => {
    const done = writing(db, work)
    emit({ type: 'searches.changed' })
    return done
  }
  return {
    list: () => explained(db, () => ({ saved: savedSearches(db), recent: recentSearches(db) })),
    save: ({ name, query, ...rest }) =>
      change(() => saveSearch(db, { ...rest, name: wellFormed(name), query: wellFormed(query) }, now())),
    update: ({ name, query, ...rest }) =>
      change(() =>
        updateSearch(db, {
          ...rest,
          name: name === undefined ? name : wellFormed(name),
          query: query === undefined ? query : wellFormed(query),
        }),
      ),
    move: ({ id, before }) => {
      change(() => moveSearch(db, id, before))
      return {}
    },
    remove: ({ id }) => {
      change(() => removeSearch(db, id, now()))
      return {}
    },
    restore: ({ id }) => change(() => restoreSearch(db, id)),
    noteRecent: ({ query }) => {
      change(() => noteRecent(db, wellFormed(query), now()))
      return {}
    },
    forgetRecent: ({ query }) => {
      change(() => forgetRecent(db, query))
      return {}
    },
  }
}
