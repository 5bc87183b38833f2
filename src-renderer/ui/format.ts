/** What a missing value looks like. */
export const NOTHING = '–'

/** Where and when numbers and dates are written: the system's own ways, unless told otherwise. */
export interface Place {
  locale?: string | undefined
  timeZone?: string | undefined
}

/** Whole seconds as `m:ss`, from an hour on `h:mm:ss`; null or nonsense as a dash. */
export function formatDuration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds) || seconds < 0) return NOTHING
  const whole = Math.round(seconds)
  const h = Math.floor(whole / 3600)
  const m = Math.floor((whole % 3600) / 60)
  const s = String(whole % 60).padStart(2, '0')
  return h > 0 ? `${h}:${String(m).padStart(2, '0')}:${s}` : `${m}:${s}`
}

/** A place in a recording, in seconds, as `m:ss`: cut off, not rounded, so that it is never ahead. */
export const formatPosition = (seconds: number | null): string =>
  seconds === null ? NOTHING : formatDuration(Math.floor(seconds))

/** As `formatPosition`, with tenths: `0:41.2`. */
export function formatPositionTenths(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds) || seconds < 0) return NOTHING
  const tenths = Math.floor(seconds * 10 + 1e-6)
  return `${formatDuration(Math.floor(tenths / 10))}.${tenths % 10}`
}

/** A duration for screen readers: "1 minute 26 seconds". */
export function spokenDuration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds) || seconds < 0) return ''
  const whole = Math.round(seconds)
  const parts: [number, string][] = [
    [Math.floor(whole / 3600), 'hour'],
    [Math.floor((whole % 3600) / 60), 'minute'],
    [whole % 60, 'second'],
  ]
  const said = parts.filter(([n]) => n > 0).map(([n, unit]) => `${n} ${unit}${n === 1 ? '' : 's'}`)
  return said.length > 0 ? said.join(' ') : '0 seconds'
}

const formats = new Map<string, Intl.DateTimeFormat>()
function dateFormat(place: Place, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([place, options])
  let format = formats.get(key)
  if (!format) {
    format = new Intl.DateTimeFormat(place.locale, {
      ...options,
      ...(place.timeZone ? { timeZone: place.timeZone } : {}),
    })
    formats.set(key, format)
  }
  return format
}

/** An instant as day and time: "15 Jan 2026, 10:30". */
export const formatDate = (instant: string, place: Place = {}): string =>
  dateFormat(place, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(instant))

/** An instant as its day: "15 Jan 2026". */
export const formatDay = (instant: string, place: Place = {}): string =>
  dateFormat(place, { dateStyle: 'medium' }).format(new Date(instant))

/** An instant for a narrow column: the time today, day and month this year, else the whole day. */
export function formatShortDate(instant: string, now: Date = new Date(), place: Place = {}): string {
  const date = new Date(instant)
  const day = (d: Date) => dateFormat(place, { dateStyle: 'short' }).format(d)
  if (day(date) === day(now)) return dateFormat(place, { timeStyle: 'short' }).format(date)
  const year = (d: Date) => dateFormat(place, { year: 'numeric' }).format(d)
  return year(date) === year(now)
    ? dateFormat(place, { day: 'numeric', month: 'short' }).format(date)
    : formatDay(instant, place)
}

/** How long ago, in one unit: "just now", "5 minutes ago", "yesterday". */
export function formatAgo(instant: string, now: Date = new Date(), place: Place = {}): string {
  const seconds = Math.round((new Date(instant).getTime() - now.getTime()) / 1000)
  const units: [Intl.RelativeTimeFormatUnit, number][] = [
    ['year', 31_536_000],
    ['month', 2_592_000],
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ]
  const format = new Intl.RelativeTimeFormat(place.locale ?? 'en', { numeric: 'auto' })
  for (const [unit, size] of units)
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit)
  return 'just now'
}

/** A number with the separators of the place: 12,174. */
export const formatNumber = (n: number, place: Place = {}): string =>
  new Intl.NumberFormat(place.locale).format(n)

/** Bytes in units of 1,000: "281 KB". */
export function formatBytes(bytes: number | null, place: Place = {}): string {
  if (bytes === null) return NOTHING
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1
  return `${new Intl.NumberFormat(place.locale, { maximumFractionDigits: digits }).format(value)} ${units[unit]}`
}
