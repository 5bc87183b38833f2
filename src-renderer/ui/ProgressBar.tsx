import { ProgressBar as AriaProgressBar } from 'react-aria-components'
import './ProgressBar.css'

/** How far something has come. `total: null` when nobody knows: the bar moves to and fro. */
export function ProgressBar({
  label,
  done,
  total,
  className = '',
}: {
  label: string
  done: number
  total: number | null
  className?: string
}) {
  const isKnown = total !== null && total > 0
  return (
    <AriaProgressBar
      className={`ui-progress ${className}`}
      aria-label={label}
      {...(isKnown ? { value: Math.min(done, total), maxValue: total } : { isIndeterminate: true })}
    >
      {({ percentage }) => (
        <span
          className={isKnown ? 'ui-progress-fill' : 'ui-progress-fill ui-progress-unknown'}
          style={isKnown ? { width: `${percentage ?? 0}%` } : {}}
        />
      )}
    </AriaProgressBar>
  )
}
