import { type KeyboardEvent, useEffect, useRef } from 'react'
import { t } from '../app/words'
import { spokenDuration } from '../ui'
import { goTo, onTick, positionSec } from './player'

const ARROW_SEC = 1
const PAGE_SEC = 10

const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -ARROW_SEC,
  ArrowDown: -ARROW_SEC,
  ArrowRight: ARROW_SEC,
  ArrowUp: ARROW_SEC,
  PageDown: -PAGE_SEC,
  PageUp: PAGE_SEC,
}

/** The playback position as a slider: arrows move by a second, page keys by ten. */
export function PositionSlider({ durationSec, isDisabled }: { durationSec: number; isDisabled: boolean }) {
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    let said = -1
    return onTick((sec) => {
      const element = input.current
      if (!element) return
      element.value = String(sec)
      element.style.setProperty('--heard', String(durationSec > 0 ? sec / durationSec : 0))
      const whole = Math.floor(sec)
      if (whole === said) return
      said = whole
      element.setAttribute(
        'aria-valuetext',
        t('player.positionOf', { position: spokenDuration(whole), total: spokenDuration(durationSec) }),
      )
    })
  }, [durationSec])

  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key]
    if (step === undefined) return
    event.preventDefault()
    goTo(positionSec() + step)
  }
  return (
    <input
      ref={input}
      type="range"
      className="position-slider"
      aria-label={t('player.position')}
      min={0}
      max={durationSec}
      step={0.01}
      defaultValue={0}
      disabled={isDisabled}
      onChange={(event) => goTo(event.currentTarget.valueAsNumber)}
      onKeyDown={onKeyDown}
    />
  )
}
