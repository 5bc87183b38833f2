import { InvalidArgumentError } from 'commander'

/** Parses an option that is a whole number within bounds. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const number = Number(text)
    if (!/^\d+$/.test(text) || number < least || number > most)
      throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`)
    return number
  }

/** Parses an option that is a number of seconds, 0 or more. */
export function seconds(text: string): number {
  const number = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text) || !Number.isFinite(number))
    throw new InvalidArgumentError('It is a number of seconds, such as 12.5.')
  return number
}

/** Parses a rate: "5/s" or "5". */
export function ratePerSec(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(text)
  const rate = Number(match?.[1])
  if (!match || !(rate > 0) || !Number.isFinite(rate))
    throw new InvalidArgumentError('It is requests a second, such as 5/s.')
  return rate
}

/** Collects an option that may be given several times. */
export const several = (text: string, before: readonly string[] = []): string[] => [...before, text]
