import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import './Banner.css'
import { describeFailure } from './failure'

const ICONS = { info: Info, good: CircleCheck, warning: TriangleAlert, bad: CircleAlert }

/** Something that stays said. `isUrgent` interrupts a screen reader. */
export function Banner({
  tone = 'info',
  title,
  children,
  action,
  isUrgent = false,
  isFlush = false,
}: {
  tone?: 'info' | 'good' | 'warning' | 'bad'
  title?: ReactNode
  children?: ReactNode
  action?: ReactNode
  isUrgent?: boolean
  /** Across the whole window, without corners. */
  isFlush?: boolean
}) {
  const Icon = ICONS[tone]
  return (
    <div
      className={`ui-banner ui-banner-${tone}${isFlush ? ' ui-banner-flush' : ''}`}
      role={isUrgent ? 'alert' : 'note'}
    >
      <Icon size={16} aria-hidden="true" />
      <div className="ui-banner-words">
        {title ? <strong>{title}</strong> : null}
        {children ? <span>{children}</span> : null}
      </div>
      {action}
    </div>
  )
}

/** What failed, in the failure's own words. `title`: instead of its own; null: none. */
export function FailureBanner({
  error,
  title,
  isUrgent = false,
}: {
  error: unknown
  title?: string | null
  isUrgent?: boolean
}) {
  const failure = describeFailure(error)
  return (
    <Banner tone="bad" isUrgent={isUrgent} title={title === undefined ? failure.title : title}>
      {failure.message}
    </Banner>
  )
}
