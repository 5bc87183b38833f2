import { SearchSort } from '@contract'
import { filtersOf, withFilter, withoutTerm } from '@contract/query'
import { ListFilter } from 'lucide-react'
import { DialogTrigger, Button as PlainButton, ToggleButton } from 'react-aria-components'
import { keyOf } from '../app/all-keys'
import { t } from '../app/words'
import { ariaKeys, Button, formatNumber, Popover, RemovableChip, Select } from '../ui'
import { chipText, onlyValue } from './chips'
import { FilterPanel } from './FilterPanel'
import { SavedMenu } from './SavedSearches'
import { setSearchText, setSort, useSearch } from './search-state'
import { useFacets, useSearchCount } from './use-search'
import './FilterBar.css'

/** Above the list: the filters that are on, some to switch on, how many calls, and their order. */
export function FilterBar({
  isPanelOpen,
  onPanelOpenChange,
}: {
  isPanelOpen: boolean
  onPanelOpenChange: (isOpen: boolean) => void
}) {
  const { text, sort } = useSearch()
  const filters = filtersOf(text)
  return (
    <div className="filter-bar">
      <div className="filter-chips">
        <DialogTrigger isOpen={isPanelOpen} onOpenChange={onPanelOpenChange}>
          <Button
            size="s"
            icon={<ListFilter size={13} aria-hidden="true" />}
            aria-label={
              filters.length > 0 ? t('search.filtersCount', { count: filters.length }) : t('search.filters')
            }
            aria-keyshortcuts={ariaKeys(keyOf('search.filters') ?? '')}
          >
            {t('search.filters')}
          </Button>
          <Popover label={t('search.filters')} placement="bottom start" className="filter-popover">
            <FilterPanel />
          </Popover>
        </DialogTrigger>
        {filters.length > 0 ? (
          <ul className="filter-active filter-chosen" aria-label={t('search.activeFilters')}>
            {filters.map((filter) => (
              <li key={`${filter.from} ${filter.raw}`}>
                <RemovableChip
                  removeLabel={t('search.removeFilter', { filter: chipText(filter) })}
                  onRemove={() => setSearchText(withoutTerm(text, filter))}
                >
                  {chipText(filter)}
                </RemovableChip>
              </li>
            ))}
          </ul>
        ) : (
          <Suggestions />
        )}
      </div>
      <div className="filter-line">
        <Total />
        {filters.length > 0 ? (
          <PlainButton
            className="filter-clear"
            onPress={() =>
              setSearchText(filters.reduceRight((rest, filter) => withoutTerm(rest, filter), text))
            }
          >
            {t('search.clearAll')}
          </PlainButton>
        ) : null}
        <Select
          label={t('search.sort')}
          isLabelHidden
          size="s"
          className="filter-sort"
          options={SearchSort.options.map((id) => ({ id, label: t(`search.sorts.${id}`) }))}
          value={sort}
          onChange={setSort}
        />
        <SavedMenu />
      </div>
    </div>
  )
}

/** "1,234 calls"; keeps its place before the first count is there. */
function Total() {
  const count = useSearchCount()
  return (
    <span className="filter-total tabular" role="status">
      {count
        ? count.isExact
          ? t('search.total', { count: count.total, n: formatNumber(count.total) })
          : t('search.totalMore', { n: formatNumber(count.total) })
        : ''}
    </span>
  )
}

/** Filters that reviewers reach for first, to be switched on with one click. */
function Suggestions() {
  const text = useSearch((state) => state.text)
  const facets = useFacets().data
  const negative = facets?.sentiment.find((value) => value.value.toLowerCase() === 'negative')
  const offers = [
    ...(negative ? [{ field: 'sentiment', value: negative.value, label: negative.label } as const] : []),
    { field: 'has', value: 'annotation', label: t('search.suggest.annotation') } as const,
    { field: 'reviewed', value: 'no', label: t('search.suggest.notReviewed') } as const,
  ]
  return (
    <fieldset className="filter-active" aria-label={t('search.suggested')}>
      {offers.map(({ field, value, label }) => (
        <ToggleButton
          key={field}
          className="filter-suggestion"
          isSelected={onlyValue(text, field) === value}
          onChange={(isOn) => setSearchText(withFilter(text, field, isOn ? value : null))}
        >
          <span className="filter-suggestion-word">{label}</span>
        </ToggleButton>
      ))}
    </fieldset>
  )
}
