import { Search, X } from 'lucide-react'
import { useCallback, useId, useRef } from 'react'
import { useOpenCall } from '../app/open-call'
import { t } from '../app/words'
import { IconButton, KeyHint } from '../ui'
import { allProblems, markQuery } from './marked-query'
import { holdSearchBox, setSearchText, useSearch } from './search-state'
import { useSearchRows } from './use-search'
import './SearchBox.css'

/**
 * The search box: a plain text field, and behind it the same text again, invisible, whose marks show how the
 * text was understood. ArrowDown leads to the list, Enter opens the first call, Escape clears.
 */
export function SearchBox({ onLeave, onOpenFirst }: { onLeave: () => void; onOpenFirst: () => void }) {
  const text = useSearch((state) => state.text)
  const { problems: found } = useSearchRows()
  const mirror = useRef<HTMLDivElement>(null)
  const input = useRef<HTMLInputElement>(null)
  const hold = useCallback((element: HTMLInputElement | null) => {
    input.current = element
    holdSearchBox(element)
  }, [])
  const problemsId = useId()
  const problems = allProblems(text, found)
  const scroll = () => {
    if (mirror.current && input.current) mirror.current.scrollLeft = input.current.scrollLeft
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
            type="search"
            className="search-input"
            dir="auto"
            aria-label={t('search.box')}
            aria-describedby={problems.length > 0 ? problemsId : undefined}
            aria-keyshortcuts="/"
            placeholder={t('search.placeholder')}
            value={text}
            maxLength={4000}
            autoComplete="off"
            autoCorrect="off"
            spellCheck={false}
            onChange={(event) => setSearchText(event.target.value)}
            onScroll={scroll}
            onSelect={scroll}
            onKeyDown={(event) => {
              if (event.nativeEvent.isComposing) return
              if (event.key === 'Escape') {
                if (text !== '') setSearchText('')
                else if (useOpenCall.getState().callId) onLeave()
                event.preventDefault()
              } else if (event.key === 'ArrowDown') {
                onLeave()
                event.preventDefault()
              } else if (event.key === 'Enter') {
                onOpenFirst()
                event.preventDefault()
              }
            }}
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
  )
}
