import { FastForward, Pause, Play, Repeat, SkipBack, SkipForward, ZoomIn, ZoomOut } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { keyOf } from '../app/all-keys'
import { t } from '../app/words'
import { formatDuration, formatPositionTenths, IconButton, Kbd, Select } from '../ui'
import { useLoop } from './loop'
import { chooseRate, onTick, RATES, SKIP_SEC, toggle, usePlayer } from './player'
import { stepTurnLooping, toggleLoop } from './pointed'
import { chooseSkipping } from './skip-silence'
import { zoomIn, zoomOut } from './use-waveform'
import { useView } from './view'

/** The buttons below the waveform. Without sound, only those that walk through the turns; without turns, none. */
export function Transport({
  hasSound,
  hasTurns,
  isSkipping,
}: {
  hasSound: boolean
  hasTurns: boolean
  isSkipping: boolean
}) {
  const isPlaying = usePlayer((state) => state.isPlaying)
  const isLooping = useLoop((state) => state.loop !== null && !state.loop.isOnce)
  return (
    <div className="transport">
      {hasSound ? (
        <IconButton
          label={t(isPlaying ? 'player.pause' : 'player.play')}
          icon={
            isPlaying ? (
              <Pause size={15} fill="currentColor" strokeWidth={0} />
            ) : (
              <Play size={15} fill="currentColor" strokeWidth={0} className="transport-play" />
            )
          }
          keyHint={keyOf('player.toggle')}
          variant="round"
          tooltipAt="bottom"
          onPress={toggle}
        />
      ) : null}
      {hasTurns ? (
        <>
          <IconButton
            label={t('player.previousTurn')}
            icon={<SkipBack size={15} />}
            keyHint={keyOf('player.previousTurn')}
            tooltipAt="bottom"
            onPress={() => stepTurnLooping(-1)}
          />
          <IconButton
            label={t('player.nextTurn')}
            icon={<SkipForward size={15} />}
            keyHint={keyOf('player.nextTurn')}
            tooltipAt="bottom"
            onPress={() => stepTurnLooping(1)}
          />
        </>
      ) : null}
      {hasSound ? (
        <>
          <IconButton
            label={t('player.loop')}
            icon={<Repeat size={15} />}
            keyHint={keyOf('player.loop')}
            isSelected={isLooping}
            tooltipAt="bottom"
            onPress={toggleLoop}
          />
          <IconButton
            label={t('player.skipSilence')}
            icon={<FastForward size={15} />}
            keyHint={keyOf('player.skipSilence')}
            isSelected={isSkipping}
            tooltipAt="bottom"
            onPress={() => chooseSkipping(!isSkipping)}
          />
          <Clock />
        </>
      ) : null}
      <span className="transport-keys" aria-hidden="true">
        {hasSound ? (
          <>
            <Kbd keys={keyOf('player.back') ?? ''} />
            <Kbd keys={keyOf('player.forward') ?? ''} />
            <span>{t('player.skipHint', { seconds: SKIP_SEC })}</span>
          </>
        ) : null}
        {hasTurns ? (
          <>
            <Kbd keys={keyOf('player.previousTurn') ?? ''} />
            <Kbd keys={keyOf('player.nextTurn') ?? ''} />
            <span>{t('player.turnHint')}</span>
          </>
        ) : null}
      </span>
      <span className="transport-space" />
      {hasSound ? (
        <>
          <Zoom />
          <Speed />
        </>
      ) : null}
    </div>
  )
}

/** Position and length; the text is set outside of React, many times a second. */
function Clock() {
  const text = useRef<HTMLSpanElement>(null)
  const durationSec = usePlayer((state) => state.durationSec)
  useEffect(
    () =>
      onTick((sec) => {
        if (text.current) text.current.textContent = formatPositionTenths(sec)
      }),
    [],
  )
  // The widest position that this call can have keeps the place.
  const total = formatPositionTenths(durationSec)
  return (
    <span className="transport-clock tabular" title={formatDuration(durationSec)}>
      <span className="transport-position">
        <span ref={text} />
        <span className="transport-widest" aria-hidden="true">
          {total}
        </span>
      </span>
      <span className="soft"> / {total}</span>
    </span>
  )
}

function Zoom() {
  const isZoomed = useView((state) => state.view !== null)
  return (
    <>
      <IconButton
        label={t('player.zoomOut')}
        icon={<ZoomOut size={15} />}
        keyHint={keyOf('player.zoomOut')}
        isDisabled={!isZoomed}
        tooltipAt="bottom"
        onPress={zoomOut}
      />
      <IconButton
        label={t('player.zoomIn')}
        icon={<ZoomIn size={15} />}
        keyHint="+"
        tooltipAt="bottom"
        onPress={zoomIn}
      />
    </>
  )
}

function Speed() {
  const rate = usePlayer((state) => state.rate)
  const rates = RATES.includes(rate) ? RATES : [...RATES, rate].sort((a, b) => a - b)
  return (
    <span className="transport-speed">
      <span className="transport-keys" aria-hidden="true">
        <Kbd keys={keyOf('player.slower') ?? ''} />
        <Kbd keys={keyOf('player.faster') ?? ''} />
      </span>
      <Select
        label={t('player.speed')}
        isLabelHidden
        size="s"
        options={rates.map((one) => ({ id: String(one), label: `${one}×` }))}
        value={String(rate)}
        onChange={(id) => chooseRate(Number(id))}
      />
    </span>
  )
}
