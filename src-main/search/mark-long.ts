import { type Column, MATCH_CLOSE, MATCH_OPEN } from './index-text'
import { withScratch } from './scratch'

/**
 * Beyond this many characters SQLite's highlight() is not asked for all of a text: it copies the whole text once for
 * each match, which takes minutes for a turn of megabytes.
 */
export const LONG_TEXT = 50_000

const PIECE = 16_000

/**
 * Does for a long text as indexed what highlight() does for a short one, piece by piece, for at most about `maxMatches`
 * matches; the rest of the text follows without marks. A phrase that lies across the end of a piece is not marked.
 * `match`: an FTS5 expression, as `CompiledQuery.marks`; `column`: where the text stands.
 */
export function markLong(column: Column, text: string, match: string, maxMatches: number): string {
  return withScratch((scratch) => {
    const marked: string[] = []
    let matches = 0
    let from = 0
    while (from < text.length && matches < maxMatches) {
      const to = pieceEnd(text, from)
      const piece = text.slice(from, to)
      scratch.addRow({ [column]: piece })
      const found = scratch.marked(match, MATCH_OPEN, MATCH_CLOSE)[0]?.[column]
      scratch.clear()
      marked.push(found ?? piece)
      if (found !== undefined) matches += found.split(MATCH_OPEN).length - 1
      from = to
    }
    marked.push(text.slice(from))
    return marked.join('')
  })
}

/** Behind the last white space that fits, else anywhere but inside a surrogate pair. */
function pieceEnd(text: string, from: number): number {
  const end = from + PIECE
  if (end >= text.length) return text.length
  for (let at = end; at > from + PIECE / 2; at -= 1) if (/\s/.test(text[at - 1] ?? '')) return at
  return /[\uDC00-\uDFFF]/.test(text[end] ?? '') ? end - 1 : end
}
