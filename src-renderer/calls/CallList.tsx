import type { SearchHit } from '@contract'
import { filtersOf, withoutTerm } from '@contract/query'
import { SearchX } from 'lucide-react'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { perform } from '../app/commands'
import { openDialog } from '../app/dialogs'
import { milestonePainted } from '../app/milestones'
import { openCall, useOpenCall } from '../app/open-call'
import { useCommands } from '../app/use-commands'
import { t } from '../app/words'
import { FilterBar } from '../search/FilterBar'
import { keys } from '../search/keys'
import { allProblems } from '../search/marked-query'
import { PinnedSearches } from '../search/SavedSearches'
import { focusSearchBox, nextSort, setSearchText, setSort, useSearch } from '../search/search-state'
import { type CallRows, useCallRows, useSearchCount } from '../search/use-search'
import { Button, classNames, EmptyState, ErrorState, toast } from '../ui'
import { CallListRow, ROW_HEIGHT, rowId } from './CallListRow'
import { holdList } from './list-focus'
import { stepFor, withKeptRow } from './list-steps'
import { useTallList } from './use-tall-list'
import './CallList.css'

/** The next page is asked for while this many rows are still below the last one in sight. */
const ROWS_AHEAD = 100

/** Opens a hit where it was found. */
const openHit = (hit: SearchHit): void => openCall(hit.id, { turnIndex: hit.turnIndex })

const focusRow = (hit: SearchHit): void =>
  document.getElementById(rowId(hit.id))?.focus({ preventScroll: true })

/** The left column: pinned searches, filters, and the calls that the box finds, as a list of any length. */
export function CallList() {
  const { text, sort } = useSearch()
  const total = useSearchCount()
  const openId = useOpenCall((state) => state.callId)
  const [areFiltersOpen, setFiltersOpen] = useState(false)
  const scroller = useRef<HTMLDivElement>(null)
  // What is drawn decides what is read, and how many rows there are what is drawn.
  const [count, setCount] = useState(0)
  const list = useTallList(scroller, { count, rowHeight: ROW_HEIGHT })
  const rows = useCallRows(list)
  useLayoutEffect(() => setCount(rows.count), [rows.count])
  const isThere = rows.rowAt(0) !== undefined
  useEffect(() => {
    if (isThere) milestonePainted('rows')
  }, [isThere])

  const openIndex = useOpenIndex(openId, rows)
  // While a key is held the list runs ahead of what is open: opening waits for the key to be let go.
  const [runner, setRunner] = useState<number | null>(null)
  const current = runner ?? openIndex
  const focusable = current >= 0 ? current : 0

  // A new question starts at the top.
  const { scrollToTop } = list
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text and the order are the question
  useEffect(() => scrollToTop(), [text, sort, scrollToTop])

  const { readOn } = rows
  const isNearEnd = list.last >= rows.count - ROWS_AHEAD
  useEffect(() => {
    if (isNearEnd) readOn?.()
  }, [isNearEnd, readOn])

  // A row that was jumped to may only be here in a moment.
  const [wanted, setWanted] = useState<{ index: number; takeFocus: boolean } | null>(null)
  const arrived = wanted ? rows.rowAt(wanted.index) : undefined
  useEffect(() => {
    if (!wanted || !arrived) return
    setWanted(null)
    openHit(arrived)
    if (wanted.takeFocus) requestAnimationFrame(() => focusRow(arrived))
  }, [wanted, arrived])

  const goTo = (index: number, { isHeld, takeFocus }: { isHeld: boolean; takeFocus: boolean }) => {
    list.scrollToRow(index)
    const hit = rows.rowAt(index)
    if (isHeld) setRunner(index)
    else {
      setRunner(null)
      if (hit) openHit(hit)
      else setWanted({ index, takeFocus })
    }
    // The row may only be drawn after the list has scrolled to it.
    if (takeFocus && hit) requestAnimationFrame(() => focusRow(hit))
  }
  const letGo = () => {
    if (runner === null) return
    setRunner(null)
    goTo(runner, { isHeld: false, takeFocus: true })
  }
  const step = (key: 'ArrowDown' | 'ArrowUp') => {
    const next = stepFor(key, openIndex, rows.count, 1)
    if (next !== null && next !== openIndex) goTo(next, { isHeld: false, takeFocus: false })
  }
  const focusList = () => {
    list.scrollToRow(focusable)
    requestAnimationFrame(() => {
      const hit = rows.rowAt(focusable)
      if (hit) focusRow(hit)
    })
  }
  useEffect(() =>
    holdList({
      focus: focusList,
      openFirst: () => {
        const first = rows.rowAt(0)
        if (first) openHit(first)
      },
    }),
  )

  useCommands(keys, {
    'search.focus': focusSearchBox,
    'search.clear': { perform: () => setSearchText(''), isEnabled: () => text !== '' },
    'search.filters': () => setFiltersOpen(true),
    'search.sort': () => {
      const next = nextSort(sort)
      setSort(next)
      toast({ title: t(`search.sorts.${next}`), topic: 'sort' })
    },
    'search.save': {
      perform: () => openDialog({ kind: 'saveSearch' }),
      isEnabled: () => text.trim() !== '',
    },
    'search.manage': () => openDialog({ kind: 'savedSearches' }),
    'search.similar': {
      perform: () => {
        if (openId !== null) openDialog({ kind: 'similar', callId: openId })
      },
      isEnabled: () => openId !== null,
    },
    'calls.next': { perform: () => step('ArrowDown'), isEnabled: () => rows.count > 0 },
    'calls.previous': { perform: () => step('ArrowUp'), isEnabled: () => rows.count > 0 },
    'calls.list': { perform: focusList, isEnabled: () => rows.count > 0 },
  })

  const isEmpty = !rows.isWaiting && !rows.isOld && rows.count === 0
  const drawn = drawnRows(list, focusable < rows.count ? focusable : -1)
  return (
    <>
      <PinnedSearches />
      <FilterBar isPanelOpen={areFiltersOpen} onPanelOpenChange={setFiltersOpen} />
      <div className="call-list-scroll" ref={scroller} tabIndex={-1}>
        {rows.error ? (
          <ErrorState error={rows.error.thrown} onRetry={rows.error.again} />
        ) : isEmpty ? (
          <NothingFound text={text} hasProblems={allProblems(text, []).length > 0 || rows.hasProblems} />
        ) : (
          <ul
            aria-label={t('calls.list')}
            aria-busy={rows.isWaiting || rows.isOld}
            className={classNames('call-list', rows.isOld && 'call-list-old')}
            style={{ height: list.height }}
            onKeyDown={(event) => {
              if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
              if (event.key === ' ' && current === openIndex && openIndex >= 0) {
                // The open call is not opened again: as everywhere else, Space is for the sound.
                event.preventDefault()
                if (!event.repeat) perform('player.toggle')
                return
              }
              const next = stepFor(event.key, current, rows.count, list.pageRows)
              if (next === null) return
              event.preventDefault()
              if (next !== current) goTo(next, { isHeld: event.repeat, takeFocus: true })
            }}
            onKeyUp={letGo}
            onBlur={(event) => {
              if (!event.currentTarget.contains(event.relatedTarget)) letGo()
            }}
          >
            {drawn.map((index) => {
              const hit = rows.rowAt(index)
              const style = { transform: `translateY(${list.topOfRow(index)}px)` }
              // Its place is kept: the row itself comes in a moment.
              if (!hit)
                return (
                  <li
                    key={`blank ${index}`}
                    className="call-list-item call-list-blank"
                    style={style}
                    aria-hidden="true"
                  />
                )
              return (
                <li
                  key={hit.id}
                  className="call-list-item"
                  aria-setsize={total?.isExact ? total.total : -1}
                  aria-posinset={index + 1}
                  style={style}
                >
                  <CallListRow
                    hit={hit}
                    isOpen={index === current}
                    isFocusable={index === focusable}
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

/** The rows to draw, in order: those in sight, and the one that has the focus wherever it is. */
function drawnRows({ first, last }: { first: number; last: number }, kept: number): number[] {
  const inSight = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i)
  return withKeptRow(inSight, kept)
}

/** Which row is open; it is remembered where the row itself is no longer here. */
function useOpenIndex(openId: string | null, rows: CallRows): number {
  const known = useRef<{ id: string; index: number } | null>(null)
  const found = openId === null ? -1 : rows.indexOf(openId)
  useEffect(() => {
    known.current = openId !== null && found >= 0 ? { id: openId, index: found } : known.current
  }, [openId, found])
  if (found >= 0 || openId === null) return found
  const last = known.current
  // Where its place is read by now, another call stands there.
  return last?.id === openId && last.index < rows.count && rows.rowAt(last.index) === undefined
    ? last.index
    : -1
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
