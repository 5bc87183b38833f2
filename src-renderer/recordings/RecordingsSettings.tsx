import type { RecordingStorage } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { syncStatusQuery } from '../app/queries'
import { t } from '../app/words'
import { Banner, Button, FailureBanner, formatBytes, formatNumber, ProgressBar, Select } from '../ui'
import { changeQuota, downloadWaiting } from './actions'
import { storageQuery } from './queries'
import { RecordingHosts } from './RecordingHosts'
import './recordings.css'

const GB = 1_000_000_000
const QUOTAS = [1, 5, 10, 20, 50, 100, 200, 500].map((size) => size * GB)
const OFF = 'off'

/** What recordings take, how much they may, and the log-ins of their hosts. */
export function RecordingsSettings({
  isAskedFor,
  host,
}: {
  /** Somebody came for this: it is brought into sight. */
  isAskedFor: boolean
  /** The host whose log-in is asked for. */
  host: string | null
}) {
  const storage = useQuery(storageQuery)
  const section = useRef<HTMLElement>(null)
  const isLoaded = storage.data !== undefined
  useEffect(() => {
    if (isAskedFor && isLoaded) section.current?.scrollIntoView({ block: 'start' })
  }, [isAskedFor, isLoaded])
  return (
    <section ref={section} className="settings-section" aria-labelledby="recordings-settings-title">
      <h3 id="recordings-settings-title" className="ui-section-title">
        {t('recordings.title')}
      </h3>
      {storage.isError ? <FailureBanner error={storage.error} title={null} /> : null}
      {storage.data ? <Storage storage={storage.data} /> : null}
      <RecordingHosts askedFor={host} />
    </section>
  )
}

function Storage({ storage }: { storage: RecordingStorage }) {
  const { bytes, files, keptBytes, quotaBytes, freeDiskBytes, waiting, problem } = storage
  const isRunning = (useQuery(syncStatusQuery).data ?? []).some((one) => one.phase === 'recordings')
  const facts = [
    t('recordings.facts.files', { count: files, n: formatNumber(files) }),
    ...(keptBytes > 0 ? [t('recordings.facts.kept', { bytes: formatBytes(keptBytes) })] : []),
    ...(freeDiskBytes === null ? [] : [t('recordings.facts.free', { bytes: formatBytes(freeDiskBytes) })]),
  ]
  return (
    <>
      <div className="recordings-usage">
        <span className="tabular">
          {quotaBytes === null
            ? t('recordings.usedOpen', { bytes: formatBytes(bytes) })
            : t('recordings.used', { bytes: formatBytes(bytes), quota: formatBytes(quotaBytes) })}
        </span>
        {quotaBytes === null ? null : (
          <ProgressBar label={t('recordings.usage')} done={bytes} total={quotaBytes} />
        )}
        <span className="soft tabular">{facts.join(' · ')}</span>
      </div>
      <Select
        label={t('recordings.quota')}
        description={t('recordings.quotaHint')}
        options={quotaOptions(quotaBytes)}
        value={quotaBytes === null ? OFF : String(quotaBytes)}
        onChange={(id) => void changeQuota(id === OFF ? null : Number(id))}
      />
      {problem ? <Banner tone="warning">{problem}</Banner> : null}
      {waiting > 0 ? (
        <div className="settings-line">
          <span>
            {isRunning
              ? t('recordings.downloading')
              : t('recordings.waiting', { count: waiting, n: formatNumber(waiting) })}
          </span>
          <Button
            size="s"
            icon={<Download size={13} aria-hidden="true" />}
            isPending={isRunning}
            onPress={() => void downloadWaiting()}
          >
            {t('recordings.downloadNow')}
          </Button>
        </div>
      ) : null}
    </>
  )
}

/** The usual sizes, the one that is set, and none. */
function quotaOptions(current: number | null): { id: string; label: string }[] {
  const sizes = [...new Set([...QUOTAS, ...(current === null ? [] : [current])])].sort((a, b) => a - b)
  return [
    ...sizes.map((bytes) => ({ id: String(bytes), label: formatBytes(bytes) })),
    { id: OFF, label: t('recordings.quotaOff') },
  ]
}
