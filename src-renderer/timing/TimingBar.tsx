import type { CallDetail } from '@contract'
import { ArrowUpDown, Drum, Ellipsis, RotateCw, TriangleAlert, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { keyOf } from '../app/all-keys'
import { commandLabel, perform } from '../app/commands'
import { t } from '../app/words'
import { usePlayer } from '../player/player'
import { Button, classNames, IconButton, Kbd, Menu, Spinner, VisuallyHidden } from '../ui'
import { canSwap } from './actions'
import { TimeSign } from './TimeMark'
import { type Trust, trustsOf } from './turn-time'

/** Kinds of times that are explained, where a call has them. The vendor's need no word. */
const EXPLAINED: readonly Trust[] = ['heard', 'unsure', 'guessed', 'manual']

/** One quiet line: what the marks at the turns' times mean, or what is going on, and what can be done. */
export function TimingBar({ call }: { call: CallDetail }) {
  const { state, problem, anchorCount, orphanedAnchorCount } = call.alignment
  const isReady = call.recording.state === 'ready'
  const trusts = trustsOf(call.turns)
  // Doubtful and guessed times have one sign; what is said of it is true of both.
  const kinds = EXPLAINED.filter((kind) => trusts.has(kind) && !(kind === 'guessed' && trusts.has('unsure')))
  const isBroken = usePlayer((player) => player.source === 'broken')
  const isGoingOn = isReady && (state === 'running' || state === 'waiting')
  // What was heard once is shown while it is fitted again: nothing jumps at each press.
  const isFirst = !trusts.has('heard') && !trusts.has('manual')
  // Of a recording that can't be played, the player says why.
  const isFailed = state === 'failed' && !isBroken
  if (kinds.length === 0 && !isGoingOn && !isFailed) return null
  const actions = [
    { id: 'timing.tapAlong', Icon: Drum, isDisabled: !isReady },
    { id: 'timing.swapChannels', Icon: ArrowUpDown, isDisabled: !canSwap(call) },
    { id: 'timing.align', Icon: RotateCw, isDisabled: !isReady || state === 'running' },
    { id: 'timing.clear', Icon: X, isDisabled: anchorCount === 0 },
  ]
  return (
    <section className="timing-bar" aria-label={t('timing.title')}>
      {isFailed ? (
        <State isBad icon={<TriangleAlert size={13} aria-hidden="true" />}>
          {problem ?? t('timing.failed')}
        </State>
      ) : isGoingOn && isFirst ? (
        <State icon={<Spinner size={13} />}>{t(`timing.${state}`)}</State>
      ) : (
        <ul className="timing-legend" aria-label={t('timing.legend.title')}>
          {kinds.map((kind) => (
            <li key={kind} title={t(`timing.why.${kind}`)}>
              <TimeSign trust={kind} />
              <span className="truncate">{t(`timing.legend.${kind}`)}</span>
            </li>
          ))}
        </ul>
      )}
      <span className="timing-space" />
      {isGoingOn && !isFirst ? (
        <span className="timing-fitting" role="status" title={t('timing.fitting')}>
          <Spinner size={13} />
          <VisuallyHidden>{t('timing.fitting')}</VisuallyHidden>
        </span>
      ) : null}
      {orphanedAnchorCount > 0 ? (
        <span className="timing-orphans truncate" title={t('timing.orphansHint')}>
          {t('timing.orphans', { count: orphanedAnchorCount })}
        </span>
      ) : null}
      {isFailed && isReady ? (
        <Button size="s" onPress={() => perform('timing.align')}>
          {t('ui.tryAgain')}
        </Button>
      ) : isReady && !isBroken ? (
        <span className="timing-hint">
          <Kbd keys={keyOf('timing.setStart') ?? ''} />
          <span>{t('timing.hint')}</span>
        </span>
      ) : null}
      <Menu
        label={t('timing.title')}
        trigger={<IconButton size="s" label={t('timing.more')} icon={<Ellipsis size={15} />} />}
        actions={actions.map(({ id, Icon, isDisabled }) => ({
          id,
          label: commandLabel(id),
          icon: <Icon size={14} aria-hidden="true" />,
          keyHint: keyOf(id),
          isDisabled,
          perform: () => void perform(id),
        }))}
      />
    </section>
  )
}

function State({ icon, children, isBad = false }: { icon: ReactNode; children: ReactNode; isBad?: boolean }) {
  return (
    <span className={classNames('timing-state', isBad && 'is-bad')} role="status">
      {icon}
      <span>{children}</span>
    </span>
  )
}
