import type { ProtectionStatus } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { KeyRound, LockKeyhole } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { client } from '../app/client'
import { t } from '../app/words'
import { Banner, Button, describeFailure, EmptyState, formatBytes, ProgressBar, TextArea } from '../ui'
import { followProtection, protectionQuery } from './queries'
import './protection.css'

/** The application, unless the workspace is locked or being changed over: then what there is to do about it. */
export function ProtectionGate({ children }: { children: ReactNode }) {
  useEffect(followProtection, [])
  const status = useQuery(protectionQuery).data
  if (!status) return children
  switch (status.state) {
    case 'locked':
      return <Locked problem={status.problem} />
    case 'working':
      return <Working status={status} />
    case 'halfway':
      return <Halfway status={status} />
    default:
      return status.problem === null ? children : <Failed problem={status.problem} />
  }
}

/** Runs one thing at a time and keeps what went wrong. */
function useAttempt() {
  const [isPending, setPending] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const attempt = async (work: () => Promise<unknown>) => {
    setPending(true)
    setProblem(null)
    try {
      await work()
    } catch (thrown) {
      setProblem(describeFailure(thrown).message)
    } finally {
      setPending(false)
    }
  }
  return { isPending, problem, attempt }
}

function Locked({ problem }: { problem: string | null }) {
  const [phrase, setPhrase] = useState('')
  const unlocking = useAttempt()
  const unlock = () => unlocking.attempt(() => client.protection.unlock({ phrase }))
  return (
    <main className="protection-gate">
      <form
        className="protection-card"
        onSubmit={(event) => {
          event.preventDefault()
          void unlock()
        }}
      >
        <span className="protection-icon">
          <LockKeyhole size={22} aria-hidden="true" />
        </span>
        <h1>{t('protection.locked.title')}</h1>
        <p className="soft">{t('protection.locked.words')}</p>
        {problem ? <Banner tone="warning">{problem}</Banner> : null}
        <TextArea
          label={t('protection.phrase')}
          description={t('protection.locked.hint')}
          problem={unlocking.problem ?? undefined}
          rows={4}
          value={phrase}
          onChange={setPhrase}
          spellCheck="false"
          autoComplete="off"
          maxLength={2000}
          autoFocus
        />
        <div className="protection-actions">
          <Button
            type="submit"
            variant="primary"
            isPending={unlocking.isPending}
            isDisabled={phrase.trim() === ''}
          >
            {t('protection.locked.unlock')}
          </Button>
          <Button
            icon={<KeyRound size={14} aria-hidden="true" />}
            onPress={() => void unlocking.attempt(() => client.protection.retry({}))}
          >
            {t('protection.locked.retry')}
          </Button>
        </div>
      </form>
    </main>
  )
}

function Working({ status: { to, done, total } }: { status: ProtectionStatus }) {
  const stopping = useAttempt()
  return (
    <main className="protection-gate">
      <section className="protection-card" aria-labelledby="protection-working">
        <h1 id="protection-working">
          {t(to === 'plain' ? 'protection.working.plain' : 'protection.working.protected')}
        </h1>
        <p className="soft">{t('protection.working.words')}</p>
        <ProgressBar label={t('protection.working.progress')} done={done} total={total} />
        <span className="soft tabular" role="status">
          {total === null
            ? t('protection.working.begin')
            : t('protection.working.done', { done: formatBytes(done), total: formatBytes(total) })}
        </span>
        <div className="protection-actions">
          <Button
            isPending={stopping.isPending}
            onPress={() => void stopping.attempt(() => client.protection.cancel({}))}
          >
            {t('protection.working.stop')}
          </Button>
        </div>
        {stopping.problem ? <Banner tone="bad">{stopping.problem}</Banner> : null}
      </section>
    </main>
  )
}

function Halfway({ status: { to, problem } }: { status: ProtectionStatus }) {
  const resuming = useAttempt()
  const [forward, back] =
    to === 'plain' ? (['plain', 'protected'] as const) : (['protected', 'plain'] as const)
  return (
    <main className="protection-gate">
      <EmptyState
        icon={<LockKeyhole size={20} aria-hidden="true" />}
        title={t(`protection.halfway.${forward}`)}
        actions={
          <>
            <Button
              variant="primary"
              isPending={resuming.isPending}
              onPress={() => void resuming.attempt(() => client.protection.resume({ to: forward }))}
            >
              {t('protection.halfway.goOn')}
            </Button>
            <Button onPress={() => void resuming.attempt(() => client.protection.resume({ to: back }))}>
              {t('protection.halfway.back')}
            </Button>
          </>
        }
      >
        {problem ?? resuming.problem ?? t('protection.halfway.words')}
      </EmptyState>
    </main>
  )
}

function Failed({ problem }: { problem: string }) {
  return (
    <main className="protection-gate">
      <EmptyState
        icon={<LockKeyhole size={20} aria-hidden="true" />}
        title={t('protection.failed.title')}
        actions={
          <Button variant="primary" onPress={() => void client.protection.acknowledge({})}>
            {t('protection.failed.seen')}
          </Button>
        }
      >
        {problem}
      </EmptyState>
    </main>
  )
}
