import type { RecordingStorage } from '@contract'
import { t } from '../app/words'
import { formatBytes, formatNumber } from '../ui'

/** What is asked before the recordings of a search are kept offline. */
export function keepWords(
  preview: {
    calls: number
    toDownload: number
    downloadBytes: number | null
    isExact: boolean
  },
  { bytes, quotaBytes }: Pick<RecordingStorage, 'bytes' | 'quotaBytes'>,
): { title: string; body: string } {
  const { calls, toDownload, downloadBytes, isExact } = preview
  const n = formatNumber(calls)
  const download = { count: toDownload, n: formatNumber(toDownload) }
  const sentences = [t('recordings.keep.stay')]
  if (toDownload === 0) sentences.push(t('recordings.keep.here'))
  else if (downloadBytes === null) sentences.push(t('recordings.keep.download', download))
  else sentences.push(t('recordings.keep.downloadSize', { ...download, bytes: formatBytes(downloadBytes) }))
  if (quotaBytes !== null && bytes + (downloadBytes ?? 0) > quotaBytes)
    sentences.push(t('recordings.keep.over', { quota: formatBytes(quotaBytes) }))
  return {
    title: isExact ? t('recordings.keep.title', { count: calls, n }) : t('recordings.keep.titleMore', { n }),
    body: sentences.join(' '),
  }
}
