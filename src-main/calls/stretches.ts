/** A stretch of time in a recording, milliseconds: [startMs, endMs). */
export interface Stretch {
  readonly startMs: number
  readonly endMs: number
}

export const lengthMs = ({ startMs, endMs }: Stretch): number => endMs - startMs

export const totalMs = (stretches: readonly Stretch[]): number =>
  stretches.reduce((total, stretch) => total + lengthMs(stretch), 0)

/** The same time in order and apart: what overlaps, touches, or is less than `gapMs` apart becomes one. */
export function joined(stretches: readonly Stretch[], gapMs = 0): Stretch[] {
  const result: { startMs: number; endMs: number }[] = []
  const inOrder = stretches
    .filter(({ startMs, endMs }) => endMs > startMs)
    .sort((a, b) => a.startMs - b.startMs)
  for (const { startMs, endMs } of inOrder) {
    const last = result.at(-1)
    if (last && (startMs <= last.endMs || startMs - last.endMs < gapMs))
      last.endMs = Math.max(last.endMs, endMs)
    else result.push({ startMs, endMs })
  }
  return result
}

/** What is in both; each list in order and apart, as `joined` makes it. */
export function shared(some: readonly Stretch[], others: readonly Stretch[]): Stretch[] {
  const result: Stretch[] = []
  for (let i = 0, j = 0; ; ) {
    const [a, b] = [some[i], others[j]]
    if (!a || !b) return result
    const startMs = Math.max(a.startMs, b.startMs)
    const endMs = Math.min(a.endMs, b.endMs)
    if (endMs > startMs) result.push({ startMs, endMs })
    if (a.endMs < b.endMs) i += 1
    else j += 1
  }
}

/** What lies between one and the next; in order and apart. */
export const between = (stretches: readonly Stretch[]): Stretch[] =>
  stretches.slice(1).map(({ startMs }, i) => ({ startMs: stretches[i]?.endMs ?? startMs, endMs: startMs }))
