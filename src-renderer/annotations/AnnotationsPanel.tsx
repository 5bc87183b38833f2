import type { CallDetail } from '@contract'
import { Plus } from 'lucide-react'
import { Fragment, useId } from 'react'
import { keyOf } from '../app/all-keys'
import { useCommands } from '../app/use-commands'
import { t } from '../app/words'
import { useShown } from '../privacy/shown'
import { Button, ErrorState, Kbd } from '../ui'
import { AnnotationCard } from './AnnotationCard'
import { addAnnotation } from './actions'
import { Composer } from './Composer'
import type { Draft, ShownAnnotation } from './draft'
import { discardDraft, showDraft, useOpenDraft } from './drafts'
import { judgeKeys } from './keys'
import { PlaceLine } from './PlaceLine'
import { useWaitingDrafts } from './queries'
import './annotations.css'

/** What reviewers wrote on the call, and where they write. */
export function AnnotationsPanel({
  call,
  shown,
  error,
  onRetry,
}: {
  call: CallDetail
  shown: readonly ShownAnnotation[]
  error: unknown
  onRetry: () => void
}) {
  const open = useOpenDraft(call.id)
  const waiting = useWaitingDrafts(call.id)
  const lostId = useId()
  useCommands(judgeKeys, {
    'annotations.add': () => addAnnotation(),
    'annotations.addToCall': () => addAnnotation({ kind: 'call' }),
  })
  const isEditing = (one: ShownAnnotation) =>
    open !== null && (open.editing === one.annotation.id || open.id === one.annotation.id)
  const isLost = ({ annotation }: ShownAnnotation) => annotation.status === 'orphaned'
  const placed = shown.filter((one) => !isLost(one))
  const lost = shown.filter(isLost)
  const card = (one: ShownAnnotation) => (
    <Fragment key={one.annotation.id}>
      {isEditing(one) && open ? (
        <Composer key={open.id} draft={open} turns={call.turns} />
      ) : (
        <AnnotationCard shown={one} turns={call.turns} />
      )}
    </Fragment>
  )
  return (
    <section className="panel-section" aria-label={t('annotations.title')}>
      <div className="panel-head">
        <h2 className="ui-section-title">
          {t('annotations.title')}
          {shown.length > 0 ? <span className="panel-count tabular">{shown.length}</span> : null}
        </h2>
        <Button
          size="s"
          variant="ghost"
          icon={<Plus size={14} aria-hidden="true" />}
          keyHint={keyOf('annotations.add')}
          aria-label={t('annotations.add')}
          onPress={() => addAnnotation()}
        >
          {t('annotations.addShort')}
        </Button>
      </div>
      {open && open.editing === null ? <Composer key={open.id} draft={open} turns={call.turns} /> : null}
      {waiting.map((draft) => (
        <WaitingDraft key={draft.id} draft={draft} call={call} />
      ))}
      {error ? <ErrorState error={error} onRetry={onRetry} /> : null}
      {placed.map(card)}
      {lost.length > 0 ? (
        <section className="panel-lost" aria-labelledby={lostId}>
          <h3 className="ui-section-title" id={lostId}>
            {t('annotations.lost')}
            <span className="panel-count tabular">{lost.length}</span>
          </h3>
          <p className="soft">{t('annotations.lostWords')}</p>
          {lost.map(card)}
        </section>
      ) : null}
      {shown.length === 0 && waiting.length === 0 && !open && !error ? <Hint /> : null}
    </section>
  )
}

function Hint() {
  return (
    <div className="panel-hint">
      <p>{t('annotations.hint')}</p>
      <p>
        <Kbd keys={keyOf('annotations.add') ?? ''} /> {t('annotations.hintTurn')}
      </p>
      <p>
        <Kbd keys={keyOf('annotations.addToCall') ?? ''} /> {t('annotations.hintCall')}
      </p>
    </div>
  )
}

/** A draft that was closed without being saved. */
function WaitingDraft({ draft, call }: { draft: Draft; call: CallDetail }) {
  const shownText = useShown()
  return (
    <article className="note note-draft" aria-label={t('annotations.draftName')}>
      <span className="note-place">
        <PlaceLine place={draft.place} turns={call.turns} />
      </span>
      {draft.comment === '' ? null : (
        <p className="note-comment" dir="auto">
          {shownText(draft.comment)}
        </p>
      )}
      <div className="note-by">
        <span className="note-who">
          {draft.label === '' ? t('annotations.draft') : `${t('annotations.draft')} · ${draft.label}`}
        </span>
        <Button size="s" onPress={() => showDraft(draft.id)}>
          {t('annotations.goOn')}
        </Button>
        <Button size="s" variant="ghost" onPress={() => discardDraft(draft.id)}>
          {t('annotations.discard')}
        </Button>
      </div>
    </article>
  )
}
