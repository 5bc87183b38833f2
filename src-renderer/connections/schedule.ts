import { t } from '../app/words'
import { formatDate, formatShortDate, type Option, type Place } from '../ui'

/** What the schedule offers, in minutes. */
const OFFERED = [15, 30, 60, 240, 1440]

/** A span of minutes in its largest whole unit: "every 45 minutes", "every 2 hours", "every day". */
export function everyWords(minutes: number): string {
  if (minutes % 1440 === 0) return t('connections.schedule.days', { count: minutes / 1440 })
  if (minutes % 60 === 0) return t('connections.schedule.hours', { count: minutes / 60 })
  return t('connections.schedule.minutes', { count: minutes })
}

/** The choices of "Sync by itself"; another span that was set on the command line stays one of them. */
export function scheduleOptions(current: number | null): Option[] {
  const all = current === null || OFFERED.includes(current) ? OFFERED : [...OFFERED, current]
  return [
    { id: 'off', label: t('connections.schedule.off') },
    ...all.toSorted((a, b) => a - b).map((minutes) => ({ id: String(minutes), label: everyWords(minutes) })),
  ]
}

export const scheduleId = (minutes: number | null): string => (minutes === null ? 'off' : String(minutes))
export const minutesOf = (id: string): number | null => (id === 'off' ? null : Number(id))

/** When it syncs next: "Next sync at 14:30"; another day with its date; due now in words. */
export function nextWords(nextSyncAt: string, now: Date, place: Place = {}): string {
  if (Date.parse(nextSyncAt) - now.getTime() < 60_000) return t('connections.schedule.now')
  const time = formatShortDate(nextSyncAt, now, place)
  const isToday = formatDate(nextSyncAt, place).endsWith(time)
  return t('connections.schedule.next', { time: isToday ? time : formatDate(nextSyncAt, place) })
}
