import { Play } from 'lucide-react'
import { addAnnotation } from '../annotations/actions'
import { keyOf } from '../app/all-keys'
import { t } from '../app/words'
import { canPlay, turnOf } from '../player/player'
import { playPointed } from '../player/pointed'
import { Button, IconButton } from '../ui'
import { useSelectedText } from './selection'

const HEIGHT_PX = 40

/** At the words that are selected: what can be done with them. */
export function SelectionToolbar({ container }: { container: Element | null }) {
  const { place, box } = useSelectedText()
  if (!place || !box || !container) return null
  const area = container.getBoundingClientRect()
  if (box.bottom < area.top || box.top > area.bottom) return null
  const isAbove = box.top - HEIGHT_PX > area.top
  const middle = (box.left + box.right) / 2 - area.left
  const top = isAbove ? box.top - HEIGHT_PX + 2 : Math.min(box.bottom + 6, area.bottom - HEIGHT_PX)
  return (
    <div
      className="selection-bar"
      style={{ left: Math.max(70, Math.min(area.width - 70, middle)), top: top - area.top }}
      // The selection has to outlive the press.
      onPointerDown={(event) => event.preventDefault()}
    >
      <Button size="s" variant="ghost" keyHint={keyOf('annotations.add')} onPress={() => addAnnotation()}>
        {t('annotations.annotate')}
      </Button>
      {canPlay() && (turnOf(place.turnIndex)?.startSec ?? null) !== null ? (
        <IconButton
          size="s"
          label={t('transcript.playSelection')}
          keyHint={keyOf('player.playPointed')}
          icon={<Play size={13} />}
          onPress={playPointed}
        />
      ) : null}
    </div>
  )
}
