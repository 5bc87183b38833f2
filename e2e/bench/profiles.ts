import { writeFileSync } from 'node:fs'
import type { Earmark } from '../application'

/** A processor profile (chromedevtools.github.io/devtools-protocol/v8/Profiler), as far as it is read here. */
interface Profile {
  nodes: {
    id: number
    callFrame: { functionName: string; url: string; lineNumber: number }
    children?: number[]
  }[]
  /** Microseconds. */
  startTime: number
  samples?: number[]
  timeDeltas?: number[]
}

/** A stretch of time, microseconds of the monotonic clock. */
export interface Stretch {
  startUs: number
  endUs: number
}

/** Begins to profile the main process; what ends it keeps the profile in a file and tells what ran in some stretches. */
export async function profileMain({
  electron,
}: Earmark): Promise<(file: string, of: readonly Stretch[]) => Promise<string[]>> {
  await electron.evaluate(async () => {
    const { Session } = process.getBuiltinModule('node:inspector/promises')
    const session = new Session()
    session.connect()
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: 500 })
    await session.post('Profiler.start')
    Object.assign(globalThis, { benchProfile: session })
  })
  return async (file, stretches) => {
    const text = await electron.evaluate(async () => {
      const { benchProfile } = globalThis as unknown as {
        benchProfile: {
          post: (method: 'Profiler.stop') => Promise<{ profile: unknown }>
          disconnect: () => void
        }
      }
      const { profile } = await benchProfile.post('Profiler.stop')
      benchProfile.disconnect()
      return JSON.stringify(profile)
    })
    writeFileSync(file, text)
    return whatRan(JSON.parse(text), stretches)
  }
}

/** As `profileMain`, of the page; stretches are counted from the page's own beginning, milliseconds (`performance.now`). */
export async function profilePage({
  page,
}: Earmark): Promise<(file: string, of: readonly { startMs: number; ms: number }[]) => Promise<string[]>> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  await session.send('Profiler.enable')
  await session.send('Profiler.setSamplingInterval', { interval: 500 })
  await session.send('Profiler.start')
  return async (file, tasks) => {
    const { profile } = await session.send('Profiler.stop')
    const { metrics } = await session.send('Performance.getMetrics')
    await session.detach()
    writeFileSync(file, JSON.stringify(profile))
    const beginUs = (metrics.find(({ name }) => name === 'NavigationStart')?.value ?? 0) * 1e6
    return whatRan(
      profile,
      tasks.map(({ startMs, ms }) => ({
        startUs: beginUs + startMs * 1000,
        endUs: beginUs + (startMs + ms) * 1000,
      })),
    )
  }
}

/** For each stretch, the stacks that took most of it, innermost first; idle time aside. */
function whatRan(
  { nodes, startTime, samples = [], timeDeltas = [] }: Profile,
  stretches: readonly Stretch[],
): string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  )
  const stackOf = (id: number): string => {
    const names: string[] = []
    for (let at: number | undefined = id; at !== undefined && names.length < 8; at = parents.get(at)) {
      const frame = byId.get(at)?.callFrame
      if (!frame || frame.functionName === '(root)') break
      names.push(
        `${frame.functionName || '(anonymous)'} ${frame.url.split('/').at(-1) ?? ''}:${frame.lineNumber + 1}`,
      )
    }
    return names.join(' < ')
  }
  return stretches.map(({ startUs, endUs }) => {
    const taken = new Map<string, number>()
    let at = startTime
    for (const [i, id] of samples.entries()) {
      const from = at
      at += timeDeltas[i] ?? 0
      if (at < startUs || from > endUs) continue
      const stack = stackOf(id)
      if (stack.startsWith('(idle)')) continue
      taken.set(stack, (taken.get(stack) ?? 0) + (timeDeltas[i] ?? 0))
    }
    const most = [...taken].sort(([, a], [, b]) => b - a).slice(0, 4)
    const ms = (us: number) => (us / 1000).toFixed(0)
    return `${ms(endUs - startUs)} ms: ${most.map(([stack, us]) => `${ms(us)} ms ${stack}`).join('\n    ')}`
  })
}
