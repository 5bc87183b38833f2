/** An element's sound taken apart: a volume for each of two channels, and a gate behind both. */
export interface SoundGraph {
  context: AudioContext
  source: MediaElementAudioSourceNode
  splitter: ChannelSplitterNode
  gains: readonly GainNode[]
  merger: ChannelMergerNode
  /** Closes at a moment that the sound's own thread keeps, however busy the page is. */
  gate: GainNode
}

const graphs = new Map<HTMLAudioElement, SoundGraph>()

/** An element's graph, if it has one. */
export const graphOf = (element: HTMLAudioElement): SoundGraph | null => graphs.get(element) ?? null

/**
 * An element's graph, made now if need be: an element that has one can't go back, so it is made only when it is used.
 * Each has a context of its own: Chromium lets a source and its element go with their context and not before.
 * The element keeps its speed, and the pitch at that speed.
 */
export function ensureGraph(element: HTMLAudioElement): SoundGraph {
  const present = graphs.get(element)
  if (present) return present
  const context = new AudioContext({ latencyHint: 'interactive' })
  const source = context.createMediaElementSource(element)
  const gate = context.createGain()
  const merger = context.createChannelMerger(2)
  const splitter = context.createChannelSplitter(2)
  const gains = [0, 1].map(() => context.createGain())
  gate.connect(context.destination)
  merger.connect(gate)
  gains.forEach((gain, channel) => {
    splitter.connect(gain, channel)
  })
  const graph = { context, source, splitter, gains, merger, gate }
  graphs.set(element, graph)
  passThrough(graph)
  return graph
}

/** Both channels to both ears as they are, mono as mono. */
export function passThrough({ source, gains, gate }: SoundGraph): void {
  source.disconnect()
  for (const gain of gains) gain.disconnect()
  source.connect(gate)
}

/** The channels by their volumes; `isCentred`: each is heard in both ears. */
export function takeApart({ source, splitter, gains, merger }: SoundGraph, isCentred: boolean): void {
  source.disconnect()
  source.connect(splitter)
  gains.forEach((gain, channel) => {
    gain.disconnect()
    gain.connect(merger, 0, channel)
    if (isCentred) gain.connect(merger, 0, 1 - channel)
  })
}

/** Lets an element's graph go, and the thread that it ran in. */
export function releaseGraph(element: HTMLAudioElement): void {
  const graph = graphs.get(element)
  if (!graph) return
  graphs.delete(element)
  const { context, source, splitter, gains, merger, gate } = graph
  for (const node of [source, splitter, ...gains, merger, gate]) node.disconnect()
  void context.close()
}
