import type { ReactNode } from 'react'
import { Tooltip as AriaTooltip } from 'react-aria-components'
import { KeyHint } from './Kbd'
import './Tooltip.css'

/** Goes inside react-aria's `TooltipTrigger`, after what it explains. */
export function Tooltip({
  children,
  keyHint,
  placement = 'top',
}: {
  children: ReactNode
  keyHint?: string | undefined
  placement?: 'top' | 'bottom'
}) {
  return (
    <AriaTooltip className="ui-tooltip" offset={6} placement={placement}>
      {children}
      {keyHint ? <KeyHint keys={keyHint} /> : null}
    </AriaTooltip>
  )
}
