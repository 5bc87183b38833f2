import type { FilterValue } from '@contract'

/** A stretch of time, milliseconds: from (included) to (excluded); null: open. */
export interface TimeRange {
  fromMs: number | null
  toMs: number | null
}

/** When a `date:` value is, in the calendar of this computer: a day is what its reader calls a day. */
export function rangeOf(value: FilterValue, nowMs: number): TimeRange {
  if (value.kind === 'days')
    return {
      fromMs: value.first === null ? null : startOfDay(value.first, 0),
      toMs: value.last === null ? null : startOfDay(value.last, 1),
    }
  if (value.kind !== 'recent') return { fromMs: null, toMs: null }
  const now = new Date(nowMs)
  const [year, month, day] = [now.getFullYear(), now.getMonth(), now.getDate()]
  if (value.unit === 'month')
    return {
      // 31 March less a month is the end of February, not 3 March.
      fromMs: new Date(
        year,
        month - value.count,
        Math.min(day, new Date(year, month - value.count + 1, 0).getDate()),
      ).getTime(),
      toMs: new Date(year, month, day + 1).getTime(),
    }
  return {
    fromMs: new Date(year, month, day - value.skip - value.count + 1).getTime(),
    toMs: new Date(year, month, day - value.skip + 1).getTime(),
  }
}

function startOfDay(isoDay: string, plusDays: number): number {
  const [year = 0, month = 1, day = 1] = isoDay.split('-').map(Number)
  const date = new Date(2000, month - 1, day + plusDays)
  // `new Date(99, …)` would be 1999.
  date.setFullYear(year, month - 1, day + plusDays)
  return date.getTime()
}
