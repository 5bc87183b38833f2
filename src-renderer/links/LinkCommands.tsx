import { type CallDetail, EarmarkError, type Link, printLink } from '@contract'
import { useEffect } from 'react'
import { client, onEvent } from '../app/client'
import { openCall, useOpenCall } from '../app/open-call'
import { queryClient } from '../app/queries'
import { useCommands } from '../app/use-commands'
import { t } from '../app/words'
import { canPlay, positionSec, usePlayer } from '../player/player'
import { focusSearchBox, setSearchText, setSort, useSearch } from '../search/search-state'
import { toast, toastFailure } from '../ui'
import { copyText } from '../ui/copy-text'
import { keys } from './keys'

/** Follows links that come from outside, and copies such as lead back here. */
export function LinkCommands() {
  useEffect(() => {
    const stop = onEvent((event) => {
      if (event.type === 'link') void follow(event.link)
    })
    // One that the application was started with.
    client.workspace
      .takeLink({})
      .then((waiting) => waiting && follow(waiting.link))
      .catch(toastFailure)
    return stop
  }, [])
  useCommands(keys, {
    'links.copyMoment': { perform: copyMoment, isEnabled: () => useOpenCall.getState().callId !== null },
    'links.copySearch': {
      perform: () =>
        copy({ kind: 'search', query: useSearch.getState().text.trim() }, t('links.searchCopied')),
      isEnabled: () => useSearch.getState().text.trim() !== '',
    },
  })
  return null
}

/** Goes where a link leads; null: it leads nowhere. */
async function follow(link: Link | null): Promise<void> {
  if (link === null) {
    toast({ title: t('links.bad'), description: t('links.badWords'), tone: 'bad', topic: 'link' })
    return
  }
  if (link.kind === 'search') {
    setSort('date')
    // With a space behind it the last word is whole.
    setSearchText(link.query === '' ? '' : `${link.query} `)
    focusSearchBox()
    return
  }
  const { callId, startSec } = link
  let turns: CallDetail['turns']
  try {
    const call = await queryClient.fetchQuery({
      queryKey: ['calls', 'get', callId],
      queryFn: () => client.calls.get({ callId }),
    })
    turns = call.turns
  } catch (thrown) {
    if (thrown instanceof EarmarkError && thrown.code === 'not_found')
      toast({ title: t('links.unknown'), description: t('links.unknownWords'), tone: 'bad', topic: 'link' })
    else toastFailure(thrown)
    return
  }
  // In a call without sound the turn is all there is to land on.
  const turn = turns.findLast((one) => startSec !== null && one.startSec !== null && one.startSec <= startSec)
  openCall(callId, { turnIndex: turn?.index ?? null, startSec })
}

/** The open call where it is heard, else where the turn that is marked begins. */
function copyMoment(): void {
  const { callId } = useOpenCall.getState()
  if (callId === null) return
  const { activeTurn, callId: shown } = usePlayer.getState()
  const startSec =
    shown === callId && canPlay() && (activeTurn !== null || positionSec() > 0) ? positionSec() : null
  copy({ kind: 'call', callId, startSec }, t(startSec === null ? 'links.callCopied' : 'links.momentCopied'))
}

function copy(link: Link, said: string): void {
  const text = printLink(link)
  if (copyText(text)) toast({ title: said, description: text, tone: 'good', topic: 'link' })
  else toast({ title: t('links.notCopied'), description: text, tone: 'bad', topic: 'link' })
}
