import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { EarmarkError } from '@contract/errors'
import { MAX_UNDER_WAY, SoundAnswer, type SoundQuestion } from '@contract/sound-decoder'

/** Decodes packets that no decoder in this thread can: in the window's hidden page. One stream at a time. */
export interface PacketDecoder {
  /**
   * Its answer. Questions are answered in order; `MAX_UNDER_WAY` may wait at once, so that the page decodes while this thread
   * measures what came before. Raises `internal` when the other side is gone or silent.
   */
  ask: (question: SoundQuestion) => Promise<SoundAnswer>
}

/** The hidden page starts within a second; a request of it takes milliseconds. */
const SILENCE_MS = 30_000

/** A decoder at the other end of a port. */
export function packetDecoderOn(port: MessagePort): PacketDecoder {
  let lastId = 0
  const waiting = new Map<number, (answer: SoundAnswer | null) => void>()
  port.on('message', (message: unknown) => {
    const answer = SoundAnswer.safeParse(message)
    if (answer.success) waiting.get(answer.data.id)?.(answer.data)
  })
  port.on('close', () => {
    for (const settle of waiting.values()) settle(null)
  })
  port.unref()
  return {
    ask: async (question) => {
      if (waiting.size === MAX_UNDER_WAY) throw new Error('Too many questions at once.')
      lastId += 1
      const id = lastId
      let timer: NodeJS.Timeout | undefined
      const answer = await new Promise<SoundAnswer | null>((settle) => {
        timer = setTimeout(() => settle(null), SILENCE_MS)
        waiting.set(id, settle)
        port.postMessage({ ...question, id })
      })
      clearTimeout(timer)
      waiting.delete(id)
      if (!answer) throw decoderGone()
      return answer
    },
  }
}

/** The sentence for a decoding page that crashed, or says nothing any more. */
export const decoderGone = (): EarmarkError =>
  new EarmarkError('internal', 'The part of Earmark that decodes AAC stopped. Open the call again.')

/** Both ends of a decoder's line: the worker's, and the shell's. */
export const decoderLine = (): { worker: MessagePort; shell: MessagePort } => {
  const { port1, port2 } = new MessageChannel()
  return { worker: port1, shell: port2 }
}
