import type { Difference, WordPart } from '@contract'
import { t } from '../app/words'
import { classNames, VisuallyHidden } from '../ui'

/** One difference: what it is about, and both texts in one, or the one that there is. */
export function DifferenceView({
  difference,
  onGoToTurn,
}: {
  difference: Difference
  /** Null where the turn that is meant is not the one on the screen. */
  onGoToTurn: ((index: number) => void) | null
}) {
  const { kind, turn, words, before, after } = difference
  const number = (turn?.index ?? turn?.beforeIndex ?? 0) + 1
  const isElsewhere =
    turn && turn.index !== null && turn.beforeIndex !== null && turn.index !== turn.beforeIndex
  const name = nameOf(difference, number)
  const index = turn?.index ?? null
  return (
    <li className="difference">
      <div className="difference-head">
        {index !== null && onGoToTurn ? (
          <button
            type="button"
            className="difference-name difference-jump"
            title={t('changes.goToTurn', { n: number })}
            onClick={() => onGoToTurn(index)}
          >
            {name}
          </button>
        ) : (
          <span className="difference-name">{name}</span>
        )}
        {isElsewhere ? (
          <span className="soft">{t('changes.wasTurn', { n: (turn.beforeIndex ?? 0) + 1 })}</span>
        ) : null}
        <span className={classNames('difference-kind', `difference-${kind}`)}>
          {t(`changes.kinds.${kind}`)}
        </span>
      </div>
      <p className="difference-text" dir="auto">
        <Words
          parts={words ?? [{ text: before ?? after ?? '', kind: before === null ? 'added' : 'removed' }]}
        />
      </p>
    </li>
  )
}

function nameOf({ turn, fact, path }: Difference, number: number): string {
  if (turn?.aspect === 'speaker') return t('changes.turnSpeaker', { n: number })
  if (turn?.aspect === 'redirect') return t('changes.turnRedirect', { n: number })
  if (turn)
    return t(turn.index === null ? 'changes.formerTurn' : 'changes.turn', {
      n: number,
      speaker: t(`speakers.${turn.speaker}`),
    })
  return fact === null ? path : t(FACT_WORDS[fact])
}

const FACT_WORDS: Readonly<Record<NonNullable<Difference['fact']>, string>> = {
  status: 'call.status',
  sentiment: 'call.sentiment',
  goalAchieved: 'call.goal',
  from: 'call.from',
  to: 'call.to',
  party: 'call.party',
  summary: 'call.summary',
  vendorScore: 'call.score',
  duration: 'call.duration',
  started: 'call.started',
  ended: 'call.ended',
}

/** Colour, and a line through or under it as well; a screen reader is told in words. */
function Words({ parts }: { parts: readonly WordPart[] }) {
  return parts.map((part, index) => {
    const key = `${index} ${part.kind}`
    if (part.kind === 'removed')
      return (
        <del key={key} className="word-removed">
          <VisuallyHidden>{`${t('changes.removedWords')} `}</VisuallyHidden>
          {part.text}
        </del>
      )
    if (part.kind === 'added')
      return (
        <ins key={key} className="word-added">
          <VisuallyHidden>{`${t('changes.addedWords')} `}</VisuallyHidden>
          {part.text}
        </ins>
      )
    return (
      <span key={key} className={part.kind === 'cut' ? 'word-cut' : undefined}>
        {part.kind === 'cut' ? ' … ' : part.text}
      </span>
    )
  })
}
