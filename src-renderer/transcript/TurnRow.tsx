import type { Turn } from '@contract'
import { CornerUpRight, EllipsisVertical } from 'lucide-react'
import { memo, type Ref, useState } from 'react'
import { keyOf } from '../app/all-keys'
import { t } from '../app/words'
import { isUnspoken } from '../player/timeline'
import { TimeMark } from '../timing/TimeMark'
import { TURN_MENU } from '../timing/TurnMenu'
import { trustOf, trustWords } from '../timing/turn-time'
import { Chip, classNames, formatNumber, formatPosition, Kbd } from '../ui'
import { TURN_TEXT } from './selection'
import { type Mark, neededLength, safeCut, segmentsOf } from './text-marks'

/** Characters shown at first of a very long turn, and added at each press. */
const FIRST_SHOWN = 8_000
const MORE_SHOWN = 40_000

/** The first letter is of a script that is written from right to left (Hebrew, Arabic, Syriac, Thaana, N'Ko). */
const RIGHT_TO_LEFT = /^\P{L}*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/u

export interface TurnRowProps {
  turn: Turn
  isActive: boolean
  /** "This turn starts now" would be about it. */
  isMeant: boolean
  /** Annotated as a whole. */
  isAnnotated: boolean
  marks: readonly Mark[]
  /** In a list that holds only a part of its rows: which this is, and how many there are. */
  row?: number
  size?: number
  /** Pixels from the top, where rows are placed by hand. */
  offset?: number
  rowRef?: Ref<HTMLLIElement>
}

export const TurnRow = memo(function TurnRow({
  turn,
  isActive,
  isMeant,
  isAnnotated,
  marks,
  row,
  size,
  offset,
  rowRef,
}: TurnRowProps) {
  const isSilent = isUnspoken(turn.text)
  return (
    <li
      ref={rowRef}
      className={classNames(
        'turn',
        `turn-${turn.speaker}`,
        isActive && 'is-active',
        isMeant && 'is-meant',
        isAnnotated && 'is-annotated',
        isSilent && 'is-silent',
      )}
      data-turn={turn.index}
      data-row={row}
      aria-current={isActive ? 'true' : undefined}
      aria-posinset={row === undefined ? undefined : row + 1}
      aria-setsize={size}
      style={offset === undefined ? undefined : { transform: `translateY(${offset}px)` }}
    >
      <TurnTime turn={turn} isActive={isActive} isMeant={isMeant} />
      <span className={`turn-speaker speaker-${turn.speaker}`} title={turn.rawRole ?? undefined}>
        {t(`speakers.${turn.speaker}`)}
      </span>
      <div className="turn-words">
        {isSilent ? (
          <span className="turn-unspoken" title={turn.rawText}>
            {t('transcript.unspoken')}
          </span>
        ) : (
          <TurnText turn={turn} marks={marks} />
        )}
        {turn.redirect === null ? null : (
          <Chip icon={<CornerUpRight size={12} aria-hidden="true" />} className="turn-redirect">
            <span className="ui-visually-hidden">{`${t('transcript.redirect')} `}</span>
            {turn.redirect.replaceAll('_', ' ')}
          </Chip>
        )}
      </div>
    </li>
  )
})

/** When it begins, with the sign of how that is known, and the way to its menu. */
function TurnTime({ turn, isActive, isMeant }: Pick<TurnRowProps, 'turn' | 'isActive' | 'isMeant'>) {
  const trust = trustOf(turn)
  const time = formatPosition(turn.startSec)
  const why = trust === null ? '' : trustWords(turn, trust)
  return (
    <>
      {trust === null ? (
        <span className="turn-time" />
      ) : (
        <button
          type="button"
          className="turn-time"
          tabIndex={isActive ? 0 : -1}
          aria-label={t(trust === 'vendor' ? 'transcript.goTo' : 'transcript.goToBy', { time, why })}
          title={trust === 'vendor' ? undefined : why}
        >
          <TimeMark trust={trust}>{time}</TimeMark>
        </button>
      )}
      <button
        type="button"
        className="turn-menu"
        {...{ [TURN_MENU]: '' }}
        tabIndex={isActive ? 0 : -1}
        aria-haspopup="menu"
        aria-label={t('timing.menu.open')}
        title={isMeant ? t('timing.menu.meant') : undefined}
      >
        {isMeant ? (
          <span className="turn-meant" aria-hidden="true">
            <Kbd keys={keyOf('timing.setStart') ?? ''} />
          </span>
        ) : null}
        <EllipsisVertical size={14} aria-hidden="true" />
      </button>
    </>
  )
}

function TurnText({ turn, marks }: { turn: Turn; marks: readonly Mark[] }) {
  const [limit, setLimit] = useState(FIRST_SHOWN)
  const { text } = turn
  // What is marked is shown, however far down it is.
  const needed = neededLength(marks)
  const shown = text.length <= FIRST_SHOWN * 1.25 ? text.length : safeCut(text, Math.max(limit, needed))
  return (
    <>
      <span
        className={classNames('turn-text', RIGHT_TO_LEFT.test(text) && 'is-rtl')}
        dir="auto"
        {...{ [TURN_TEXT]: turn.index }}
      >
        {segmentsOf(shown, marks).map((segment) => {
          const words = text.slice(segment.from, segment.to)
          const isAnnotated = segment.annotationIds.length > 0
          if (!segment.isMatch && !segment.isCurrent && !segment.isDraft && !isAnnotated) return words
          return (
            <mark
              key={segment.from}
              className={classNames(
                isAnnotated && 'mark-annotated',
                segment.isDraft && 'mark-draft',
                segment.isCurrent && 'mark-current',
              )}
              data-annotation={segment.annotationIds[0]}
            >
              {words}
            </mark>
          )
        })}
      </span>
      {shown < text.length ? (
        <button type="button" className="turn-more" onClick={() => setLimit(shown + MORE_SHOWN)}>
          {t('transcript.more', {
            count: text.length - shown,
            characters: formatNumber(text.length - shown),
          })}
        </button>
      ) : null}
    </>
  )
}
