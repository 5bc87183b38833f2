import { type Trouble as Found, toFailure } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { CircleCheck, TriangleAlert } from 'lucide-react'
import { useId } from 'react'
import { Button, formatDate, formatNumber, Spinner } from '../ui'
import { commandLabel } from './commands'
import { openDialog } from './dialogs'
import { troubleQuery } from './queries'
import { chooseOther, hideTrouble, openBackup, repair, retry, useTrouble } from './repairs'
import { t } from './words'
import './Trouble.css'

/** The workspace can't be opened, or a database of it is damaged: what happened, what is safe, what to do. */
export function Trouble({ error }: { error: unknown }) {
  const found = useQuery(troubleQuery)
  const running = useTrouble((state) => state.running)
  const titleId = useId()
  const failure = error === null ? null : toFailure(error)
  const code = failure?.code ?? found.data?.code ?? 'database_damaged'
  const isDamaged = code === 'database_damaged'
  const damaged = (found.data?.databases ?? []).filter(({ problem }) => problem !== null)
  const withBackup = damaged.length === 1 && damaged[0]?.backup ? damaged[0] : null
  const isSound = found.isSuccess && found.data === null
  return (
    <main className="app-whole app-roomy">
      <section className="trouble-card" aria-labelledby={titleId}>
        <span className="trouble-icon">
          <TriangleAlert size={22} aria-hidden="true" />
        </span>
        <h1 id={titleId}>{isSound && !failure ? t('trouble.soundTitle') : titleOf(code, damaged)}</h1>
        <p className="trouble-message">
          {failure?.message ?? found.data?.message ?? t('trouble.soundWords')}
        </p>
        {isDamaged ? <Safe found={found.data ?? null} isLooking={found.isPending} /> : null}
        {running !== null ? (
          <div className="trouble-running" role="status">
            <Spinner size={16} />
            <span className="tabular">
              {running === 'begun'
                ? t('trouble.working')
                : t('trouble.progress', {
                    count: running.rows,
                    n: formatNumber(running.rows),
                    name: running.name,
                  })}
            </span>
          </div>
        ) : (
          <div className="trouble-ways">
            {isDamaged && !isSound ? (
              <Way words={t('trouble.repairWords')}>
                <Button variant="primary" isDisabled={found.isPending} onPress={() => void repair()}>
                  {t('trouble.repair')}
                </Button>
              </Way>
            ) : (
              <Way>
                {failure ? (
                  <Button variant="primary" onPress={() => void retry()}>
                    {t('trouble.retry')}
                  </Button>
                ) : (
                  <Button variant="primary" onPress={hideTrouble}>
                    {t('trouble.back')}
                  </Button>
                )}
              </Way>
            )}
            {isDamaged && withBackup ? (
              <Way words={t('trouble.openBackupWords')}>
                <Button onPress={() => void openBackup(withBackup.name)}>{t('trouble.openBackup')}</Button>
              </Way>
            ) : null}
            <Way>
              <Button onPress={chooseOther}>{t('trouble.other')}</Button>
            </Way>
            <Way>
              <Button onPress={() => openDialog({ kind: 'report' })}>{commandLabel('support.report')}</Button>
            </Way>
          </div>
        )}
      </section>
    </main>
  )
}

function titleOf(code: string, damaged: Found['databases']): string {
  if (code === 'database_too_new') return t('trouble.tooNewTitle')
  if (code === 'disk_full') return t('trouble.fullTitle')
  if (code !== 'database_damaged') return t('trouble.otherTitle')
  const [first] = damaged
  if (damaged.length === 2) return t('trouble.damagedBoth')
  return first ? t('trouble.damagedTitle', { name: first.name }) : t('errors.database_damaged.title')
}

function Way({ words, children }: { words?: string; children: React.ReactNode }) {
  return (
    <div className="trouble-way">
      {children}
      {words ? <span className="soft">{words}</span> : null}
    </div>
  )
}

function Safe({ found, isLooking }: { found: Found | null; isLooking: boolean }) {
  return (
    <div className="trouble-safe">
      <h2>{t('trouble.whatIsSafe')}</h2>
      {isLooking ? (
        <p role="status" className="trouble-running">
          <Spinner size={14} /> {t('trouble.looking')}
        </p>
      ) : (
        <ul>
          {(found?.databases ?? []).map((one) => (
            <SafeLine key={one.name} {...one} />
          ))}
          <Line words={t('trouble.recordings')} />
        </ul>
      )}
      <p className="soft">{t('trouble.nothingChanged')}</p>
    </div>
  )
}

function SafeLine({ name, problem, backup }: Found['databases'][number]) {
  const feature = name === 'reviews.db' ? 'reviews' : 'calls'
  if (problem === null) return <Line words={t(`trouble.${feature}Sound`)} />
  if (backup === null) return <Line words={t('trouble.noBackup', { name })} isGood={false} />
  return (
    <Line
      words={t(`trouble.${feature}Backup`, {
        count: backup.rows,
        n: formatNumber(backup.rows),
        date: formatDate(backup.madeAt),
      })}
    />
  )
}

function Line({ words, isGood = true }: { words: string; isGood?: boolean }) {
  const Icon = isGood ? CircleCheck : TriangleAlert
  return (
    <li className={isGood ? 'is-good' : 'is-open'}>
      <Icon size={15} aria-hidden="true" />
      <span>{words}</span>
    </li>
  )
}
