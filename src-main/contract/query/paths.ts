/**
 * A field's path as it is compared: lower case, without accents, one `_` for whatever is neither letter nor digit,
 * dots between its steps. "Was it booked?" and `was_it_booked` are the same step.
 */
export function normalPath(text: string): string {
  return text
    .split('.')
    .map(normalStep)
    .filter((step) => step !== '')
    .join('.')
}

/** One step of a path; a dot in it is no border. */
export const normalStep = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '')
