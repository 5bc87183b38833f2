import { useState } from 'react'
import {
  Dialog as AriaDialog,
  Autocomplete,
  Input,
  ListBox,
  ListBoxItem,
  Modal,
  ModalOverlay,
  SearchField,
} from 'react-aria-components'
import { KeyHint } from '../ui'
import { COMMAND_GROUPS, commandLabel, perform } from './commands'
import { closeDialog } from './dialogs'
import { matchRank } from './palette-match'
import { useRegisteredCommands } from './use-commands'
import { t } from './words'
import './Palette.css'

/** Every command that can be used now, found by its words. */
export function Palette() {
  const [typed, setTyped] = useState('')
  const commands = useRegisteredCommands()
  const items = commands
    .filter((command) => command.id !== 'workspace.palette' && command.isEnabled?.() !== false)
    .map((command) => ({
      command,
      id: command.id,
      label: commandLabel(command.id),
      rank: matchRank(commandLabel(command.id), typed),
    }))
    .filter((item) => item.rank !== null)
    .sort(
      (a, b) =>
        (a.rank ?? 0) - (b.rank ?? 0) ||
        COMMAND_GROUPS.indexOf(a.command.group) - COMMAND_GROUPS.indexOf(b.command.group),
    )
  const run = (id: string) => {
    closeDialog()
    // After the dialog is gone and the focus is back where it was: commands may move it.
    requestAnimationFrame(() => perform(id))
  }
  return (
    <ModalOverlay
      className="ui-veil palette-veil"
      data-modal="true"
      isOpen
      isDismissable
      onOpenChange={(isOpen) => {
        if (!isOpen) closeDialog()
      }}
    >
      <Modal className="ui-modal ui-modal-m">
        <AriaDialog className="ui-dialog" aria-label={t('app.palette.title')}>
          <Autocomplete inputValue={typed} onInputChange={setTyped}>
            <SearchField
              aria-label={t('app.palette.box')}
              className="palette-field"
              autoFocus
              onKeyDown={(event) => {
                // Escape closes at once; clearing first would cost a second press.
                if (event.key === 'Escape') closeDialog()
                else event.continuePropagation()
              }}
            >
              <Input className="palette-input" placeholder={t('app.palette.placeholder')} />
            </SearchField>
            <ListBox
              aria-label={t('app.palette.recent')}
              className="ui-list palette-list"
              items={items}
              onAction={(key) => run(String(key))}
              renderEmptyState={() => <p className="palette-nothing">{t('app.palette.nothing')}</p>}
            >
              {(item) => (
                <ListBoxItem id={item.id} textValue={item.label} className="ui-list-item">
                  <span className="truncate">{item.label}</span>
                  <span className="ui-list-detail">{t(`app.groups.${item.command.group}`)}</span>
                  <span className="palette-key">
                    {item.command.keys[0] ? <KeyHint keys={item.command.keys[0]} /> : null}
                  </span>
                </ListBoxItem>
              )}
            </ListBox>
          </Autocomplete>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}
