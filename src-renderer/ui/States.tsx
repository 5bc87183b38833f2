import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { t } from '../app/words'
import { Button } from './Button'
import { describeFailure } from './failure'
import './States.css'

/** Nothing is here: says why, and what to do. */
export function EmptyState({
  icon,
  title,
  children,
  actions,
}: {
  icon?: ReactNode
  title: string
  children?: ReactNode
  actions?: ReactNode
}) {
  return (
    <div className="ui-state">
      {icon ? <span className="ui-state-icon">{icon}</span> : null}
      <h2 className="ui-state-title">{title}</h2>
      {children ? <div className="ui-state-words">{children}</div> : null}
      {actions ? <div className="ui-state-actions">{actions}</div> : null}
    </div>
  )
}

/** It failed: a title from the failure's code, its own sentence, and a way on. */
export function ErrorState({
  error,
  onRetry,
  retryLabel,
  actions,
}: {
  error: unknown
  onRetry?: () => void
  retryLabel?: string
  actions?: ReactNode
}) {
  const { title, message } = describeFailure(error)
  return (
    <div className="ui-state" role="alert">
      <span className="ui-state-icon ui-state-bad">
        <CircleAlert size={22} aria-hidden="true" />
      </span>
      <h2 className="ui-state-title">{title}</h2>
      <div className="ui-state-words">{message}</div>
      {onRetry || actions ? (
        <div className="ui-state-actions">
          {onRetry ? <Button onPress={onRetry}>{retryLabel ?? t('ui.tryAgain')}</Button> : null}
          {actions}
        </div>
      ) : null}
    </div>
  )
}
