import type { Annotation } from '@contract'
import { MapPin } from 'lucide-react'
import { t } from '../app/words'
import { usePlayer } from '../player/player'
import { useSelectedText } from '../transcript/selection'
import { Button } from '../ui'
import { placeAgain } from './actions'

/** Gives an annotation whose words are gone a place by hand: the words that are selected, else the turn that is heard. */
export function PlaceAgain({ annotation }: { annotation: Annotation }) {
  const hasSelection = useSelectedText((state) => state.place !== null)
  const activeTurn = usePlayer((state) => (state.callId === annotation.callId ? state.activeTurn : null))
  const target = hasSelection ? 'selection' : activeTurn === null ? null : 'turn'
  return (
    <div
      className="note-place-again"
      // The selection has to outlive the press.
      onPointerDown={(event) => event.preventDefault()}
    >
      <Button
        size="s"
        icon={<MapPin size={13} aria-hidden="true" />}
        isDisabled={target === null}
        onPress={() => void placeAgain(annotation)}
      >
        {t('annotations.placeHere')}
      </Button>
      <span className="soft">
        {target === 'turn'
          ? t('annotations.placeOnTurn', { n: (activeTurn ?? 0) + 1 })
          : t(target === 'selection' ? 'annotations.placeOnSelection' : 'annotations.placeHint')}
      </span>
    </div>
  )
}
