import type { ReactNode } from 'react'
import { Popover as AriaPopover, type PopoverProps as AriaPopoverProps, Dialog } from 'react-aria-components'
import { classNames } from './class-names'
import './Popover.css'

export interface PopoverProps extends Omit<AriaPopoverProps, 'className' | 'children'> {
  children: ReactNode
  /** Holds a list or menu (of Select, ComboBox, Menu) and brings no dialog of its own. */
  isList?: boolean
  /** The accessible name, where it is a dialog. */
  label?: string
  className?: string
}

/** A small panel at what opened it (inside react-aria's `DialogTrigger`, `MenuTrigger` and the like). */
export function Popover({ children, isList = false, label, className, ...rest }: PopoverProps) {
  return (
    <AriaPopover
      offset={4}
      {...rest}
      data-own-keys="true"
      className={classNames('ui-popover', isList && 'ui-popover-list', className)}
    >
      {isList ? (
        children
      ) : (
        <Dialog className="ui-popover-dialog" {...(label ? { 'aria-label': label } : {})}>
          {children}
        </Dialog>
      )}
    </AriaPopover>
  )
}
