import type { ReactNode } from 'react'
import {
  Button as AriaButton,
  type ButtonProps as AriaButtonProps,
  ToggleButton,
  TooltipTrigger,
} from 'react-aria-components'
import { classNames } from './class-names'
import { ariaKeys } from './Kbd'
import { Tooltip } from './Tooltip'
import './IconButton.css'

export interface IconButtonProps
  extends Pick<
    AriaButtonProps,
    | 'onPress'
    | 'isDisabled'
    | 'autoFocus'
    | 'slot'
    | 'aria-expanded'
    | 'aria-haspopup'
    | 'excludeFromTabOrder'
  > {
  /** The accessible name; also the tooltip. */
  label: string
  icon: ReactNode
  /** A key in tinykeys' notation, shown in the tooltip. */
  keyHint?: string | undefined
  /** Given: a toggle, with `aria-pressed`. */
  isSelected?: boolean
  size?: 's' | 'm' | 'l'
  variant?: 'ghost' | 'outline' | 'round'
  className?: string
  /** Where the tooltip stands, when there is room. */
  tooltipAt?: 'top' | 'bottom'
}

/** A button that is a picture: named for screen readers, with a tooltip that shows name and key. */
export function IconButton({
  label,
  icon,
  keyHint,
  isSelected,
  size = 'm',
  variant = 'ghost',
  className,
  tooltipAt = 'top',
  ...rest
}: IconButtonProps) {
  const shared = {
    ...rest,
    'aria-label': label,
    ...(keyHint ? { 'aria-keyshortcuts': ariaKeys(keyHint) } : {}),
    className: classNames('ui-icon-button', `ui-icon-button-${size}`, `ui-icon-button-${variant}`, className),
  }
  return (
    <TooltipTrigger delay={500} closeDelay={0}>
      {isSelected === undefined ? (
        <AriaButton {...shared}>{icon}</AriaButton>
      ) : (
        <ToggleButton {...shared} isSelected={isSelected}>
          {icon}
        </ToggleButton>
      )}
      <Tooltip keyHint={keyHint} placement={tooltipAt}>
        {label}
      </Tooltip>
    </TooltipTrigger>
  )
}
