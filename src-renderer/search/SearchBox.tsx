import { Search, X } from 'lucide-react'
import { type KeyboardEvent, useCallback, useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
import { useOpenCall } from '../app/open-call'
import { t } from '../app/words'
import { IconButton, KeyHint } from '../ui'
import { allProblems, markQuery } from './marked-query'
import { offerId, SuggestionList } from './SuggestionList'
import { holdSearchBox, setSearchText, useSearch } from './search-state'
import { forgetRecent, useRemembering } from './searches'
import { useSearchPages } from './use-search'
import { type Offer, useSuggestions } from './use-suggestions'
import './SearchBox.css'

/**
 * The search box: a plain text field, and behind it the same text again, invisible, whose marks show how the
 * text was understood. Below it what could stand at the cursor. ArrowDown leads into that list, else to the calls;
 * Enter takes what is chosen there, else opens the first call; Escape closes the list, then clears.
 */
export function SearchBox({ onLeave, onOpenFirst }: { onLeave: () => void; onOpenFirst: () => void }) {
  const text = useSearch((state) => state.text)
  const { problems: found } = useSearchPages()
  const mirror = useRef<HTMLDivElement>(null)
  const input = useRef<HTMLInputElement>(null)
  const hold = useCallback((element: HTMLInputElement | null) => {
    input.current = element
    holdSearchBox(element)
  }, [])
  const problemsId = useId()
  const listId = useId()
  const problems = allProblems(text, found)
  useRemembering()

  const [cursor, setCursor] = useState(0)
  const [hasFocus, setFocus] = useState(false)
  /** The text for which the list was closed. */
  const [closedFor, setClosedFor] = useState<string | null>(null)
  const [chosen, setChosen] = useState<{ text: string; index: number } | null>(null)
  /** The text whose first offer is to be taken. */
  const [tabbedFor, setTabbedFor] = useState<string | null>(null)
  const offers = useSuggestions(text, cursor, hasFocus && closedFor !== text)
  const isListed = offers.items.length > 0
  const active = chosen?.text === text && chosen.index < offers.items.length ? chosen.index : -1

  const follow = () => {
    const element = input.current
    if (!element) return
    if (mirror.current) mirror.current.scrollLeft = element.scrollLeft
    // With a stretch selected nothing is being typed.
    setCursor(element.selectionStart === element.selectionEnd ? (element.selectionStart ?? 0) : 0)
  }
  // Where the cursor goes once the text is in the box.
  const wanted = useRef<number | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: after each new text
  useLayoutEffect(() => {
    if (wanted.current === null) return
    input.current?.setSelectionRange(wanted.current, wanted.current)
    wanted.current = null
    follow()
  }, [text])
  const take = (offer: Offer) => {
    wanted.current = offer.cursor
    setSearchText(offer.text)
    setChosen(null)
    // What was asked before is complete.
    if (offer.kind === 'recent' || offer.kind === 'saved') setClosedFor(offer.text)
  }
  // Whoever types faster than offers come means those that are coming.
  const tabbed = tabbedFor === text && offers.tab === 'takes' ? offers.items[0] : undefined
  useEffect(() => {
    if (!tabbed) return
    setTabbedFor(null)
    take(tabbed)
  })

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.ctrlKey || event.metaKey || event.altKey) return
    const choose = (index: number) => setChosen(index < 0 ? null : { text, index })
    const offer = offers.items[active]
    switch (event.key) {
      case 'Escape':
        if (isListed) setClosedFor(text)
        else if (text !== '') setSearchText('')
        else if (useOpenCall.getState().callId) onLeave()
        break
      case 'ArrowDown':
        if (isListed) choose(Math.min(active + 1, offers.items.length - 1))
        else onLeave()
        break
      case 'ArrowUp':
        if (!isListed) return
        choose(active - 1)
        break
      case 'Enter':
        if (offer) take(offer)
        else onOpenFirst()
        break
      case 'Tab':
        if (event.shiftKey) return
        if (offer) take(offer)
        else if (offers.tab === 'leaves') return
        else setTabbedFor(text)
        break
      default:
        return
    }
    event.preventDefault()
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: <search> is not yet known to every screen reader
    <div className="search" role="search">
      <div className="search-box">
        <Search size={15} aria-hidden="true" />
        <div className="search-text">
          <div className="search-mirror" ref={mirror} aria-hidden="true" dir="auto">
            {markQuery(text).map((part, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the parts are their order
              <span key={index} className={`search-part-${part.kind}`}>
                {part.text}
              </span>
            ))}
          </div>
          <input
            ref={hold}
            type="text"
            role="combobox"
            enterKeyHint="search"
            className="search-input"
            dir="auto"
            aria-label={t('search.box')}
            aria-autocomplete="list"
            aria-expanded={isListed}
            aria-controls={isListed ? listId : undefined}
            aria-activedescendant={active < 0 ? undefined : offerId(listId, active)}
            aria-invalid={problems.length > 0}
            aria-describedby={problems.length > 0 ? problemsId : undefined}
            aria-keyshortcuts="/"
            placeholder={t('search.placeholder')}
            value={text}
            maxLength={4000}
            autoComplete="off"
            autoCorrect="off"
            spellCheck={false}
            onChange={(event) => {
              setSearchText(event.target.value)
              setCursor(event.target.selectionStart ?? event.target.value.length)
              setClosedFor(null)
              setTabbedFor(null)
            }}
            onScroll={follow}
            onSelect={follow}
            onFocus={() => setFocus(true)}
            onBlur={() => {
              setFocus(false)
              setClosedFor(null)
              setTabbedFor(null)
            }}
            onKeyDown={onKeyDown}
          />
        </div>
        {text === '' ? (
          <KeyHint keys="/" />
        ) : (
          <IconButton
            label={t('search.clear')}
            keyHint="Escape"
            size="s"
            icon={<X size={14} />}
            onPress={() => {
              setSearchText('')
              input.current?.focus()
            }}
          />
        )}
      </div>
      <div className="search-below">
        {isListed ? (
          <SuggestionList
            listId={listId}
            offers={offers.items}
            active={active}
            onTake={take}
            onForget={text.trim() === '' ? () => void forgetRecent(null) : null}
          />
        ) : null}
        {/* Always there, so that a screen reader hears it change. */}
        <div id={problemsId} className="search-problems" role="status" aria-label={t('search.problems')}>
          {problems.length > 0 ? (
            <ul key={text}>
              {problems.map((problem) => (
                <li key={`${problem.from} ${problem.message}`}>
                  <code>{text.slice(problem.from, problem.to)}</code> {problem.message}
                </li>
              ))}
            </ul>
          ) : null}
        </div>
      </div>
    </div>
  )
}
