import { History } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { t } from '../app/words'
import { classNames, formatNumber, VisuallyHidden } from '../ui'
import type { Offer } from './use-suggestions'

export const offerId = (listId: string, index: number): string => `${listId}-${index}`

/** What can be taken into the box: under it, never with the focus. */
export function SuggestionList({
  listId,
  offers,
  active,
  onTake,
  onForget,
}: {
  listId: string
  offers: readonly Offer[]
  /** -1: none; the cursor is in the text. */
  active: number
  onTake: (offer: Offer) => void
  /** Given where recent searches can be forgotten. */
  onForget: (() => void) | null
}) {
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (active >= 0) list.current?.children[active]?.scrollIntoView({ block: 'nearest' })
  }, [active])
  return (
    // The box keeps the focus when something is pressed here.
    <div className="search-offers" onPointerDown={(event) => event.preventDefault()}>
      {onForget ? (
        <div className="search-offers-head">
          <span>{t('search.recent.title')}</span>
          <button type="button" className="search-forget" tabIndex={-1} onClick={onForget}>
            {t('search.recent.forget')}
          </button>
        </div>
      ) : null}
      <div
        ref={list}
        id={listId}
        className="search-offer-list"
        role="listbox"
        aria-label={t(onForget ? 'search.recent.title' : 'search.suggestions')}
      >
        {offers.map((offer, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the box's, which has the focus
          // biome-ignore lint/a11y/useFocusableInteractive: the box has the focus and names the active option
          <div
            key={offer.id}
            id={offerId(listId, index)}
            role="option"
            aria-selected={index === active}
            className={classNames('search-offer', index === active && 'is-active')}
            onClick={() => onTake(offer)}
          >
            {offer.kind === 'recent' ? <History size={13} aria-hidden="true" /> : null}
            <bdi className={classNames('search-offer-label truncate', offer.kind === 'field' && 'is-field')}>
              {offer.label}
            </bdi>
            {offer.detail === '' ? null : (
              <span className="search-offer-detail truncate" title={offer.detail}>
                {offer.detail}
              </span>
            )}
            {offer.count === null ? null : (
              <span className="search-offer-count tabular">
                {formatNumber(offer.count)}
                <VisuallyHidden> {t('search.saved.calls')}</VisuallyHidden>
              </span>
            )}
          </div>
        ))}
      </div>
    </div>
  )
}
