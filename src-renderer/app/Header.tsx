import {
  Archive,
  Command as CommandIcon,
  Ellipsis,
  FileDown,
  FileInput,
  Keyboard,
  PanelRight,
  Plug,
  Settings,
} from 'lucide-react'
import { TooltipTrigger } from 'react-aria-components'
import { focusList, openFirstHit } from '../calls/list-focus'
import { SearchBox } from '../search/SearchBox'
import { SyncButton } from '../sync/SyncButton'
import { Button, IconButton, Menu, Tooltip } from '../ui'
import { keyOf } from './all-keys'
import { setPanelOpen, useIsPanelOpen } from './Columns'
import { commandLabel, perform } from './commands'
import { openDialog } from './dialogs'
import { useOpenCall } from './open-call'
import { t } from './words'
import './Header.css'

const MENU = [
  { id: 'workspace.palette', Icon: CommandIcon },
  { id: 'workspace.connections', Icon: Plug },
  { id: 'workspace.import', Icon: FileInput },
  { id: 'workspace.backup', Icon: Archive },
  { id: 'workspace.settings', Icon: Settings },
  { id: 'workspace.help', Icon: Keyboard },
] as const

/** The name, the search box, and what is done with the workspace as a whole. */
export function Header({ hasCalls }: { hasCalls: boolean }) {
  const isPanelOpen = useIsPanelOpen()
  const isCallOpen = useOpenCall((state) => state.callId !== null)
  return (
    <header className="header">
      <div className="header-name">
        <Mark />
        {t('app.name')}
      </div>
      <div className="header-search">
        {hasCalls ? <SearchBox onLeave={focusList} onOpenFirst={openFirstHit} /> : null}
      </div>
      <div className="header-actions">
        <SyncButton />
        {/* Always there, so that nothing moves under the pointer when the first calls arrive. */}
        <TooltipTrigger delay={500}>
          <Button
            icon={<FileDown size={14} aria-hidden="true" />}
            onPress={() => openDialog({ kind: 'export' })}
            isDisabled={!hasCalls}
          >
            {t('exports.button')}
          </Button>
          <Tooltip keyHint={keyOf('workspace.export')}>{t('exports.button')}</Tooltip>
        </TooltipTrigger>
        <Menu
          label={t('app.more')}
          trigger={<IconButton label={t('app.more')} icon={<Ellipsis size={16} aria-hidden="true" />} />}
          actions={MENU.map(({ id, Icon }) => ({
            id,
            label: commandLabel(id),
            icon: <Icon size={15} aria-hidden="true" />,
            keyHint: keyOf(id),
            perform: () => perform(id),
          }))}
        />
        <IconButton
          label={isPanelOpen ? t('app.hidePanel') : t('app.showPanel')}
          keyHint={keyOf('workspace.panel')}
          isSelected={isPanelOpen}
          className="header-panel"
          isDisabled={!isCallOpen}
          icon={<PanelRight size={16} aria-hidden="true" />}
          onPress={() => setPanelOpen()}
        />
      </div>
    </header>
  )
}

/** The mark: a page's corner, folded. */
function Mark() {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" className="header-mark">
      <path d="M2 1.5h7.5L14 6v8.5H2z" fill="currentColor" opacity="0.22" />
      <path d="M9.5 1.5 14 6H9.5z" fill="currentColor" />
      <path
        d="M4.5 10v2M7 8v6M9.5 9.5v3M12 10.5v1"
        stroke="currentColor"
        strokeWidth="1.4"
        strokeLinecap="round"
      />
    </svg>
  )
}
