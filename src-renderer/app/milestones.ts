/** What a start comes by, in order; benchmarks read them from the page's clock, nobody else does. */
export type Milestone = 'answered' | 'rows'

const reached = new Set<Milestone>()

/** Notes a milestone in the page's timeline (User Timing, w3.org/TR/user-timing), the first time. */
export function milestone(name: Milestone): void {
  if (reached.has(name)) return
  reached.add(name)
  performance.mark(`earmark:${name}`)
}

/** Notes a milestone when what has just been drawn was painted: behind the next frame. */
export function milestonePainted(name: Milestone): void {
  if (!reached.has(name)) requestAnimationFrame(() => setTimeout(() => milestone(name)))
}
