import type { SearchHit } from '@contract'
import { filtersOf, withoutTerm } from '@contract/query'
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual'
import { SearchX } from 'lucide-react'
import { useCallback, useEffect, useRef, useState } from 'react'
import { perform } from '../app/commands'
import { openCall, useOpenCall } from '../app/open-call'
import { useCommands } from '../app/use-commands'
import { t } from '../app/words'
import { FilterBar } from '../search/FilterBar'
import { keys } from '../search/keys'
import { allProblems } from '../search/marked-query'
import { focusSearchBox, setSearchText, useSearch } from '../search/search-state'
import { useSearchCount, useSearchRows } from '../search/use-search'
import { Button, classNames, EmptyState, ErrorState } from '../ui'
import { CallListRow, ROW_HEIGHT, rowId } from './CallListRow'
import { holdList } from './list-focus'
import { stepFor, withKeptRow } from './list-steps'
import './CallList.css'

/** The next page is asked for while this many rows are still below the last one in sight. */
const ROWS_AHEAD = 25

/** Opens a hit where it was found. */
const openHit = (hit: SearchHit): void => openCall(hit.id, { turnIndex: hit.turnIndex })

const focusRow = (hit: SearchHit): void =>
  document.getElementById(rowId(hit.id))?.focus({ preventScroll: true })

/** The left column: filters, and the calls that the box finds, as a virtual list. */
export function CallList() {
  const { text, sort } = useSearch()
  const search = useSearchRows()
  const { rows, fetchNextPage, hasNextPage, isFetchingNextPage } = search
  const total = useSearchCount().data
  const openId = useOpenCall((state) => state.callId)
  const [areFiltersOpen, setFiltersOpen] = useState(false)
  const scroller = useRef<HTMLDivElement>(null)

  const openIndex = openId === null ? -1 : rows.findIndex((row) => row.id === openId)
  // While a key is held the list runs ahead of what is open: opening waits for the key to be let go.
  const [runner, setRunner] = useState<number | null>(null)
  const current = runner ?? openIndex
  const focusable = current >= 0 ? current : 0

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    getItemKey: (index) => rows[index]?.id ?? index,
    rangeExtractor: useCallback(
      (range: Parameters<typeof defaultRangeExtractor>[0]) =>
        withKeptRow(defaultRangeExtractor(range), focusable < range.count ? focusable : -1),
      [focusable],
    ),
  })

  // A new question starts at the top.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text and the order are the question
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 })
  }, [text, sort])

  const lastInSight = virtual.range?.endIndex ?? 0
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && lastInSight >= rows.length - ROWS_AHEAD) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, lastInSight, rows.length, fetchNextPage])

  const goTo = (index: number, { isHeld, takeFocus }: { isHeld: boolean; takeFocus: boolean }) => {
    const hit = rows[index]
    if (!hit) return
    virtual.scrollToIndex(index, { align: 'auto' })
    if (isHeld) setRunner(index)
    else {
      setRunner(null)
      openHit(hit)
    }
    // The row may only be drawn after the list has scrolled to it.
    if (takeFocus) requestAnimationFrame(() => focusRow(hit))
  }
  const letGo = () => {
    if (runner === null) return
    const hit = rows[runner]
    setRunner(null)
    if (hit) openHit(hit)
  }
  const step = (key: 'ArrowDown' | 'ArrowUp') => {
    const next = stepFor(key, openIndex, rows.length, 1)
    if (next !== null && next !== openIndex) goTo(next, { isHeld: false, takeFocus: false })
  }
  const focusList = () => {
    const hit = rows[focusable]
    if (!hit) return
    virtual.scrollToIndex(focusable, { align: 'auto' })
    requestAnimationFrame(() => focusRow(hit))
  }
  useEffect(() =>
    holdList({
      focus: focusList,
      openFirst: () => {
        const first = rows[0]
        if (first) openHit(first)
      },
    }),
  )

  useCommands(keys, {
    'search.focus': focusSearchBox,
    'search.clear': { perform: () => setSearchText(''), isEnabled: () => text !== '' },
    'search.filters': () => setFiltersOpen(true),
    'calls.next': { perform: () => step('ArrowDown'), isEnabled: () => rows.length > 0 },
    'calls.previous': { perform: () => step('ArrowUp'), isEnabled: () => rows.length > 0 },
    'calls.list': { perform: focusList, isEnabled: () => rows.length > 0 },
  })

  const isEmpty = search.isSuccess && !search.isPlaceholderData && rows.length === 0
  return (
    <>
      <FilterBar isPanelOpen={areFiltersOpen} onPanelOpenChange={setFiltersOpen} />
      <div className="call-list-scroll" ref={scroller} tabIndex={-1}>
        {search.isError ? (
          <ErrorState error={search.error} onRetry={() => void search.refetch()} />
        ) : isEmpty ? (
          <NothingFound text={text} hasProblems={allProblems(text, search.problems).length > 0} />
        ) : (
          <ul
            aria-label={t('calls.list')}
            aria-busy={search.isLoading || search.isPlaceholderData}
            className={classNames('call-list', search.isPlaceholderData && 'call-list-old')}
            style={{ height: virtual.getTotalSize() }}
            onKeyDown={(event) => {
              if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
              if (event.key === ' ' && current === openIndex && openIndex >= 0) {
                // The open call is not opened again: as everywhere else, Space is for the sound.
                event.preventDefault()
                if (!event.repeat) perform('player.toggle')
                return
              }
              const pageRows = Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT)
              const next = stepFor(event.key, current, rows.length, pageRows)
              if (next === null) return
              event.preventDefault()
              if (next !== current) goTo(next, { isHeld: event.repeat, takeFocus: true })
            }}
            onKeyUp={letGo}
            onBlur={(event) => {
              if (!event.currentTarget.contains(event.relatedTarget)) letGo()
            }}
          >
            {virtual.getVirtualItems().map((item) => {
              const hit = rows[item.index]
              if (!hit) return null
              return (
                <li
                  key={hit.id}
                  className="call-list-item"
                  aria-setsize={total?.isExact ? total.total : -1}
                  aria-posinset={item.index + 1}
                  style={{ transform: `translateY(${item.start}px)` }}
                >
                  <CallListRow
                    hit={hit}
                    isOpen={item.index === current}
                    isFocusable={item.index === focusable}
                    onOpen={openHit}
                  />
                </li>
              )
            })}
          </ul>
        )}
      </div>
    </>
  )
}

function NothingFound({ text, hasProblems }: { text: string; hasProblems: boolean }) {
  if (text.trim() === '')
    return <EmptyState title={t('calls.empty.title')}>{t('calls.empty.words')}</EmptyState>
  const filters = filtersOf(text)
  const wordsOnly = filters.reduceRight((rest, filter) => withoutTerm(rest, filter), text).trim()
  return (
    <EmptyState
      icon={<SearchX size={20} aria-hidden="true" />}
      title={t('calls.noHits.title')}
      actions={
        <>
          {filters.length > 0 && wordsOnly !== '' ? (
            <Button onPress={() => setSearchText(wordsOnly)}>{t('calls.noHits.clearFilters')}</Button>
          ) : null}
          <Button onPress={() => setSearchText('')}>{t('calls.noHits.clear')}</Button>
        </>
      }
    >
      {t(hasProblems ? 'calls.noHits.problems' : 'calls.noHits.words')}
    </EmptyState>
  )
}
