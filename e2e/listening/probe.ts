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

/**
 * Runs in the page: plays from `fromSec`, stops when sound is first heard and tells what the clock says then; null when
 * nothing is heard until `untilSec` or the end. The page makes no more sound afterwards.
 */
export async function firstHeard({ fromSec, untilSec }: { fromSec: number; untilSec: number }) {
  const audio = document.querySelector('audio')
  if (!audio) throw new Error('There is no sound.')
  const context = new AudioContext()
  const tap = context.createScriptProcessor(256, 1, 1)
  context.createMediaElementSource(audio).connect(tap).connect(context.destination)
  await context.resume()
  const sought = new Promise((done) => audio.addEventListener('seeked', done, { once: true }))
  audio.currentTime = fromSec
  await sought
  const heard = new Promise<number | null>((done) => {
    audio.addEventListener('ended', () => done(null), { once: true })
    tap.onaudioprocess = ({ inputBuffer }) => {
      const sec = audio.currentTime
      const isLoud = inputBuffer.getChannelData(0).some((sample) => Math.abs(sample) > 0.01)
      if (!isLoud && sec < untilSec) return
      tap.onaudioprocess = null
      audio.pause()
      done(isLoud ? sec : null)
    }
  })
  await audio.play()
  const sec = await heard
  await context.close()
  return sec
}
