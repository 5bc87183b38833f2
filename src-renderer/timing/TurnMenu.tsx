import type { Turn } from '@contract'
import { ChevronLeft, ChevronRight, Clock, Play, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { keyOf } from '../app/all-keys'
import { t } from '../app/words'
import { canPlay, goToTurn, positionSec, turnOf } from '../player/player'
import { formatPositionTenths, type MenuAction, MenuAt } from '../ui'
import { removeStart, stepStart } from './actions'
import { excerpt } from './excerpt'
import { startsNow } from './meant'

/** Marks what opens the menu of a turn's times; inside of an element with `data-turn`. */
export const TURN_MENU = 'data-turn-menu'

interface Opened {
  turn: Turn
  anchor: HTMLElement
  /** Opened with the mouse: the focus does not stay where it would take the next Space. */
  isPointer: boolean
}

/** One menu for all turns of a transcript: what can be done with when a turn begins. */
export function TurnMenu({ container }: { container: HTMLElement | null }) {
  const [opened, setOpened] = useState<Opened | null>(null)
  useEffect(() => {
    if (!container) return
    const owner = new AbortController()
    const open = (event: MouseEvent, selector: string) => {
      if (!(event.target instanceof Element)) return
      const row = event.target.closest('[data-turn]')
      const anchor = event.target.closest(selector) ? row?.querySelector(`[${TURN_MENU}]`) : null
      const turn = row && turnOf(Number(row.getAttribute('data-turn')))
      if (!turn || !(anchor instanceof HTMLElement)) return
      event.preventDefault()
      setOpened({ turn, anchor, isPointer: event.detail > 0 || event.type === 'contextmenu' })
    }
    const { signal } = owner
    container.addEventListener('click', (event) => open(event, `[${TURN_MENU}]`), { signal })
    container.addEventListener('contextmenu', (event) => open(event, `[${TURN_MENU}], .turn-time`), {
      signal,
    })
    return () => owner.abort()
  }, [container])
  if (!opened) return null
  const { anchor, isPointer } = opened
  // As it is now: its times may have changed while the menu was open.
  const turn = turnOf(opened.turn.index)
  if (!turn || !anchor.isConnected) return null
  return (
    <MenuAt
      label={t('timing.menu.turn', { words: excerpt(turn.text) })}
      anchor={anchor}
      actions={actionsOf(turn)}
      onClose={() => {
        setOpened(null)
        if (isPointer) requestAnimationFrame(() => anchor.blur())
      }}
    />
  )
}

function actionsOf(turn: Turn): MenuAction[] {
  const isPlayable = canPlay()
  const hasTime = turn.startSec !== null
  return [
    {
      id: 'now',
      label: t('timing.menu.startsNow', { at: formatPositionTenths(positionSec()) }),
      icon: <Clock size={14} aria-hidden="true" />,
      keyHint: keyOf('timing.setStart'),
      isDisabled: !isPlayable,
      perform: () => startsNow(turn),
    },
    {
      id: 'listen',
      label: t('timing.menu.listen'),
      icon: <Play size={14} aria-hidden="true" />,
      isDisabled: !isPlayable || !hasTime,
      perform: () => goToTurn(turn.index, { andPlay: true }),
    },
    {
      id: 'earlier',
      label: t('timing.menu.earlier'),
      icon: <ChevronLeft size={14} aria-hidden="true" />,
      keyHint: keyOf('timing.earlier'),
      isDisabled: !isPlayable || !hasTime,
      perform: () => stepStart(turn, -1),
    },
    {
      id: 'later',
      label: t('timing.menu.later'),
      icon: <ChevronRight size={14} aria-hidden="true" />,
      keyHint: keyOf('timing.later'),
      isDisabled: !isPlayable || !hasTime,
      perform: () => stepStart(turn, 1),
    },
    ...(turn.anchor
      ? [
          {
            id: 'remove',
            label: t('timing.menu.remove'),
            icon: <X size={14} aria-hidden="true" />,
            perform: () => void removeStart(turn),
          },
        ]
      : []),
  ]
}
