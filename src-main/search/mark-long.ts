import Database from 'better-sqlite3'
import { MATCH_CLOSE, MATCH_OPEN, TOKENIZER } from './index-text'

/**
 * Beyond this many characters SQLite's highlight() is not asked: it copies the whole text once for each match, which
 * takes minutes for a turn of megabytes.
 */
export const LONG_TEXT = 50_000

const PIECE = 16_000

/**
 * Does for a long text as indexed what highlight() does for a short one, piece by piece, for at most about `maxMatches`
 * matches; the rest of the text follows without marks. A phrase that lies across the end of a piece is not marked.
 * `anyWord`: an FTS5 expression, as in `CompiledQuery`.
 */
export function markLong(text: string, anyWord: string, maxMatches: number): string {
  const db = new Database(':memory:')
  try {
    db.exec(`CREATE VIRTUAL TABLE piece USING fts5 (text, tokenize = "${TOKENIZER}")`)
    const insert = db.prepare('INSERT INTO piece (rowid, text) VALUES (1, ?)')
    const mark = db
      .prepare<[string, string, string], string>(
        'SELECT highlight(piece, 0, ?, ?) FROM piece WHERE piece MATCH ?',
      )
      .pluck()
    const remove = db.prepare('DELETE FROM piece')
    const marked: string[] = []
    let matches = 0
    let from = 0
    while (from < text.length && matches < maxMatches) {
      const to = pieceEnd(text, from)
      const piece = text.slice(from, to)
      insert.run(piece)
      const found = mark.get(MATCH_OPEN, MATCH_CLOSE, anyWord)
      remove.run()
      marked.push(found ?? piece)
      if (found !== undefined) matches += found.split(MATCH_OPEN).length - 1
      from = to
    }
    marked.push(text.slice(from))
    return marked.join('')
  } finally {
    db.close()
  }
}

/** Behind the last white space that fits, else anywhere but inside a surrogate pair. */
function pieceEnd(text: string, from: number): number {
  const end = from + PIECE
  if (end >= text.length) return text.length
  for (let at = end; at > from + PIECE / 2; at -= 1) if (/\s/.test(text[at - 1] ?? '')) return at
  return /[\uDC00-\uDFFF]/.test(text[end] ?? '') ? end - 1 : end
}
