import type { ReactNode } from 'react'
import { classNames } from '../ui'
import type { Trust } from './turn-time'

/** A time with the sign of how far it can be believed: `≈` estimated, `?` not surely so, a small square set by hand. */
export function TimeMark({ trust, children }: { trust: Trust; children: ReactNode }) {
  const isEstimated = trust !== 'vendor' && trust !== 'manual'
  return (
    <span className={classNames('time-mark tabular', `is-${trust}`)}>
      {trust === 'manual' ? <span className="time-set" aria-hidden="true" /> : null}
      {isEstimated ? <span className="time-about">≈</span> : null}
      <span className="time-words">{children}</span>
      {trust === 'unsure' || trust === 'guessed' ? <span className="time-doubt">?</span> : null}
    </span>
  )
}
