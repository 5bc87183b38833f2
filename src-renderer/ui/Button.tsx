import type { ReactNode } from 'react'
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components'
import { classNames } from './class-names'
import { ariaKeys, KeyHint } from './Kbd'
import { Spinner } from './Spinner'
import './Button.css'

export interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'children'> {
  children: ReactNode
  /** `primary` once a screen at most; `danger` for what deletes; `ghost` inside bars. */
  variant?: 'primary' | 'secondary' | 'ghost' | 'danger'
  size?: 's' | 'm'
  icon?: ReactNode
  /** A key in tinykeys' notation, printed beside the words (it is not part of the name). */
  keyHint?: string | undefined
  className?: string
}

/** A button with words. While `isPending` it keeps its size, shows a spinner and can't be pressed. */
export function Button({
  children,
  variant = 'secondary',
  size = 'm',
  icon,
  keyHint,
  className,
  ...rest
}: ButtonProps) {
  return (
    <AriaButton
      {...rest}
      {...(keyHint ? { 'aria-keyshortcuts': ariaKeys(keyHint) } : {})}
      className={classNames('ui-button', `ui-button-${variant}`, `ui-button-${size}`, className)}
    >
      {rest.isPending ? <Spinner size={14} /> : icon}
      <span className="ui-button-words">{children}</span>
      {keyHint ? <KeyHint keys={keyHint} /> : null}
    </AriaButton>
  )
}
