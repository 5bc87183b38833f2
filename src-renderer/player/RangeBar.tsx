import { Play, Repeat, X } from 'lucide-react'
import { addAnnotation } from '../annotations/actions'
import { keyOf } from '../app/all-keys'
import { t } from '../app/words'
import { Button, formatPosition, IconButton } from '../ui'
import { playPointed, toggleLoop } from './pointed'
import { setTimeRange, type TimeRange } from './time-range'

/** What can be done with a drawn range; Escape takes the range away. `middle`: its place, as a share of the width. */
export function RangeBar({ range, middle }: { range: TimeRange; middle: number }) {
  return (
    <div className="waveform-range-bar" style={{ left: `${Math.max(0.22, Math.min(0.78, middle)) * 100}%` }}>
      <span className="tabular">{`${formatPosition(range.startSec)} – ${formatPosition(range.endSec)}`}</span>
      <Button size="s" variant="ghost" keyHint={keyOf('annotations.add')} onPress={() => addAnnotation()}>
        {t('annotations.annotate')}
      </Button>
      <IconButton
        size="s"
        label={t('player.playRange')}
        keyHint={keyOf('player.playPointed')}
        icon={<Play size={13} />}
        onPress={playPointed}
      />
      <IconButton
        size="s"
        label={t('player.loopRange')}
        keyHint={keyOf('player.loop')}
        icon={<Repeat size={13} />}
        onPress={toggleLoop}
      />
      <IconButton
        size="s"
        label={t('player.clearRange')}
        keyHint="Escape"
        icon={<X size={14} />}
        onPress={() => setTimeRange(null)}
      />
    </div>
  )
}
