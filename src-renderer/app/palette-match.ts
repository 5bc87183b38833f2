/**
 * How well a label fits what was typed: every word of it has to begin a word of the label (or stand in it, which
 * counts less). Null: it does not fit. Smaller is better.
 */
export function matchRank(label: string, typed: string): number | null {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  const text = label.toLowerCase()
  let rank = 0
  for (const word of words) {
    const at = text.indexOf(word)
    if (at < 0) return null
    const beginsWord = at === 0 || text.includes(` ${word}`)
    rank += beginsWord ? (at === 0 ? 0 : 1) : 3
  }
  return rank
}
