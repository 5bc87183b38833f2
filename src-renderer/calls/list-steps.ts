/** Where a key leads in a list of `count` rows of which `pageRows` are in sight; null: the key is not ours. */
export function stepFor(key: string, index: number, count: number, pageRows: number): number | null {
  if (count === 0) return null
  const last = count - 1
  const clamp = (n: number) => Math.min(last, Math.max(0, n))
  switch (key) {
    case 'ArrowDown':
      return clamp(index + 1)
    case 'ArrowUp':
      return index < 0 ? 0 : clamp(index - 1)
    case 'PageDown':
      return clamp(index + Math.max(1, pageRows - 1))
    case 'PageUp':
      return clamp(index - Math.max(1, pageRows - 1))
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return null
  }
}

/** The rows to draw, in order: those in sight, and the one that has the focus wherever it is. */
export function withKeptRow(indexes: readonly number[], kept: number): number[] {
  if (kept < 0 || indexes.includes(kept)) return [...indexes]
  return [...indexes, kept].sort((a, b) => a - b)
}
