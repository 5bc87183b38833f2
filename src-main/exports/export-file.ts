import { performance } from 'node:perf_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { EarmarkError, type ExportDone, type ExportOptions, parseQuery } from '@contract'
import { countAnnotations } from '../annotations/queries'
import { explained, type ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { type Cover, coverAnnotation, coverCall } from '../privacy/export-rows'
import { isMasking } from '../privacy/mask-answers'
import { noneRedacted } from '../privacy/redact'
import { countCalls } from '../search/queries'
import { indexState } from '../search/search-index'
import { ANNOTATION_CSV, CALL_CSV } from './columns'
import { BYTE_ORDER_MARK, type Cell, csvText } from './csv'
import { annotationKeys, annotationPages, callPages } from './rows'
import { type WholeFileOptions, writeWholeFile } from './whole-file'

export interface ExportSources {
  /** `reviews.db`, read-only, in a read transaction: what people wrote at one moment. */
  reviews: ReadDb
  /** Both databases, read-only; null where there is no usable `calls.db`. */
  calls: ReadDb | null
}

export interface ExportRun {
  path: string
  options: ExportOptions
  nowMs: number
  signal: AbortSignal
  /** Why this place is not to be written; null: it may. */
  isRefused: (folder: string, name: string) => string | null
  onUnfinished?: WholeFileOptions['onUnfinished']
  /** Called with the rows written so far; `total`: null where counting would take as long as writing. */
  onProgress: (rows: number, total: number | null) => void
  /** Annotations on calls alone that are here and began before then; null: all. */
  beforeMs?: number | null
}

/** A piece is handed to the disk at so much text, and other work of the thread gets its turn. */
const PIECE_CHARS = 256 * 1024
/** … or after so long. */
const PIECE_MS = 12

/**
 * Writes an export piece by piece; other work of the thread runs between the pieces. The file is whole or not there.
 * Raises `cancelled`, `file_unwritable`, `disk_full`, `invalid_input` for a query that can't be understood, and
 * `workspace_unusable` where `calls.db` is needed and missing.
 */
export async function exportFile(sources: ExportSources, run: ExportRun): Promise<ExportDone> {
  const { path, options, signal } = run
  const cover = coverOf(sources.reviews, options)
  const { header, pages, total } = exportOf(sources, options, run.nowMs, {
    beforeMs: run.beforeMs ?? null,
    cover,
  })
  let rows = 0
  let chars = 0
  // As large as its rows so far let expect.
  const neededBytes = () => (total === null || rows === 0 ? chars : (chars / rows) * total)
  const fill: Parameters<typeof writeWholeFile>[2] = async (write) => {
    await write((options.bom ? BYTE_ORDER_MARK : '') + csvText([header], { raw: true }))
    for await (const piece of pieces(pages, options.raw, signal)) {
      chars += piece.text.length
      await write(piece.text)
      rows += piece.rows
      run.onProgress(rows, total)
    }
  }
  await writeWholeFile(path, run.isRefused, fill, { neededBytes, onUnfinished: run.onUnfinished })
  return {
    path,
    rows,
    redacted: cover.kind === 'redact' ? cover.counts : null,
    isMasked: cover.kind === 'mask',
  }
}

/** The rows as text, in pieces of bounded size and time. Raises `cancelled`. */
async function* pieces(
  pages: Iterable<Iterable<readonly Cell[]>>,
  raw: boolean,
  signal: AbortSignal,
): AsyncGenerator<{ text: string; rows: number }> {
  let text = ''
  let rows = 0
  let sinceMs = performance.now()
  for (const page of pages) {
    for (const row of page) {
      text += csvText([row], { raw })
      rows += 1
      if (text.length < PIECE_CHARS && performance.now() - sinceMs < PIECE_MS) continue
      yield { text, rows }
      text = ''
      rows = 0
      await othersTurn()
    }
    await othersTurn()
  }
  if (rows > 0) yield { text, rows }

  async function othersTurn(): Promise<void> {
    await nextTurn()
    sinceMs = performance.now()
    if (signal.aborted)
      throw new EarmarkError('cancelled', 'The export was cancelled; nothing of it is left.')
  }
}

/** How many rows an export would have. Raises what `exportFile` raises. */
export async function countRows(
  sources: ExportSources,
  options: Pick<ExportOptions, 'what' | 'query'>,
  nowMs: number,
): Promise<number> {
  const { total, pageSizes } = exportOf(sources, options, nowMs)
  if (total !== null) return total
  let rows = 0
  for (const size of pageSizes()) {
    rows += size
    await nextTurn()
  }
  return rows
}

interface Export {
  header: string[]
  pages: Iterable<Iterable<Cell[]>>
  /** Null: not known without reading all. */
  total: number | null
  /** For counting what `pages` would hold. */
  pageSizes: () => Iterable<number>
}

function exportOf(
  { reviews, calls }: ExportSources,
  { what, query: given }: Pick<ExportOptions, 'what' | 'query'>,
  nowMs: number,
  { beforeMs, cover }: { beforeMs: number | null; cover: Cover } = {
    beforeMs: null,
    cover: { kind: 'none' },
  },
): Export {
  const query = given === null || given.trim() === '' ? null : given
  if (query !== null && calls !== null) requireUsable(calls, query)
  if (what === 'annotations') {
    if ((query !== null || beforeMs !== null) && calls === null)
      throw withoutCache('only annotations on some calls')
    return {
      header: ANNOTATION_CSV.map(([name]) => name),
      pages: cellsOf(annotationPages(reviews, calls, query, nowMs, beforeMs), ANNOTATION_CSV, (row) =>
        coverAnnotation(row, cover),
      ),
      total: query === null && beforeMs === null ? countAnnotations(reviews) : null,
      pageSizes: () => sizesOf(annotationKeys(reviews, calls, query, nowMs)),
    }
  }
  if (calls === null) throw withoutCache('calls')
  return {
    header: CALL_CSV.map(([name]) => name),
    pages: cellsOf(callPages(calls, query, nowMs), CALL_CSV, (row) => coverCall(row, cover)),
    total: callTotal(calls, query, nowMs),
    pageSizes: () => sizesOf(callPages(calls, query, nowMs)),
  }
}

/** What is redacted is not masked as well. */
const coverOf = (reviews: ReadDb, { redact }: Pick<ExportOptions, 'redact'>): Cover => {
  if (redact) return { kind: 'redact', counts: noneRedacted() }
  return isMasking(reviews) ? { kind: 'mask' } : { kind: 'none' }
}

function* cellsOf<Row>(
  pages: Iterable<Iterable<Row>>,
  columns: readonly (readonly [string, (row: Row) => Cell])[],
  covered: (row: Row) => Row,
): Generator<Iterable<Cell[]>> {
  for (const page of pages) yield rowCells(page)

  function* rowCells(page: Iterable<Row>): Generator<Cell[]> {
    for (const row of page) {
      const shown = covered(row)
      yield columns.map(([, cell]) => cell(shown))
    }
  }
}

function* sizesOf(pages: Iterable<readonly unknown[]>): Generator<number> {
  for (const page of pages) yield page.length
}

function callTotal(calls: ReadDb, query: string | null, nowMs: number): number | null {
  if (query === null) return prepared<number>(calls, 'SELECT count(*) FROM calls').pluck().get() ?? 0
  const { total, isExact } = countCalls(calls, query, nowMs)
  return isExact ? total : null
}

/** An export is more than a glance: it leaves nothing out because a part of the query was not understood. */
function requireUsable(calls: ReadDb, query: string): void {
  const { terms, problems } = parseQuery(query)
  const [problem] = problems
  if (problem)
    throw new EarmarkError(
      'invalid_input',
      `"${query.slice(problem.from, problem.to)}" in the query can't be understood, so nothing was exported. ${problem.message}`,
    )
  if (terms.length > 0 && explained(calls, () => indexState(calls)).state !== 'ready')
    throw new EarmarkError(
      'busy',
      'The search index is being built, so a search would miss calls. Export again in a moment.',
    )
}

const withoutCache = (what: string): EarmarkError =>
  new EarmarkError(
    'workspace_unusable',
    `To export ${what}, calls.db is needed, and it can't be read. All annotations can be exported without it.`,
  )
