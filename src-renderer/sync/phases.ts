import type { SyncCounts, SyncProgress } from '@contract'
import { t } from '../app/words'
import { formatNumber } from '../ui'

/** Whole seconds until an instant, never less than 0. */
export const secondsUntil = (instant: string, nowMs: number): number =>
  Math.max(0, Math.ceil((new Date(instant).getTime() - nowMs) / 1000))

/**
 * One line on a running sync: "Syncing Renewals 3,120 / 5,019", "Renewals: going on in 12 s. …". In short: without the
 * reason of a wait.
 */
export function progressLine(progress: SyncProgress, nowMs: number, { isShort = false } = {}): string {
  const { connectionName: name, phase, done, total, waitUntil, reason } = progress
  if (phase === 'waiting' && waitUntil !== null)
    return t(reason && !isShort ? 'sync.line.waitingWhy' : 'sync.line.waiting', {
      name,
      seconds: secondsUntil(waitUntil, nowMs),
      reason: reason ?? '',
    })
  if (phase === 'starting') return t('sync.line.starting', { name })
  const key = phase === 'recordings' ? 'sync.line.recordings' : 'sync.line.syncing'
  const amount = total === null ? formatNumber(done) : `${formatNumber(done)} / ${formatNumber(total)}`
  return t(key, { name, amount })
}

/** The same line for where the connection's name already stands: "3,120 of 5,019 calls", "Going on in 12 s. …". */
export function progressWords(progress: SyncProgress, nowMs: number): string {
  const { phase, done, total, waitUntil, reason } = progress
  if (phase === 'waiting' && waitUntil !== null)
    return [t('sync.words.waiting', { seconds: secondsUntil(waitUntil, nowMs) }), reason ?? '']
      .filter((part) => part !== '')
      .join(' ')
  if (phase === 'starting') return t('sync.words.starting')
  const what = phase === 'recordings' ? 'recordings' : 'calls'
  return total === null
    ? t(`sync.words.${what}Open`, { done: formatNumber(done) })
    : t(`sync.words.${what}`, { done: formatNumber(done), total: formatNumber(total) })
}

/** Whether a sync has brought, or failed at, anything yet. */
export const hasCounts = ({ added, updated, unchanged, quarantined, recordings }: SyncCounts): boolean =>
  added + updated + unchanged + quarantined + recordings.downloaded + recordings.failed > 0

/** What a sync brought: "12 new, 3 changed, 2 set aside". Nothing at all is said too. */
export function countsLine(counts: SyncCounts): string {
  const parts: [string, number][] = [
    ['added', counts.added],
    ['updated', counts.updated],
    ['unchanged', counts.unchanged],
    ['quarantined', counts.quarantined],
    ['recordings', counts.recordings.downloaded],
    ['recordingsFailed', counts.recordings.failed],
  ]
  const said = parts
    .filter(([, count]) => count > 0)
    .map(([name, count]) => t(`sync.counts.${name}`, { count, n: formatNumber(count) }))
  return said.length > 0 ? said.join(', ') : t('sync.counts.nothing')
}
