import { EarmarkError } from '@contract'
import type { FetchOptions } from './http'
import { parseJson } from './json'
import { type CutRow, RowCutter } from './row-cutter'
import { longestSecret, secretCleaner } from './secret-cleaner'
import type { VendorResponse } from './vendor'

/** A row as it came: its JSON, or why it is none that could be taken in, with its beginning. */
export type RawRow =
  | { kind: 'json'; value: unknown }
  | { kind: 'set-aside'; reason: string; beginning: string }

export interface FetchRowsOptions extends FetchOptions {
  /** Where the rows stand: keys from the root to a list. */
  paths: readonly (readonly string[])[]
  /**
   * The rows begin; `envelope` is the JSON that came before them, with an empty list in their place. `false`: they are
   * only counted, not handed over.
   */
  onBegin: (envelope: unknown) => boolean
  /** Rows in the order in which they came. The last batch is not handed over but answered. */
  onRows: (rows: RawRow[]) => Promise<void>
}

export interface RowsAnswer extends VendorResponse {
  /** The rows that were not handed over yet: nobody knew whether the answer would come to its end. */
  held: RawRow[]
  /** All rows, those in `held` included. */
  rowCount: number
  /** Of the answer, unpacked. */
  byteCount: number
}

/** What comes is no JSON: more of it would change nothing. */
export class NoUseReadingOn extends Error {}

const MEGABYTE = 1024 * 1024
/** A batch is full with so many rows, or with so much text. */
const BATCH_ROWS = 200
const BATCH_BYTES = MEGABYTE / 2
/** How much of a row that can't be read is shown. */
const BEGINNING = 20_000
const LIMITS = {
  maxRowBytes: 32 * MEGABYTE,
  maxDepth: 1000,
  maxEnvelopeBytes: 16 * MEGABYTE,
  maxSpaceBytes: MEGABYTE,
}

/** Takes an answer's bytes in and hands its rows over; see `Http.fetchRows`. */
export function rowsSink(options: FetchRowsOptions): {
  /** Throws `NoUseReadingOn` for what is no JSON, `too_large` for what is filled up with something else. */
  push: (chunk: Uint8Array) => Promise<void> | void
  end: () => Pick<RowsAnswer, 'held' | 'rowCount' | 'byteCount'> & { envelope: string; isWhole: boolean }
} {
  const { paths, onBegin, onRows, secretHeaders } = options
  const clean = secretCleaner(secretHeaders)
  let batch: RawRow[] = []
  let batchBytes = 0
  let rowCount = 0
  let byteCount = 0
  let isWanted = true
  const full: RawRow[][] = []

  const onRow = (row: CutRow) => {
    rowCount += 1
    if (!isWanted) return
    // Only now is it known that the batch before is not the last one.
    if (batch.length >= BATCH_ROWS || batchBytes >= BATCH_BYTES) {
      full.push(batch)
      batch = []
      batchBytes = 0
    }
    batch.push(readRow(row, clean))
    batchBytes += row.kind === 'row' ? row.bytes.length : row.beginning.length
  }
  const onArray = (envelope: string) => {
    let before: unknown = null
    try {
      before = parseJson(clean(envelope))
    } catch {
      // Something is wrong with it, which shows at its end.
    }
    isWanted = onBegin(before)
  }
  const limits = { ...LIMITS, beginningBytes: BEGINNING + longestSecret(secretHeaders) }
  const cutter = new RowCutter(paths, limits, { onRow, onArray })

  return {
    push: (chunk) => {
      byteCount += chunk.byteLength
      const fault = cutter.push(chunk)
      if (full.length === 0 && fault === null) return
      return (async () => {
        for (const rows of full.splice(0)) await onRows(rows)
        if (fault === 'syntax') throw new NoUseReadingOn()
        if (fault !== null) throw filledUp(new URL(options.url).host, fault)
      })()
    },
    end: () => {
      const { envelope, isWhole } = cutter.end()
      return { envelope: clean(envelope), isWhole, held: batch, rowCount, byteCount }
    },
  }
}

function readRow(row: CutRow, clean: (text: string) => string): RawRow {
  if (row.kind !== 'row') {
    const reason =
      row.kind === 'too-long'
        ? `The record is larger than ${LIMITS.maxRowBytes / MEGABYTE} MB (${Math.ceil(row.size / MEGABYTE)} MB). Only its beginning is kept.`
        : `The record is nested more than ${LIMITS.maxDepth} levels deep. Only its beginning is kept.`
    return { kind: 'set-aside', reason, beginning: clean(row.beginning.toString('utf8')).slice(0, BEGINNING) }
  }
  const text = clean(row.bytes.toString('utf8'))
  try {
    return { kind: 'json', value: parseJson(text) }
  } catch {
    const reason = 'The record is not JSON. Only its beginning is kept.'
    return { kind: 'set-aside', reason, beginning: text.slice(0, BEGINNING) }
  }
}

function filledUp(host: string, fault: 'space' | 'envelope'): EarmarkError {
  const what = fault === 'space' ? 'nothing but white space for a megabyte' : 'too much beside its calls'
  return new EarmarkError(
    'too_large',
    `The answer of ${host} holds ${what} and was not read to its end. Check the base URL, or ask the vendor.`,
    { host },
  )
}
