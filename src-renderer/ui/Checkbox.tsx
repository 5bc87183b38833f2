import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import { Checkbox as AriaCheckbox, Switch as AriaSwitch } from 'react-aria-components'
import './Checkbox.css'

interface ToggleProps {
  children: ReactNode
  /** A sentence on what it means. */
  description?: ReactNode
  isSelected: boolean
  onChange: (isSelected: boolean) => void
  isDisabled?: boolean
}

/** Chosen or not; takes effect with the form. */
export function Checkbox({ children, description, ...rest }: ToggleProps) {
  return (
    <AriaCheckbox {...rest} className="ui-toggle">
      <span className="ui-checkbox-box" aria-hidden="true">
        <Check size={12} strokeWidth={3} />
      </span>
      <span className="ui-toggle-words">
        <span>{children}</span>
        {description ? <span className="ui-hint">{description}</span> : null}
      </span>
    </AriaCheckbox>
  )
}

/** On or off; takes effect at once. */
export function Switch({ children, description, ...rest }: ToggleProps) {
  return (
    <AriaSwitch {...rest} className="ui-toggle">
      <span className="ui-switch-track" aria-hidden="true" />
      <span className="ui-toggle-words">
        <span>{children}</span>
        {description ? <span className="ui-hint">{description}</span> : null}
      </span>
    </AriaSwitch>
  )
}
