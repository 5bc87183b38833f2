import { useState } from 'react'
import { Button as PlainButton } from 'react-aria-components'
import { t } from '../app/words'

/** More than about three lines are folded. */
const SHORT = 240

/** What failed and what to do. Long ones wrap, and are folded to their beginning until somebody wants all of it. */
export function Problem({ words, isBad }: { words: string; isBad: boolean }) {
  const [isOpen, setOpen] = useState(false)
  const isLong = words.length > SHORT
  return (
    <span className={isBad ? 'sync-problem sync-problem-bad' : 'sync-problem'}>
      {isLong && !isOpen ? `${words.slice(0, SHORT).trimEnd()}…` : words}{' '}
      {isLong ? (
        <PlainButton
          className="sync-problem-more"
          aria-expanded={isOpen}
          onPress={() => setOpen((before) => !before)}
        >
          {t(isOpen ? 'sync.less' : 'sync.moreWords')}
        </PlainButton>
      ) : null}
    </span>
  )
}
