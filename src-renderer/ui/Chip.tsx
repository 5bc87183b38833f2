import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from 'react-aria-components'
import { classNames } from './class-names'
import './Chip.css'

export type Tone = 'plain' | 'good' | 'bad' | 'accent'

/** A small word in a box: a state, a label, a count. */
export function Chip({
  children,
  tone = 'plain',
  icon,
  title,
  className,
}: {
  children: ReactNode
  tone?: Tone
  icon?: ReactNode
  title?: string
  className?: string
}) {
  return (
    <span className={classNames('ui-chip', `ui-chip-${tone}`, className)} title={title}>
      {icon}
      <span className="truncate">{children}</span>
    </span>
  )
}

/** A chip that can be taken away. */
export function RemovableChip({
  children,
  removeLabel,
  onRemove,
}: {
  children: ReactNode
  removeLabel: string
  onRemove: () => void
}) {
  return (
    <span className="ui-chip ui-chip-accent ui-chip-removable">
      <span className="truncate">{children}</span>
      <Button className="ui-chip-remove" aria-label={removeLabel} onPress={onRemove}>
        <X size={12} aria-hidden="true" />
      </Button>
    </span>
  )
}
