import type { ReactNode } from 'react'
import { classNames } from '../ui'
import type { Trust } from './turn-time'

const isDoubtful = (trust: Trust): boolean => trust === 'unsure' || trust === 'guessed'

/** A time with the sign of how far it can be believed: `≈` estimated, `?` not surely so, a small square set by hand. */
export function TimeMark({ trust, children }: { trust: Trust; children: ReactNode }) {
  return (
    <span className={classNames('time-mark tabular', `is-${trust}`)}>
      {trust === 'manual' ? <span className="time-set" aria-hidden="true" /> : null}
      {trust === 'heard' || isDoubtful(trust) ? <span className="time-about">≈</span> : null}
      <span className="time-words">{children}</span>
      {isDoubtful(trust) ? <span className="time-doubt">?</span> : null}
    </span>
  )
}

/** The sign alone, for the legend. */
export function TimeSign({ trust }: { trust: Trust }) {
  if (trust === 'manual') return <span className="time-set" aria-hidden="true" />
  return <span aria-hidden="true">{isDoubtful(trust) ? '?' : '≈'}</span>
}
