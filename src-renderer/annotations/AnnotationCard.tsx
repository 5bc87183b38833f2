import type { Annotation, Turn } from '@contract'
import { Pencil, Trash2 } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { t } from '../app/words'
import { goTo, goToTurn } from '../player/player'
import { useShown } from '../privacy/shown'
import { Button, Chip, classNames, formatAgo, formatDate, IconButton } from '../ui'
import { editAnnotation, removeAnnotation } from './actions'
import type { ShownAnnotation } from './draft'
import { discardDraft, saveDraft, showDraft } from './drafts'
import { useFocusedAnnotation } from './focus'
import { PlaceAgain } from './PlaceAgain'
import { PlaceLine } from './PlaceLine'
import { SeverityMark } from './SeverityMark'

/** One annotation as a card: where, what, how bad, who, and whether it is saved. */
export function AnnotationCard({
  shown,
  turns,
  isReadOnly = false,
}: {
  shown: ShownAnnotation
  turns: readonly Turn[]
  /** Its call is gone: there is nothing to go to, and it is only shown. */
  isReadOnly?: boolean
}) {
  const shownText = useShown()
  const { annotation, unsaved } = shown
  const { place, label, severity, comment, reviewer, status, createdAt, updatedAt } = annotation
  const card = useRef<HTMLElement>(null)
  const isEdited = updatedAt !== createdAt
  useFocus(card, annotation.id)

  const jump = () => {
    if (place.kind === 'time') goTo(place.startSec, { andPlay: true })
    else if (place.kind !== 'call') goToTurn(place.turnIndex, { andPlay: true })
  }
  return (
    <article
      ref={card}
      className={classNames('note', `note-${severity ?? 'none'}`, unsaved?.phase === 'failed' && 'is-failed')}
      aria-label={t('annotations.cardName', { label })}
      tabIndex={-1}
    >
      {isReadOnly || place.kind === 'call' || (place.kind !== 'time' && status === 'orphaned') ? (
        <span className="note-place">
          <PlaceLine place={place} turns={turns} annotation={annotation} />
        </span>
      ) : (
        <button type="button" className="note-place" onClick={jump} title={t('annotations.jump')}>
          <PlaceLine place={place} turns={turns} annotation={annotation} />
        </button>
      )}
      {isReadOnly || unsaved?.phase === 'saving' ? null : (
        <span className="note-actions">
          <IconButton
            size="s"
            label={t('annotations.edit')}
            icon={<Pencil size={13} />}
            onPress={() => (unsaved ? showDraft(unsaved.id) : editAnnotation(annotation))}
          />
          {unsaved ? null : (
            <IconButton
              size="s"
              label={t('annotations.delete')}
              icon={<Trash2 size={13} />}
              onPress={() => void removeAnnotation(annotation)}
            />
          )}
        </span>
      )}
      {comment === '' ? null : (
        <p className="note-comment" dir="auto">
          {shownText(comment)}
        </p>
      )}
      <div className="note-by">
        <Chip>{label}</Chip>
        {severity === null ? null : (
          <Chip icon={<SeverityMark severity={severity} size={11} />}>
            {t(`annotations.severities.${severity}`)}
          </Chip>
        )}
        <span className="note-who">
          {reviewer}
          {unsaved ? null : (
            <span title={formatDate(isEdited ? updatedAt : createdAt)}>
              {` · ${t(isEdited ? 'annotations.edited' : 'annotations.saved', { when: formatAgo(isEdited ? updatedAt : createdAt) })}`}
            </span>
          )}
          {unsaved?.phase === 'saving' ? ` · ${t('annotations.saving')}` : null}
        </span>
      </div>
      {status === 'anchored' ? null : <p className="note-status">{statusWords(annotation)}</p>}
      {status === 'orphaned' && !unsaved && !isReadOnly ? <PlaceAgain annotation={annotation} /> : null}
      {unsaved?.phase === 'failed' ? (
        <div className="note-failed" role="alert">
          <span>{t('annotations.notSaved', { reason: unsaved.problem ?? '' })}</span>
          <span className="note-failed-actions">
            <Button size="s" onPress={() => saveDraft(unsaved.id)}>
              {t('annotations.retry')}
            </Button>
            <Button size="s" variant="ghost" onPress={() => discardDraft(unsaved.id)}>
              {t('annotations.discard')}
            </Button>
          </span>
        </div>
      ) : null}
    </article>
  )
}

/** Where it was, and what the vendor's change did to it. Turns are counted from 1. */
function statusWords({ status, place, written, turnIndex, turnText }: Annotation): string {
  const was = (written.turnIndex ?? 0) + 1
  if (status === 'orphaned') return t('annotations.statuses.orphaned', { was })
  if (turnIndex !== written.turnIndex)
    return t('annotations.statuses.moved', { was, now: (turnIndex ?? 0) + 1 })
  const words = place.kind === 'quote' ? written.quote : written.turnText
  const now = place.kind === 'quote' ? place.quote : turnText
  if (words === now) return t('annotations.statuses.movedInTurn')
  return t('annotations.statuses.reworded', { words: excerpt(words ?? '') })
}

const excerpt = (text: string): string => (text.length > 120 ? `${text.slice(0, 120)}…` : text)

/** Scrolls the card into sight and lets it flash when the reviewer asked for it elsewhere. */
function useFocus(card: React.RefObject<HTMLElement | null>, id: string): void {
  const token = useFocusedAnnotation((state) => (state.id === id ? state.token : 0))
  useEffect(() => {
    const element = card.current
    if (token === 0 || !element) return
    element.scrollIntoView({ block: 'nearest' })
    element.classList.add('is-called')
    const end = () => element.classList.remove('is-called')
    element.addEventListener('animationend', end, { once: true })
    return () => {
      element.removeEventListener('animationend', end)
      end()
    }
  }, [card, token])
}
