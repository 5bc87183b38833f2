let element: HTMLAudioElement | null = null

/**
 * The element that plays all recordings, one after the other. One, because Chromium lets a source and its element go with their
 * context and not before, and a context never, closed or not (seen in 130): an element a call would stay for good.
 */
export function audioElement(): HTMLAudioElement {
  element ??= Object.assign(document.createElement('audio'), { preload: 'auto' })
  return element
}

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

const graphs = new WeakMap<HTMLAudioElement, SoundGraph>()

/** An element's graph, if it has one. */
export const graphOf = (element: HTMLAudioElement): SoundGraph | null => graphs.get(element) ?? null

/**
 * An element's graph, made now if need be: an element that has one can't go back, so it is made only when it is used.
 * It runs while the element plays, from then on. The element keeps its speed, and the pitch at that speed.
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
  element.addEventListener('play', () => void context.resume())
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

/** Has an element's graph let everything through again, for the next recording, and stops its thread until that plays. */
export function restGraph(element: HTMLAudioElement): void {
  const graph = graphs.get(element)
  if (!graph) return
  passThrough(graph)
  for (const { gain } of [...graph.gains, graph.gate]) {
    gain.cancelScheduledValues(0)
    gain.setValueAtTime(1, graph.context.currentTime)
  }
  void graph.context.suspend()
}
