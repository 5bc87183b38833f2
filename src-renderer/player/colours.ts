import { useSyncExternalStore } from 'react'

const NAMES = ['agent', 'caller', 'soft', 'ink', 'panel'] as const
type Name = (typeof NAMES)[number]

/** The theme's colours as a canvas understands them, `rgb(…)`: it knows neither variables nor light-dark(). */
export type Colours = Readonly<Record<Name, string>>

function readColours(): Colours {
  const probe = document.createElement('span')
  document.body.append(probe)
  const entries = NAMES.map((name) => {
    probe.style.color = `var(--${name})`
    return [name, getComputedStyle(probe).color] as const
  })
  probe.remove()
  return Object.fromEntries(entries) as Record<Name, string>
}

let current: Colours | null = null
const listeners = new Set<() => void>()
let stop: (() => void) | null = null

/** The theme changes with the system, or by `data-theme` on the root element. */
function watch(): () => void {
  const changed = () => {
    current = readColours()
    for (const listener of listeners) listener()
  }
  const media = window.matchMedia('(prefers-color-scheme: dark)')
  media.addEventListener('change', changed)
  const observer = new MutationObserver(changed)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  return () => {
    media.removeEventListener('change', changed)
    observer.disconnect()
  }
}

function subscribe(listener: () => void): () => void {
  stop ??= watch()
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    stop?.()
    stop = null
    current = null
  }
}

function snapshot(): Colours {
  current ??= readColours()
  return current
}

export const useColours = (): Colours => useSyncExternalStore(subscribe, snapshot)

/** `share` (0 to 1) of one `rgb(…)` over another, as an opaque colour. */
export function mix(over: string, under: string, share: number): string {
  const a = channelsOf(over)
  const b = channelsOf(under)
  return `rgb(${a.map((value, i) => Math.round(value * share + (b[i] ?? 0) * (1 - share))).join(', ')})`
}

const channelsOf = (colour: string): number[] =>
  [...colour.matchAll(/[\d.]+/g)].slice(0, 3).map(([digits]) => Number(digits))
