import type { CallDetail, TalkFacts } from '@contract'
import { type ReactNode, useRef } from 'react'
import { Focusable, MenuTrigger, Button as PlainButton, TooltipTrigger } from 'react-aria-components'
import { t } from '../app/words'
import { goTo } from '../player/player'
import { formatDuration, formatPosition, MenuItems, Popover, Tooltip } from '../ui'
import { lengthWords, percent, tenths } from './talk-words'
import './talk-line.css'

/** How the two talked, in one line. Each fact says what it means and what it was computed from; places can be gone to. */
export function TalkLine({ call }: { call: CallDetail }) {
  const { talk, recording } = call
  // Nobody will listen: what is known from the beginning leaves no place.
  if (talk === null && (recording.state === 'none' || call.turns.length === 0)) return null
  return (
    <ul className="talk-line" aria-label={t('calls.talk.title')} aria-busy={isListening(call)}>
      {talk === null ? (
        <li>{unknownWords(call)}</li>
      ) : (
        <Facts talk={talk} canGo={recording.state === 'ready'} />
      )}
    </ul>
  )
}

const isListening = ({ talk, alignment }: CallDetail): boolean =>
  talk === null && (alignment.state === 'waiting' || alignment.state === 'running')

function unknownWords(call: CallDetail): string {
  if (call.recording.state !== 'ready') return t('calls.talk.whenHere')
  if (isListening(call)) return t('calls.talk.listening')
  return t(call.alignment.state === 'done' ? 'calls.talk.nobody' : 'calls.talk.unknown')
}

function Facts({ talk, canGo }: { talk: TalkFacts; canGo: boolean }) {
  const { agentShare, silenceShare, longestMonologue: monologue, interruptions, agentLatency, basis } = talk
  return (
    <>
      {agentShare === null ? null : (
        <Fact about={t('calls.talk.about.share')} basis={basis}>
          {t('calls.talk.share', { share: percent(agentShare) })}
        </Fact>
      )}
      <Fact about={t('calls.talk.about.silent')} basis={basis === 'channels' ? basis : 'sound'}>
        {t('calls.talk.silent', { share: percent(silenceShare) })}
      </Fact>
      {monologue === null ? null : (
        <Fact
          about={t('calls.talk.about.monologue')}
          basis={basis}
          {...(canGo ? { onGo: () => goTo(monologue.startSec) } : {})}
        >
          {t('calls.talk.monologue', {
            length: formatDuration(monologue.endSec - monologue.startSec),
            speaker: t(`calls.talk.speaker.${monologue.speaker}`),
          })}
        </Fact>
      )}
      <DeadAir talk={talk} canGo={canGo} />
      {interruptions === null ? null : (
        <Places
          places={canGo ? interruptions : []}
          count={talk.interruptionCount ?? 0}
          about={t('calls.talk.about.interruptions')}
          basis={basis}
        >
          {t('calls.talk.interruptions', { count: talk.interruptionCount ?? 0 })}
        </Places>
      )}
      {agentLatency === null ? null : (
        <Fact
          about={t('calls.talk.about.latency', {
            count: agentLatency.answers,
            most: tenths(agentLatency.p90Sec),
          })}
          basis={basis}
        >
          {t('calls.talk.latency', { sec: tenths(agentLatency.medianSec) })}
        </Fact>
      )}
    </>
  )
}

function DeadAir({ talk, canGo }: { talk: TalkFacts; canGo: boolean }) {
  const { deadAir, deadAirCount, deadAirSec, longestSilenceSec, basis } = talk
  const heard = basis === 'channels' ? basis : 'sound'
  if (deadAirCount === 0)
    return (
      <Fact
        about={t('calls.talk.about.noDeadAir', { longest: lengthWords(longestSilenceSec) })}
        basis={heard}
      >
        {t('calls.talk.noDeadAir')}
      </Fact>
    )
  return (
    <Places
      places={canGo ? deadAir : []}
      count={deadAirCount}
      about={t('calls.talk.about.deadAir', { total: lengthWords(deadAirSec) })}
      basis={heard}
    >
      {t('calls.talk.deadAir', { count: deadAirCount })}
    </Places>
  )
}

interface FactProps {
  children: ReactNode
  about: string
  basis: TalkFacts['basis']
}

/** A fact with what it means; with `onGo` a button. */
function Fact({ children, about, basis, onGo }: FactProps & { onGo?: () => void }) {
  return (
    <li>
      <TooltipTrigger delay={400} closeDelay={0}>
        {onGo ? (
          <PlainButton className="talk-fact" onPress={onGo}>
            {children}
          </PlainButton>
        ) : (
          <Focusable>
            <span className="talk-fact" role="note">
              {children}
            </span>
          </Focusable>
        )}
        <About about={about} basis={basis} />
      </TooltipTrigger>
    </li>
  )
}

/** A fact that counts places: one is gone to, several are offered in a menu. */
function Places({
  places,
  count,
  ...fact
}: FactProps & { places: readonly { startSec: number; endSec: number }[]; count: number }) {
  const hasGone = useRef(false)
  const [only] = places
  if (only === undefined) return <Fact {...fact} />
  if (places.length === 1) return <Fact {...fact} onGo={() => goTo(only.startSec)} />
  const label = typeof fact.children === 'string' ? fact.children : ''
  return (
    <li>
      <MenuTrigger>
        <TooltipTrigger delay={400} closeDelay={0}>
          <PlainButton
            className="talk-fact"
            onFocus={({ target }) => {
              // The menu gives the focus back. Who went somewhere with the mouse wants the next Space to play.
              const isByMouse = hasGone.current && !target.matches(':focus-visible')
              if (isByMouse && target instanceof HTMLElement) target.blur()
              hasGone.current = false
            }}
          >
            {fact.children}
          </PlainButton>
          <About about={fact.about} basis={fact.basis} />
        </TooltipTrigger>
        <Popover isList>
          <MenuItems
            label={
              count > places.length ? t('calls.talk.morePlaces', { shown: places.length, count }) : label
            }
            actions={places.map(({ startSec, endSec }) => ({
              id: String(startSec),
              label: t('calls.talk.place', {
                at: formatPosition(startSec),
                length: lengthWords(endSec - startSec),
              }),
              perform: () => {
                hasGone.current = true
                goTo(startSec)
              },
            }))}
          />
        </Popover>
      </MenuTrigger>
    </li>
  )
}

function About({ about, basis }: Pick<FactProps, 'about' | 'basis'>) {
  return (
    <Tooltip placement="bottom">
      <span className="talk-about">
        <span>{about}</span>
        <span className="soft">{t(`calls.talk.basis.${basis}`)}</span>
      </span>
    </Tooltip>
  )
}
