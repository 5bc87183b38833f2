import { perform } from '../app/commands'
import { t } from '../app/words'
import { goTo, pause, play, positionSec, SKIP_SEC, skip } from './player'

const ACTIONS: Partial<Record<MediaSessionAction, MediaSessionActionHandler>> = {
  play: () => play(),
  pause: () => pause(),
  stop: () => pause(),
  seekbackward: ({ seekOffset }) => skip(-(seekOffset ?? SKIP_SEC)),
  seekforward: ({ seekOffset }) => skip(seekOffset ?? SKIP_SEC),
  seekto: ({ seekTime }) => goTo(seekTime ?? positionSec()),
  previoustrack: () => void perform('calls.previous'),
  nexttrack: () => void perform('calls.next'),
}

/**
 * The keyboard's and the headset's own keys, until the returned function is called. The system shows what plays, also
 * on a locked screen: nothing of the call is told to it.
 */
export function listenForMediaKeys(): () => void {
  const { mediaSession } = navigator
  const each = (act: (action: MediaSessionAction, handler: MediaSessionActionHandler) => void) => {
    for (const [action, handler] of Object.entries(ACTIONS)) act(action as MediaSessionAction, handler)
  }
  mediaSession.metadata = new MediaMetadata({ title: t('player.mediaTitle'), artist: t('app.name') })
  each((action, handler) => mediaSession.setActionHandler(action, handler))
  return () => {
    each((action) => mediaSession.setActionHandler(action, null))
    mediaSession.metadata = null
  }
}
