import type { ReactElement, ReactNode } from 'react'
import { Menu as AriaMenu, MenuItem, MenuTrigger } from 'react-aria-components'
import { classNames } from './class-names'
import { KeyHint } from './Kbd'
import { Popover } from './Popover'
import './Select.css'
import './Menu.css'

export interface MenuAction {
  id: string
  label: string
  icon?: ReactNode
  keyHint?: string | undefined
  tone?: 'plain' | 'danger'
  isDisabled?: boolean
  perform: () => void
}

/** A button (the child) that opens a menu of actions. */
export function Menu({
  label,
  trigger,
  actions,
}: {
  label: string
  trigger: ReactElement
  actions: readonly MenuAction[]
}) {
  return (
    <MenuTrigger>
      {trigger}
      <Popover isList>
        <AriaMenu
          className="ui-list"
          aria-label={label}
          items={actions}
          onAction={(key) => actions.find((action) => action.id === key)?.perform()}
        >
          {(action) => (
            <MenuItem
              id={action.id}
              textValue={action.label}
              isDisabled={action.isDisabled ?? false}
              className={classNames('ui-list-item', action.tone === 'danger' && 'ui-menu-danger')}
            >
              {action.icon}
              <span className="truncate">{action.label}</span>
              {action.keyHint ? (
                <span className="ui-menu-key">
                  <KeyHint keys={action.keyHint} />
                </span>
              ) : null}
            </MenuItem>
          )}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  )
}
