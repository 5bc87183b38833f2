import { type ReactElement, type ReactNode, useRef } from 'react'
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

/** The actions of an open menu, inside a `Popover` of a `MenuTrigger`. */
export function MenuItems({ label, actions }: { label: string; actions: readonly MenuAction[] }) {
  return (
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
  )
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
        <MenuItems label={label} actions={actions} />
      </Popover>
    </MenuTrigger>
  )
}

/** An open menu at an element that is one of many (rows), which all share it. */
export function MenuAt({
  label,
  anchor,
  actions,
  onClose,
}: {
  label: string
  anchor: Element
  actions: readonly MenuAction[]
  onClose: () => void
}) {
  const triggerRef = useRef(anchor)
  return (
    <Popover
      isList
      isOpen
      aria-label={label}
      triggerRef={triggerRef}
      placement="bottom start"
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose()
      }}
    >
      <MenuItems
        label={label}
        actions={actions.map((action) => ({
          ...action,
          perform: () => {
            onClose()
            action.perform()
          },
        }))}
      />
    </Popover>
  )
}
