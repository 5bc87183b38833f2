import type { CallDetail } from '@contract'
import { Pause, Play, Undo2 } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { keyOf } from '../app/all-keys'
import { t } from '../app/words'
import { toggle, usePlayer } from '../player/player'
import { Button, formatPositionTenths, IconButton, Kbd } from '../ui'
import { spokenTurns } from './meant-turn'
import { endTapping, tapBack, type useTapping } from './tap-along'

type Tapping = NonNullable<ReturnType<typeof useTapping.getState>['tapping']>

/** The mode in which each press of a key marks the next turn: which turn that is, what the keys do, and the way out. */
export function TapBanner({ call, tapping }: { call: CallDetail; tapping: Tapping }) {
  const isPlaying = usePlayer((state) => state.isPlaying)
  const spoken = spokenTurns(call.turns)
  const last = tapping.taps.at(-1)
  // The keys are the mode's: they must not press what had the focus before.
  const banner = useRef<HTMLElement>(null)
  useEffect(() => banner.current?.focus({ preventScroll: true }), [])
  return (
    <section ref={banner} className="tap-banner" aria-label={t('timing.tap.title')} tabIndex={-1}>
      <div className="tap-line">
        <strong className="tap-title">{t('timing.tap.title')}</strong>
        <span className="tap-count tabular" role="status">
          {t('timing.tap.of', {
            n: spoken.findIndex((turn) => turn.index === tapping.next) + 1,
            count: spoken.length,
          })}
          {last ? (
            <span className="soft"> {t('timing.tap.last', { at: formatPositionTenths(last.sec) })}</span>
          ) : null}
        </span>
        <span className="timing-space" />
        <IconButton
          size="s"
          label={t(isPlaying ? 'player.pause' : 'player.play')}
          icon={isPlaying ? <Pause size={14} /> : <Play size={14} />}
          keyHint={keyOf('player.toggle')}
          onPress={toggle}
        />
        <IconButton
          size="s"
          label={t('commands.timing.tapBack')}
          icon={<Undo2 size={14} />}
          keyHint={keyOf('timing.tapBack')}
          isDisabled={!last}
          onPress={tapBack}
        />
        <Button size="s" keyHint={keyOf('timing.tapEnd')} onPress={endTapping}>
          {t('timing.tap.end')}
        </Button>
      </div>
      <p className="tap-keys">
        <Kbd keys={keyOf('timing.setStart') ?? ''} /> <Kbd keys={keyOf('timing.tap') ?? ''} />
        <span>{t('timing.tap.now')}</span>
        <Kbd keys={keyOf('player.previousTurn') ?? ''} /> <Kbd keys={keyOf('player.nextTurn') ?? ''} />
        <span>{t('timing.tap.other')}</span>
        <Kbd keys={keyOf('timing.tapBack') ?? ''} /> <span>{t('timing.tap.back')}</span>
      </p>
    </section>
  )
}
