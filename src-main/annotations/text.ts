/** Lone surrogates, which UTF-8 can't hold, as SQLite would store them: what is kept equals what is answered. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\uFFFD')

const isHigh = (code: number): boolean => code >= 0xd800 && code <= 0xdbff
const isLow = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff

/** The stretch widened to whole code points: half an emoji is no text. */
export function wholeCodePoints(text: string, start: number, end: number): { start: number; end: number } {
  const cuts = (at: number): boolean => isLow(text.charCodeAt(at)) && isHigh(text.charCodeAt(at - 1))
  return { start: cuts(start) ? start - 1 : start, end: cuts(end) ? end + 1 : end }
}
