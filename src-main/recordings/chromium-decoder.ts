import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { EarmarkError } from '@contract/errors'
import { SoundAnswer, type SoundQuestion } from '@contract/sound-decoder'

/** Decodes packets that no decoder in this thread can: in the window's hidden page. One stream at a time. */
export interface PacketDecoder {
  /** The next answer; each question waits for the one before. Raises `internal` when the other side is gone or silent. */
  ask: (question: SoundQuestion) => Promise<SoundAnswer>
}

/** The hidden page starts within a second; a request of it takes milliseconds. */
const SILENCE_MS = 30_000

/** A decoder at the other end of a port. */
export function packetDecoderOn(port: MessagePort): PacketDecoder {
  let lastId = 0
  let waiting: { id: number; settle: (answer: SoundAnswer | null) => void } | null = null
  port.on('message', (message: unknown) => {
    const answer = SoundAnswer.safeParse(message)
    if (answer.success && answer.data.id === waiting?.id) waiting.settle(answer.data)
  })
  port.on('close', () => waiting?.settle(null))
  port.unref()
  return {
    ask: async (question) => {
      if (waiting) throw new Error('One stream is decoded at a time.')
      lastId += 1
      const id = lastId
      const answer = await new Promise<SoundAnswer | null>((settle) => {
        const timer = setTimeout(() => settle(null), SILENCE_MS)
        waiting = {
          id,
          settle: (value) => {
            clearTimeout(timer)
            settle(value)
          },
        }
        port.postMessage({ ...question, id })
      })
      waiting = null
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
