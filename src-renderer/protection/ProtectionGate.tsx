import type { ProtectionStatus } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { KeyRound, LockKeyhole } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { client } from '../app/client'
import { t } from '../app/words'
import { Banner, Button, formatBytes, ProgressBar, TextArea } from '../ui'
import { protectionQuery } from './queries'
import { useAttempt } from './use-attempt'
import './protection.css'

/** The application, unless the workspace is locked or being changed over: then what there is to do about it. */
export function ProtectionGate({ children }: { children: ReactNode }) {
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
    <Card
      title={t(to === 'plain' ? 'protection.working.plain' : 'protection.working.protected')}
      words={t('protection.working.words')}
    >
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
    </Card>
  )
}

function Halfway({ status: { to, problem } }: { status: ProtectionStatus }) {
  const resuming = useAttempt()
  const [forward, back] =
    to === 'plain' ? (['plain', 'protected'] as const) : (['protected', 'plain'] as const)
  const failure = problem ?? resuming.problem
  return (
    <Card title={t(`protection.halfway.${forward}`)} words={t('protection.halfway.words')}>
      {failure ? <Banner tone="bad">{failure}</Banner> : null}
      <div className="protection-actions">
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
      </div>
    </Card>
  )
}

function Failed({ problem }: { problem: string }) {
  return (
    <Card title={t('protection.failed.title')} words={problem}>
      <div className="protection-actions">
        <Button variant="primary" onPress={() => void client.protection.acknowledge({})} autoFocus>
          {t('protection.failed.seen')}
        </Button>
      </div>
    </Card>
  )
}

/** In the middle of the window, in the place of the application. */
function Card({ title, words, children }: { title: string; words: string; children: ReactNode }) {
  return (
    <main className="protection-gate">
      <section className="protection-card" aria-labelledby="protection-card">
        <span className="protection-icon">
          <LockKeyhole size={22} aria-hidden="true" />
        </span>
        <h1 id="protection-card">{title}</h1>
        <p className="soft">{words}</p>
        {children}
      </section>
    </main>
  )
}
