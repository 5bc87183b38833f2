import type { SavedSearch } from '@contract'
import { ArrowDown, ArrowUp, Pin, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { closeDialog } from '../app/dialogs'
import { t } from '../app/words'
import { useShown } from '../privacy/shown'
import { Button, Dialog, EmptyState, IconButton, TextField } from '../ui'
import { moveSaved, pinSaved, removeSaved, renameSaved, takeSaved, useSearches } from './searches'
import './SavedSearches.css'

/** All saved searches: renamed, pinned, put in order, removed. */
export function SavedSearchesDialog() {
  const { saved } = useSearches()
  return (
    <Dialog title={t('search.saved.title')} isOpen onClose={closeDialog} size="l">
      {saved.length === 0 ? (
        <EmptyState title={t('search.saved.none')}>{t('search.saved.noneWords')}</EmptyState>
      ) : (
        <ul className="saved-list" aria-label={t('search.saved.title')}>
          {saved.map((one, index) => (
            <Row
              key={one.id}
              saved={one}
              before={index > 0 ? (saved[index - 1]?.id ?? null) : undefined}
              behind={index < saved.length - 1 ? (saved[index + 2]?.id ?? null) : undefined}
            />
          ))}
        </ul>
      )}
    </Dialog>
  )
}

/** `before`, `behind`: the search that it comes to stand before when moved up or down; undefined: it can't be. */
function Row({
  saved,
  before,
  behind,
}: {
  saved: SavedSearch
  before: string | null | undefined
  behind: string | null | undefined
}) {
  const { id, name } = saved
  const shownText = useShown()
  const [typed, setTyped] = useState(name)
  const rename = async () => {
    const wanted = typed.trim()
    if (wanted === '' || wanted === name) return setTyped(name)
    if (!(await renameSaved(id, wanted))) setTyped(name)
  }
  const move = (to: string | null | undefined) => {
    if (to !== undefined) void moveSaved(id, to)
  }
  return (
    <li className="saved-row">
      <TextField
        label={t('search.saved.name')}
        isLabelHidden
        value={typed}
        maxLength={100}
        onChange={setTyped}
        onBlur={() => void rename()}
        onKeyDown={(event) => {
          if (event.key === 'Enter') void rename()
          else event.continuePropagation()
        }}
      />
      <bdi className="saved-query truncate" title={shownText(saved.query)}>
        {shownText(saved.query)}
      </bdi>
      <span className="saved-buttons">
        <Button
          size="s"
          onPress={() => {
            takeSaved(saved)
            closeDialog()
          }}
        >
          {t('search.saved.use')}
        </Button>
        <IconButton
          size="s"
          label={t('search.saved.pinOne', { name })}
          icon={<Pin size={14} fill={saved.isPinned ? 'currentColor' : 'none'} />}
          isSelected={saved.isPinned}
          onPress={() => void pinSaved(id, !saved.isPinned)}
        />
        <IconButton
          size="s"
          label={t('search.saved.up', { name })}
          icon={<ArrowUp size={14} />}
          isDisabled={before === undefined}
          onPress={() => move(before)}
        />
        <IconButton
          size="s"
          label={t('search.saved.down', { name })}
          icon={<ArrowDown size={14} />}
          isDisabled={behind === undefined}
          onPress={() => move(behind)}
        />
        <IconButton
          size="s"
          label={t('search.saved.remove', { name })}
          icon={<Trash2 size={14} />}
          onPress={() => void removeSaved(saved)}
        />
      </span>
    </li>
  )
}
