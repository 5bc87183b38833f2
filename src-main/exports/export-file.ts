import { setImmediate as nextTurn } from 'node:timers/promises'
import { EarmarkError, type ExportDone, type ExportOptions } from '@contract'
import type { ReadDb } from '../db/open'
import { ANNOTATION_CSV, CALL_CSV } from './columns'
import { BYTE_ORDER_MARK, type Cell, csvText } from './csv'
import { annotationPages, callPages } from './rows'
import { writeWholeFile } from './whole-file'

export interface ExportSources {
  /** `reviews.db`, read-only. */
  reviews: ReadDb
  /** Both databases, read-only; null where there is no usable `calls.db`. */
  calls: ReadDb | null
}

interface ExportRun {
  path: string
  options: ExportOptions
  nowMs: number
  signal: AbortSignal
  /** Called after each page with the rows written so far. */
  onProgress: (rows: number) => void
}

/**
 * Writes an export page by page; other work of the thread runs between the pages. The file is whole or not there.
 * Raises `cancelled`, `file_unwritable`, `disk_full`, and `workspace_unusable` where `calls.db` is needed and missing.
 */
export async function exportFile(sources: ExportSources, run: ExportRun): Promise<ExportDone> {
  const { path, options, signal } = run
  const { header, pages } = exportOf(sources, options, run.nowMs)
  let rows = 0
  await writeWholeFile(path, async (write) => {
    await write((options.bom ? BYTE_ORDER_MARK : '') + csvText([header], { raw: true }))
    for (const page of pages) {
      if (signal.aborted)
        throw new EarmarkError('cancelled', 'The export was cancelled; nothing of it is left.')
      await write(csvText(page, options))
      rows += page.length
      run.onProgress(rows)
      await nextTurn()
    }
  })
  return { path, rows }
}

/** How many rows an export would have. */
export function countRows(
  sources: ExportSources,
  options: Pick<ExportOptions, 'what' | 'query'>,
  nowMs: number,
): number {
  let rows = 0
  for (const page of exportOf(sources, options, nowMs).pages) rows += page.length
  return rows
}

function exportOf(
  { reviews, calls }: ExportSources,
  { what, query }: Pick<ExportOptions, 'what' | 'query'>,
  nowMs: number,
): { header: string[]; pages: Iterable<Cell[][]> } {
  if (what === 'annotations') {
    if (query !== null && calls === null) throw withoutCache('only annotations on calls that a query finds')
    return {
      header: ANNOTATION_CSV.map(([name]) => name),
      pages: mapped(annotationPages(reviews, calls, query, nowMs), (row) =>
        ANNOTATION_CSV.map(([, cell]) => cell(row)),
      ),
    }
  }
  if (calls === null) throw withoutCache('calls')
  return {
    header: CALL_CSV.map(([name]) => name),
    pages: mapped(callPages(calls, query, nowMs), (row) => CALL_CSV.map(([, cell]) => cell(row))),
  }
}

function* mapped<T>(pages: Iterable<T[]>, cells: (row: T) => Cell[]): Generator<Cell[][]> {
  for (const page of pages) yield page.map(cells)
}

const withoutCache = (what: string): EarmarkError =>
  new EarmarkError(
    'workspace_unusable',
    `To export ${what}, calls.db is needed, and it can't be read. All annotations can be exported without it.`,
  )
