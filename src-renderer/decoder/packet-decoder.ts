import type { SoundAnswer, SoundRequest } from '@contract/sound-decoder'

/** A call has two sides; further channels are not sent. */
const MAX_HEARD = 2
/** After so many broken packets in one request, the rest of them is given up. */
const MAX_FAILURES = 16
/** Times are only used to tell packets apart; microseconds. */
const PACKET_US = 20_000

/** One stream's decoder and what it has put out and nobody has fetched. */
export interface Stream {
  readonly config: AudioDecoderConfig | null
  decoder: AudioDecoder | null
  ready: AudioData[]
  error: DOMException | null
  /** Packets given to the decoder whose sound has not come yet. */
  owed: number
  /** Samples of the last packet: as long is the silence for one that is lost. */
  packetSamples: number
  sampleRate: number
  channels: number
}

export const closedStream = (): Stream => ({
  config: null,
  decoder: null,
  ready: [],
  error: null,
  owed: 0,
  packetSamples: 1024,
  sampleRate: 0,
  channels: 0,
})

/** Answers one request; gives the stream to go on with. Decoded sound waits here until its own request's answer only. */
export async function answerRequest(stream: Stream, request: SoundRequest): Promise<[Stream, SoundAnswer]> {
  const { id } = request
  switch (request.type) {
    case 'open': {
      free(stream)
      const config: AudioDecoderConfig = {
        codec: request.codec,
        sampleRate: request.sampleRate,
        numberOfChannels: request.channels,
        ...(request.config.length > 0 ? { description: request.config } : {}),
      }
      if (!(await isSupported(config))) return [closedStream(), { id, type: 'failed', reason: 'unsupported' }]
      return [
        { ...closedStream(), config, sampleRate: request.sampleRate },
        { id, type: 'opened' },
      ]
    }
    case 'decode':
      if (!stream.config) return [stream, { id, type: 'failed', reason: 'broken' }]
      return [stream, await decodePackets(stream, id, request.bytes, request.sizes)]
    case 'flush':
      await stream.decoder?.flush().catch(() => undefined)
      return [
        stream,
        { id, type: 'sound', sampleRate: stream.sampleRate, channels: takeSound(stream, []), lost: 0 },
      ]
    case 'close':
      free(stream)
      return [closedStream(), { id, type: 'closed' }]
  }
}

async function isSupported(config: AudioDecoderConfig): Promise<boolean> {
  if (typeof AudioDecoder === 'undefined') return false
  try {
    return (await AudioDecoder.isConfigSupported(config)).supported === true
  } catch {
    return false
  }
}

function free(stream: Stream): void {
  for (const data of stream.ready) data.close()
  stream.ready = []
  if (stream.decoder && stream.decoder.state !== 'closed') stream.decoder.close()
  stream.decoder = null
}

/**
 * Decodes packets in order. A decoder that meets a broken one ends: silence then stands for that packet, and a new decoder goes on behind it.
 */
async function decodePackets(
  stream: Stream,
  id: number,
  bytes: Uint8Array,
  sizes: readonly number[],
): Promise<SoundAnswer> {
  const packets: Uint8Array<ArrayBuffer>[] = []
  let at = 0
  for (const size of sizes) {
    packets.push(Uint8Array.from(bytes.subarray(at, at + size)))
    at += size
  }
  const sound: Int16Array[][] = []
  let lost = 0
  let next = 0
  while (next < packets.length && lost < MAX_FAILURES) {
    const decoder = runningDecoder(stream)
    const owedBefore = stream.owed
    for (const [n, data] of packets.slice(next).entries()) {
      if (stream.error || decoder.state === 'closed') break
      stream.owed += 1
      decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp: n * PACKET_US, data }))
    }
    await drained(stream, decoder)
    if (!stream.error) break
    // One packet gives one piece of sound: so many were good, the one behind them was not. The failure may have come
    // so late that it belongs to the request before.
    const good = stream.ready.length - owedBefore
    sound.push(takeSound(stream, []))
    const gone = good < 0 ? -good : 1
    for (let n = 0; n < gone; n++) sound.push(silence(stream))
    lost += gone
    if (good >= 0) next += good + 1
    stream.decoder = null
    stream.error = null
    stream.owed = 0
  }
  const channels = takeSound(stream, sound)
  return { id, type: 'sound', sampleRate: stream.sampleRate, channels, lost }
}

function runningDecoder(stream: Stream): AudioDecoder {
  if (stream.decoder) return stream.decoder
  const decoder = new AudioDecoder({
    output: (data) => {
      stream.ready.push(data)
    },
    error: (error) => {
      stream.error = error
    },
  })
  if (stream.config) decoder.configure(stream.config)
  stream.decoder = decoder
  return decoder
}

/** Waits until the decoder has taken all that it was given, or has failed. */
function drained(stream: Stream, decoder: AudioDecoder): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (stream.error !== null || decoder.state === 'closed' || decoder.decodeQueueSize === 0) resolve()
      else decoder.addEventListener('dequeue', look, { once: true })
    }
    look()
    // A decoder that fails says so, but dequeues no more.
    const poll = setInterval(() => {
      if (stream.error === null && decoder.state !== 'closed' && decoder.decodeQueueSize > 0) return
      clearInterval(poll)
      resolve()
    }, 20)
  })
}

const silence = (stream: Stream): Int16Array[] =>
  Array.from({ length: stream.channels || 1 }, () => new Int16Array(stream.packetSamples))

/** All sound that is ready, behind `earlier`, as one array a channel. */
function takeSound(stream: Stream, earlier: readonly Int16Array[][]): Int16Array<ArrayBuffer>[] {
  const [first] = stream.ready
  const before = earlier.filter((piece) => (piece[0]?.length ?? 0) > 0)
  const length =
    before.reduce((sum, piece) => sum + (piece[0]?.length ?? 0), 0) +
    stream.ready.reduce((sum, data) => sum + data.numberOfFrames, 0)
  const count = first ? Math.min(MAX_HEARD, first.numberOfChannels) : (before[0]?.length ?? 0)
  if (length === 0) return []
  const channels = Array.from({ length: count }, () => new Int16Array(length))
  let at = 0
  for (const piece of before) {
    for (const [channel, samples] of channels.entries()) samples.set(piece[channel] ?? [], at)
    at += piece[0]?.length ?? 0
  }
  for (const data of stream.ready) {
    stream.sampleRate = data.sampleRate
    stream.channels = Math.min(MAX_HEARD, data.numberOfChannels)
    stream.packetSamples = data.numberOfFrames
    for (const [channel, samples] of channels.entries())
      if (channel < data.numberOfChannels) copySamples(data, channel, samples, at)
    at += data.numberOfFrames
    data.close()
  }
  stream.owed = Math.max(0, stream.owed - stream.ready.length)
  stream.ready = []
  return channels
}

let plane = new Float32Array(2048)

/** One channel of a piece of sound, rounded to int16, into `out` from `at`. */
function copySamples(data: AudioData, planeIndex: number, out: Int16Array, at: number): void {
  const { numberOfFrames } = data
  if (plane.length < numberOfFrames) plane = new Float32Array(numberOfFrames)
  data.copyTo(plane.subarray(0, numberOfFrames), { planeIndex, format: 'f32-planar' })
  // A plain loop without calls: it would take longer than the decoding otherwise. Adding before cutting off rounds.
  for (let i = 0; i < numberOfFrames; i++) {
    const level = (plane[i] ?? 0) * 32768 + 32768.5
    out[at + i] = (level < 0 ? 0 : level > 65535 ? 65535 : Math.trunc(level)) - 32768
  }
}
