import type { CallId } from '@contract'
import { talkFacts } from '../calls/talk-facts'
import { speechEvidence } from '../calls/talk-of-call'
import { type TalkColumns, talkColumns } from '../calls/talk-store'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import type { Heard } from './alignments'
import { callTiming, timingSources } from './timed-turns'

/**
 * How the two of a call talk, for search, once this has been heard; to be kept together with it. `db`: `calls.db` with
 * `reviews.db` attached. A call that is gone has none.
 */
export function talkHeard(db: ReadDb, callId: CallId, heard: Heard): TalkColumns {
  const pk = prepared<number>(db, 'SELECT pk FROM calls WHERE id = ?').pluck().get(callId)
  if (pk === undefined) return talkColumns(null)
  const sources = { ...timingSources(db, db, { pk, id: callId }), heard }
  const { durationSec } = sources
  return talkColumns(
    talkFacts(speechEvidence({ ...callTiming(sources), durationSec, recording: { durationSec } })),
  )
}
