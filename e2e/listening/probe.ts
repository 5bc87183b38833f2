import type { Page } from '@playwright/test'

interface Probe {
  overshootMs: number[]
  audibleMs: number[]
  gains: () => number[]
}
/** Runs in the page: listens to what the page's graph gives out, and notes how far beyond `endSec` the clock was at each turn of the loop. */
export function installProbe(endSec: number): void {
  const probe: Probe = { overshootMs: [], audibleMs: [], gains: () => [] }
  Object.assign(window, { probe })
  const gains = new Set<GainNode>()
  probe.gains = () => [...gains].map((gain) => gain.gain.value)
  const connect = AudioNode.prototype.connect as (this: AudioNode, ...args: unknown[]) => unknown
  AudioNode.prototype.connect = function (this: AudioNode, ...args: unknown[]) {
    const [destination] = args
    if (this instanceof GainNode && destination instanceof ChannelMergerNode) gains.add(this)
    if (destination instanceof AudioDestinationNode && !(this instanceof ScriptProcessorNode)) {
      const tap = this.context.createScriptProcessor?.(1024, 2, 1)
      const { sampleRate } = this.context
      let run = 0
      let quiet = 0
      tap.onaudioprocess = ({ inputBuffer }: AudioProcessingEvent) => {
        const samples = inputBuffer.getChannelData(0)
        for (const sample of samples) {
          if (Math.abs(sample) > 0.01) {
            run += quiet + 1
            quiet = 0
          } else if (run > 0 && ++quiet > sampleRate * 0.02) {
            probe.audibleMs.push((run / sampleRate) * 1000)
            run = 0
            quiet = 0
          }
        }
      }
      connect.call(this, tap)
      connect.call(tap, destination)
    }
    return connect.apply(this, args)
  } as typeof AudioNode.prototype.connect
  const clock = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'currentTime')
  if (!clock?.get || !clock.set) throw new Error('There is no clock.')
  const { get, set } = clock
  Object.defineProperty(HTMLMediaElement.prototype, 'currentTime', {
    configurable: true,
    get,
    set(this: HTMLMediaElement, sec: number) {
      if (!this.paused && sec < endSec) {
        const before = get.call(this) as number
        if (before > endSec - 0.2) probe.overshootMs.push(((before - endSec) * 1000) / this.playbackRate)
      }
      set.call(this, sec)
    },
  })
}
export const probed = (page: Page) =>
  page.evaluate(() => {
    const { overshootMs, audibleMs, gains } = (window as unknown as { probe: Probe }).probe
    return { overshootMs: [...overshootMs], audibleMs: [...audibleMs], gains: gains() }
  })
export const resetProbe = (page: Page) =>
  page.evaluate(() => {
    const { probe } = window as unknown as { probe: Probe }
    probe.overshootMs.length = 0
    probe.audibleMs.length = 0
  })
