import { useQuery } from '@tanstack/react-query'
import { client } from '../app/client'
import { t } from '../app/words'
import { Button, FailureBanner, formatBytes, formatDay } from '../ui'
import { show } from './backup-state'

/** The copies that Earmark makes by itself, newest first, each to be restored. */
export function AutomaticBackups() {
  const copies = useQuery({
    queryKey: ['backup', 'automatic'],
    queryFn: () => client.backup.automatic({}),
    gcTime: 0,
    staleTime: 0,
  })
  return (
    <section className="backup-section" aria-labelledby="backup-automatic">
      <h3 id="backup-automatic" className="ui-section-title">
        {t('backup.automatic')}
      </h3>
      <p className="soft">{t('backup.automaticWords')}</p>
      {copies.isError ? <FailureBanner error={copies.error} title={t('backup.automaticError')} /> : null}
      {copies.data?.length === 0 ? <p className="soft">{t('backup.automaticNone')}</p> : null}
      {copies.data && copies.data.length > 0 ? (
        <ul className="backup-list" aria-labelledby="backup-automatic">
          {copies.data.map(({ name, of, isBeforeUpdate, day, bytes }) => {
            const date = formatDay(`${day}T00:00:00.000Z`, { timeZone: 'UTC' })
            return (
              <li key={name} className="backup-line">
                <span className="tabular">{date}</span>
                <span className="soft backup-what">
                  {[
                    t(`backup.of.${of}`),
                    ...(isBeforeUpdate ? [t('backup.beforeUpdate')] : []),
                    formatBytes(bytes),
                  ].join(' · ')}
                </span>
                <Button
                  size="s"
                  aria-label={t('backup.restoreOneLabel', { day: date })}
                  onPress={() =>
                    show({
                      kind: 'chosen',
                      from: { kind: 'automatic', name },
                      words: t('backup.automaticFacts', {
                        what: t(`backup.of.${of}`),
                        day: date,
                        size: formatBytes(bytes),
                      }),
                      facts: null,
                    })
                  }
                >
                  {t('backup.restoreOne')}
                </Button>
              </li>
            )
          })}
        </ul>
      ) : null}
    </section>
  )
}
