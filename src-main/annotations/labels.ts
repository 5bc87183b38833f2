import type { Label } from '@contract'

/** What goes wrong (and right) in calls made by voice agents; any other text can be typed. */
export const BUILT_IN_LABELS: readonly string[] = [
  'Missed intent',
  'Misheard the caller',
  'Wrong information',
  'Made something up',
  'Did not do what was asked',
  'Said it was done, but it was not',
  'Details not confirmed',
  'Missing disclosure',
  'Personal data mishandled',
  'Interrupted the caller',
  'Long silence',
  'Repeated itself',
  'Wrong language',
  'Tone',
  'Wrong transfer',
  'Should have transferred',
  'Ended too early',
  'Caller upset',
  'Transcript is wrong',
  'Good handling',
]

/** The labels to offer: those in use first, then the built-in ones that are not (in whatever case). */
export function labelsToOffer(inUse: readonly Label[]): Label[] {
  const known = new Set(inUse.map(({ name }) => name.toLowerCase()))
  const others = BUILT_IN_LABELS.filter((name) => !known.has(name.toLowerCase()))
  return [...inUse, ...others.map((name) => ({ name, count: 0 }))]
}
