import type { ReactNode } from 'react'
import { Tooltip as AriaTooltip } from 'react-aria-components'
import { KeyHint } from './Kbd'
import './Tooltip.css'

/** Goes inside react-aria's `TooltipTrigger`, after what it explains. */
export function Tooltip({ children, keyHint }: { children: ReactNode; keyHint?: string | undefined }) {
  return (
    <AriaTooltip className="ui-tooltip" offset={6}>
      {children}
      {keyHint ? <KeyHint keys={keyHint} /> : null}
    </AriaTooltip>
  )
}
