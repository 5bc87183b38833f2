import type { SavedSearch } from '@contract'
import { Bookmark } from 'lucide-react'
import { ToggleButton } from 'react-aria-components'
import { keyOf } from '../app/all-keys'
import { commandLabel, perform } from '../app/commands'
import { openDialog } from '../app/dialogs'
import { t } from '../app/words'
import { useShown } from '../privacy/shown'
import { formatNumber, IconButton, Menu, VisuallyHidden } from '../ui'
import { setSearchText, useSearch } from './search-state'
import { isInBox, takeSaved, useLiveCounts, useSavedCount, useSearches } from './searches'
import './SavedSearches.css'

/** Above the filters: the pinned searches, each with how many calls it finds. */
export function PinnedSearches() {
  const pinned = useSearches().saved.filter((one) => one.isPinned)
  useLiveCounts()
  if (pinned.length === 0) return null
  return (
    <ul className="pinned" aria-label={t('search.saved.pinned')}>
      {pinned.map((one) => (
        <li key={one.id}>
          <Pinned saved={one} />
        </li>
      ))}
    </ul>
  )
}

function Pinned({ saved }: { saved: SavedSearch }) {
  const isOn = isInBox(saved, useSearch())
  const count = useSavedCount(saved)
  const shownText = useShown()
  return (
    <ToggleButton
      className="pinned-search"
      isSelected={isOn}
      onChange={(on) => (on ? takeSaved(saved) : setSearchText(''))}
    >
      <bdi className="truncate" title={shownText(`${saved.name}: ${saved.query}`)}>
        {saved.name}
      </bdi>
      <span className="pinned-count tabular">
        {count ? `${formatNumber(count.total)}${count.isExact ? '' : '+'}` : ''}
        <VisuallyHidden>{count ? ` ${t('search.saved.calls')}` : ''}</VisuallyHidden>
      </span>
    </ToggleButton>
  )
}

/** So many saved searches stand in the menu; the dialog has all. */
const IN_MENU = 12

/** The menu of saved searches. */
export function SavedMenu() {
  const { saved } = useSearches()
  const text = useSearch((state) => state.text)
  return (
    <Menu
      label={t('search.saved.title')}
      trigger={
        <IconButton
          size="s"
          label={t('search.saved.title')}
          icon={<Bookmark size={14} aria-hidden="true" />}
        />
      }
      actions={[
        {
          id: 'save',
          label: commandLabel('search.save'),
          keyHint: keyOf('search.save'),
          isDisabled: text.trim() === '',
          perform: () => perform('search.save'),
        },
        ...saved.slice(0, IN_MENU).map((one) => ({
          id: one.id,
          label: one.name,
          icon: <Bookmark size={13} aria-hidden="true" />,
          perform: () => takeSaved(one),
        })),
        {
          id: 'manage',
          label: commandLabel('search.manage'),
          isDisabled: saved.length === 0,
          perform: () => openDialog({ kind: 'savedSearches' }),
        },
      ]}
    />
  )
}
