import { SoundRequest } from '@contract/sound-decoder'
import { answerRequest, closedStream } from './packet-decoder'

// The hidden page's only input: one end of a line to the audio worker, from the preload.
window.addEventListener('message', (event) => {
  const [line] = event.ports
  if (event.source !== window || event.data !== 'line' || !line) return
  // One after the other: a request may come while the one before is decoded.
  let answered = Promise.resolve(closedStream())
  line.onmessage = ({ data }) => {
    const request = SoundRequest.safeParse(data)
    if (!request.success) return
    answered = answered.then(async (stream) => {
      const [next, answer] = await answerRequest(stream, request.data)
      line.postMessage(answer)
      return next
    })
  }
})
