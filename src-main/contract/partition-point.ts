/**
 * How many of the first of `length` things `isBefore` holds for (binary search): it holds for the first so many of them
 * and for none behind. What the C++ library calls std::partition_point.
 */
export function partitionPoint(length: number, isBefore: (at: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBefore(middle)) low = middle + 1
    else high = middle
  }
  return low
}
