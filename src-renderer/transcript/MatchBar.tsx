import { ChevronDown, ChevronUp } from 'lucide-react'
import { keyOf } from '../app/all-keys'
import { perform } from '../app/commands'
import { t } from '../app/words'
import { formatNumber, IconButton } from '../ui'

/** Which of the matches of the search is gone to, and the way to the next. */
export function MatchBar({ index, count }: { index: number | null; count: number }) {
  return (
    <div className="match-bar">
      <span className="match-count tabular" role="status">
        {index === null
          ? t('transcript.matches', { count, n: formatNumber(count) })
          : t('transcript.matchOf', { n: formatNumber(index + 1), count: formatNumber(count) })}
      </span>
      <IconButton
        size="s"
        label={t('commands.transcript.previousMatch')}
        keyHint={keyOf('transcript.previousMatch')}
        icon={<ChevronUp size={15} />}
        onPress={() => perform('transcript.previousMatch')}
      />
      <IconButton
        size="s"
        label={t('commands.transcript.nextMatch')}
        keyHint={keyOf('transcript.nextMatch')}
        icon={<ChevronDown size={15} />}
        onPress={() => perform('transcript.nextMatch')}
      />
    </div>
  )
}
