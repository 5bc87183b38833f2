import type { Annotation, AnnotationPlace, Turn } from '@contract'
import { t } from '../app/words'
import { formatPosition } from '../ui'
import { timeOf } from './place'

const EXCERPT = 160

/** A place in words: `0:27 · “How may I best assist you today?”`. */
export function PlaceLine({
  place,
  turns,
  annotation,
}: {
  place: AnnotationPlace
  turns: readonly Turn[]
  annotation?: Annotation
}) {
  if (place.kind === 'call') return <span className="place">{t('annotations.wholeCall')}</span>
  const { startSec, endSec, isEstimated } = timeOf(place, turns, annotation)
  // Its words are gone: the turn that has their place now is another one.
  const isLost = annotation?.status === 'orphaned'
  const about = isEstimated ? '≈ ' : ''
  if (place.kind === 'time')
    return <span className="place tabular">{`${formatPosition(startSec)} – ${formatPosition(endSec)}`}</span>
  const turn = isLost ? undefined : turns.find((one) => one.index === place.turnIndex)
  const words = place.kind === 'quote' ? place.quote : (turn?.text ?? annotation?.turnText ?? '')
  const speaker = turn?.speaker ?? annotation?.turnSpeaker ?? null
  return (
    <span className="place">
      {startSec === null || isLost ? null : (
        <span className="tabular">{`${about}${formatPosition(startSec)} · `}</span>
      )}
      {place.kind === 'turn' && speaker ? `${t(`speakers.${speaker}`)} · ` : null}
      <bdi>{`“${words.length > EXCERPT ? `${words.slice(0, EXCERPT)}…` : words}”`}</bdi>
    </span>
  )
}
