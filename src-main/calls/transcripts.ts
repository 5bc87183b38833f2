import { EarmarkError, type Speaker } from '@contract'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import type { VendorTurn } from '../vendors/vendor-call'

/** A turn as it is stored. Its place in the call is its index. */
export type StoredTurn = Pick<
  VendorTurn,
  'speaker' | 'text' | 'rawText' | 'rawRole' | 'redirect' | 'startMs' | 'endMs'
>

/**
 * A call's turns lie in one row, as a JSON list of lists: speaker, text, start, end, redirect, raw role, raw text (null
 * where it is the text); nulls at the end are left out. A row a turn was measured: storing a call took an eighth longer.
 * SQL reads them through the view `turns`.
 */
type Packed = [Speaker, string, ...(string | number | null)[]]

/** The turns as they are stored. Half surrogate pairs become U+FFFD, as in every text of the database. */
export const packTurns = (turns: readonly StoredTurn[]): string => JSON.stringify(turns.map(packed))

function packed({ speaker, text, startMs, endMs, redirect, rawRole, rawText }: StoredTurn): Packed {
  const row: Packed = [
    speaker,
    text.toWellFormed(),
    startMs,
    endMs,
    redirect?.toWellFormed() ?? null,
    rawRole?.toWellFormed() ?? null,
    rawText === text ? null : rawText.toWellFormed(),
  ]
  while (row.at(-1) === null) row.pop()
  return row
}

/** What `packTurns` made. Raises `database_damaged` for anything else. */
export function unpackTurns(json: string): StoredTurn[] {
  const rows = parsed(json)
  return rows.map(([speaker, text, startMs, endMs, redirect, rawRole, rawText]) => ({
    speaker: speaker as Speaker,
    text: text as string,
    startMs: (startMs ?? null) as number | null,
    endMs: (endMs ?? null) as number | null,
    redirect: (redirect ?? null) as string | null,
    rawRole: (rawRole ?? null) as string | null,
    rawText: (rawText ?? text) as string,
  }))
}

function parsed(json: string): unknown[][] {
  try {
    const rows: unknown = JSON.parse(json)
    if (Array.isArray(rows) && rows.every((row) => Array.isArray(row) && typeof row[1] === 'string'))
      return rows as unknown[][]
  } catch {
    // Said below.
  }
  throw new EarmarkError(
    'database_damaged',
    'The transcript of this call is damaged. Sync its connection again to get it anew; what was written about it is safe.',
  )
}

/** The turns of a call, in order; none for a call that is not there. */
export function transcriptOf(db: ReadDb, callPk: number): StoredTurn[] {
  const json = prepared<string>(db, 'SELECT turns FROM transcripts WHERE call_pk = ?').pluck().get(callPk)
  return json === undefined ? [] : unpackTurns(json)
}

/** Writes a call's turns (`packTurns`) in the place of those that it had. */
export function writeTranscript(db: WriteDb, callPk: number, turns: string): void {
  prepared(
    db,
    'INSERT INTO transcripts (call_pk, turns) VALUES (?, ?) ON CONFLICT (call_pk) DO UPDATE SET turns = excluded.turns',
  ).run(callPk, turns)
}
