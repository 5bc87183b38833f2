import type { Earmark } from '../application'

/** What Electron's main process did while it was watched: how late its event loop came (ms), and what it took. */
export interface MainProcess {
  p50: number
  p99: number
  max: number
  /** Most memory that the process, its workers included, held; megabytes, seen every 50 ms. */
  peakMb: number
  /** Processor seconds of the process with its workers, and of the window's processes. */
  cpuSec: number
  windowCpuSec: number
}

/** Begins to watch the main process; the answer tells what was seen, and ends the watch. */
export async function watchMain({ electron }: Earmark): Promise<() => Promise<MainProcess>> {
  await electron.evaluate(({ app }) => {
    const { monitorEventLoopDelay } = process.getBuiltinModule('node:perf_hooks')
    const delay = monitorEventLoopDelay({ resolution: 1 })
    const windows = () =>
      app
        .getAppMetrics()
        .filter(({ type }) => type !== 'Browser')
        .reduce((sum, { cpu }) => sum + (cpu.cumulativeCPUUsage ?? 0), 0)
    const watch = {
      delay,
      peak: 0,
      cpu: process.cpuUsage(),
      windowCpu: windows(),
      windows,
      timer: setInterval(() => {
        watch.peak = Math.max(watch.peak, process.memoryUsage.rss())
      }, 50),
    }
    delay.enable()
    Object.assign(globalThis, { benchWatch: watch })
  })
  return () =>
    electron.evaluate(() => {
      const { benchWatch } = globalThis as unknown as {
        benchWatch: {
          delay: { disable: () => void; percentile: (share: number) => number; max: number }
          peak: number
          cpu: { user: number; system: number }
          windowCpu: number
          windows: () => number
          timer: NodeJS.Timeout
        }
      }
      const { delay, peak, cpu, windowCpu, windows, timer } = benchWatch
      delay.disable()
      clearInterval(timer)
      const { user, system } = process.cpuUsage(cpu)
      // The timer itself is one millisecond.
      const ms = (ns: number) => Math.max(0, ns / 1e6 - 1)
      return {
        p50: ms(delay.percentile(50)),
        p99: ms(delay.percentile(99)),
        max: ms(delay.max),
        peakMb: peak / 2 ** 20,
        cpuSec: (user + system) / 1e6,
        windowCpuSec: windows() - windowCpu,
      }
    })
}
