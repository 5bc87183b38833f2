import type { Handlers } from '@contract'
import type { internalContract } from '../backend/internal-contract'
import { storeTalkColumns } from '../calls/talk-store'
import type { WriteDb } from '../db/open'
import { writing } from '../db/open'
import { confirmAlignment, storeAlignment } from './alignments'

/** What the writer of `calls.db` keeps of listening. */
export const noteHandlers = (
  db: WriteDb,
  now: () => number,
): Pick<Handlers<(typeof internalContract)['timing']>, 'note'> => ({
  note: ({ callId, heard, talk }) => {
    writing(db, () => {
      if (talk) storeTalkColumns(db, callId, talk)
      if (heard) storeAlignment(db, callId, heard, now())
      else confirmAlignment(db, callId)
    })
    return {}
  },
})
