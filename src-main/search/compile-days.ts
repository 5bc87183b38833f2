import type { FilterValue } from '@contract'
import type { ReadDb } from '../db/open'
import type { Condition } from './compile'
import { comparisons, either } from './compile-calls'
import { rangeOf, type TimeRange } from './days'
import type { Expression } from './expression'
import { keyOfMinute, searchKeySpillMinutes } from './search-index'

/** Calls of any of the `date:` values: by their keys, and by their starts where keys are not exact enough. */
export function daysOf(
  db: ReadDb,
  values: readonly FilterValue[],
  isNegated: boolean,
  nowMs: number,
): Expression {
  const ranges = values.map((value) => rangeOf(value, nowMs))
  const condition = either(ranges.map(timeCondition), isNegated)
  if (isNegated) return { kind: 'calls', condition, isDeep: false }
  const spill = searchKeySpillMinutes(db)
  const isExact = ranges.length === 1 && spill === 0 && ranges.every(isOfWholeMinutes)
  return { kind: 'days', ...keyBounds(ranges, spill), condition: isExact ? null : condition }
}

const isOfWholeMinutes = ({ fromMs, toMs }: TimeRange): boolean =>
  (fromMs ?? 0) % 60_000 === 0 && (toMs ?? 0) % 60_000 === 0

/** The keys that calls in any of the ranges can have; a key may lie up to `spillMinutes` behind its call. */
function keyBounds(
  ranges: readonly TimeRange[],
  spillMinutes: number,
): { minKey: number | null; maxKey: number | null } {
  const lowest = ranges.some((range) => range.fromMs === null)
    ? null
    : Math.min(...ranges.map((range) => range.fromMs ?? 0))
  const highest = ranges.some((range) => range.toMs === null)
    ? null
    : Math.max(...ranges.map((range) => range.toMs ?? 0))
  return {
    minKey: lowest === null ? null : keyOfMinute(lowest),
    maxKey: highest === null ? null : keyOfMinute(highest + 59_999 + spillMinutes * 60_000) - 1,
  }
}

function timeCondition({ fromMs, toMs }: TimeRange): Condition {
  return comparisons('n.started_at_ms', [
    ['>=', fromMs],
    ['<', toMs],
  ])
}
