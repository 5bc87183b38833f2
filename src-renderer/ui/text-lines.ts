/** A line longer than this is drawn in pieces: one row of millions of characters would freeze the window. */
const PIECE = 1000

/** A text as lines to be drawn one by one; long ones in pieces, never cut between the halves of one character. */
export function linesOf(text: string, piece = PIECE): string[] {
  const lines: string[] = []
  for (const line of text.split('\n')) {
    let start = 0
    while (line.length - start > piece) {
      let end = start + piece
      const last = line.charCodeAt(end - 1)
      if (last >= 0xd800 && last <= 0xdbff) end += 1
      lines.push(line.slice(start, end))
      start = end
    }
    lines.push(line.slice(start))
  }
  return lines
}
