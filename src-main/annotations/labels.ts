import type { Label } from '@contract'

/** What goes wrong (and right) in calls made by voice agents; any other text can be typed. */
export const BUILT_IN_LABELS: readonly string[] = [
  'Missed intent',
  'Wrong information',
  'Made something up',
  'Interrupted the caller',
  'Talked over',
  'Long silence',
  'Repeated itself',
  'Misheard',
  'Wrong transfer',
  'Missing disclosure',
  'Privacy',
  'Tone',
  'Did not close the call',
  'Transcript is wrong',
  'Good handling',
]

/** The labels to offer: those in use first, then the built-in ones that are not. */
export function labelsToOffer(inUse: readonly Label[]): Label[] {
  const known = new Set(inUse.map((label) => label.name))
  return [...inUse, ...BUILT_IN_LABELS.filter((name) => !known.has(name)).map((name) => ({ name, count: 0 }))]
}
