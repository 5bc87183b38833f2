import type { RecordingHost } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { client } from '../app/client'
import { t } from '../app/words'
import { Button, confirm, FailureBanner, formatAgo, formatNumber, toast, toastFailure } from '../ui'
import { HostForm } from './HostForm'
import { hostsQuery } from './queries'

/** Hosts of recordings with their log-ins; those that want one are offered it. */
export function RecordingHosts({ askedFor }: { askedFor: string | null }) {
  const hosts = useQuery(hostsQuery)
  // Which form is open: of a host, of a new one (''), or none.
  const [edited, setEdited] = useState<string | null>(askedFor)
  const list = hosts.data ?? []
  const isKnown = list.some(({ host }) => host === edited)
  const form = (host: RecordingHost | null, name: string) => (
    <HostForm key={name} host={host} name={name} onClose={() => setEdited(null)} />
  )
  return (
    <div className="recordings-hosts">
      <h4 className="ui-label">{t('recordings.hosts')}</h4>
      <p className="ui-hint">{t('recordings.hostsHint')}</p>
      {hosts.isError ? <FailureBanner error={hosts.error} title={null} /> : null}
      {hosts.data && list.length === 0 && edited === null ? (
        <p className="soft">{t('recordings.noHosts')}</p>
      ) : null}
      {list.length > 0 ? (
        <ul className="recordings-host-list" aria-label={t('recordings.hosts')}>
          {list.map((host) => (
            <li key={host.host}>
              {edited === host.host ? (
                form(host, host.host)
              ) : (
                <HostLine host={host} onEdit={() => setEdited(host.host)} />
              )}
            </li>
          ))}
        </ul>
      ) : null}
      {hosts.data && edited !== null && !isKnown ? form(null, edited) : null}
      {edited === null ? (
        <Button
          size="s"
          className="recordings-add"
          icon={<Plus size={13} aria-hidden="true" />}
          onPress={() => setEdited('')}
        >
          {t('recordings.host.add')}
        </Button>
      ) : null}
    </div>
  )
}

function HostLine({ host, onEdit }: { host: RecordingHost; onEdit: () => void }) {
  const { host: name, scheme, username, usedAt, problem, waiting } = host
  const facts =
    scheme === null
      ? []
      : [
          scheme === 'basic' ? t('recordings.host.user', { name: username }) : t('recordings.host.token'),
          usedAt ? t('recordings.host.used', { ago: formatAgo(usedAt) }) : t('recordings.host.unused'),
        ]
  return (
    <div className="recordings-host">
      <div className="recordings-host-words">
        <strong>{name}</strong>
        {facts.length > 0 ? <span className="soft">{facts.join(' · ')}</span> : null}
        {waiting > 0 ? (
          <span className="recordings-host-wants">
            {t('recordings.host.wants', { count: waiting, n: formatNumber(waiting) })}
          </span>
        ) : null}
        {problem && scheme !== null ? <span className="recordings-host-problem">{problem}</span> : null}
      </div>
      {scheme === null ? (
        <Button size="s" aria-label={t('recordings.host.addOne', { host: name })} onPress={onEdit}>
          {t('recordings.host.add')}
        </Button>
      ) : (
        <>
          <Button size="s" aria-label={t('recordings.host.changeOne', { host: name })} onPress={onEdit}>
            {t('recordings.host.change')}
          </Button>
          <Button
            size="s"
            aria-label={t('recordings.host.removeOne', { host: name })}
            onPress={() => void remove(name)}
          >
            {t('recordings.host.remove')}
          </Button>
        </>
      )}
    </div>
  )
}

async function remove(host: string): Promise<void> {
  const isSure = await confirm({
    title: t('recordings.host.removeTitle', { host }),
    body: t('recordings.host.removeWords'),
    confirmLabel: t('recordings.host.remove'),
    tone: 'danger',
  })
  if (!isSure) return
  try {
    await client.recordings.removeHost({ host })
    toast({ title: t('recordings.toast.hostRemoved', { host }), topic: `host ${host}` })
  } catch (thrown) {
    toastFailure(thrown)
  }
}
