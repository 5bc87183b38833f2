import type { Handlers } from '@contract'
import type { internalContract } from '../backend/internal-contract'
import { dueForListening } from './alignments'
import { keepSound } from './kept-sound'
import { type ListenOptions, listen } from './listen'
import { talkHeard } from './talk-heard'

type Table = Pick<Handlers<(typeof internalContract)['timing']>, 'listen' | 'interrupt' | 'due'>

/** The timing worker's calls; who asks for one listening at a time gets them in the order asked. */
export function listeningHandlers(
  options: Pick<ListenOptions, 'db' | 'paths' | 'packetDecoder'>,
): Table & { close: () => void } {
  const kept = keepSound()
  const running = new Set<AbortController>()
  const interrupt = () => {
    for (const stop of running) stop.abort()
    return {}
  }
  return {
    listen: async (asked) => {
      const stop = new AbortController()
      running.add(stop)
      try {
        const { facts, heard } = await listen(asked, { ...options, kept, signal: stop.signal })
        return {
          facts,
          heard: heard && { ...heard, speech: [...heard.speech], turns: heard.turns && [...heard.turns] },
          talk: heard && talkHeard(options.db, asked.callId, heard),
        }
      } finally {
        running.delete(stop)
      }
    },
    interrupt,
    due: ({ before }) => dueForListening(options.db, before),
    close: () => {
      interrupt()
      kept.close()
    },
  }
}
