import { SoundRequest } from '@contract/sound-decoder'
import { answerRequest, closedStream } from './packet-decoder'

// The hidden page's only input: one end of a line to the audio worker, from the preload.
window.addEventListener('message', (event) => {
  const [line] = event.ports
  if (event.source !== window || event.data !== 'line' || !line) return
  let stream = closedStream()
  line.onmessage = async ({ data }) => {
    const request = SoundRequest.safeParse(data)
    if (!request.success) return
    const [next, answer] = await answerRequest(stream, request.data)
    stream = next
    line.postMessage(answer)
  }
})
