/**
 * How the list of calls scrolls in the real window, to its very end: by keys, by the scrollbar, by the wheel.
 * Prints a table; asserts nothing.
 *
 *   npm run bench:list -- [--calls 100000] [--workspace FOLDER] [--dialogues FILE] [--seed N]
 *
 * In each frame the page looks at the list's window: `blank` is a frame in which not even a placeholder stood
 * somewhere in it, `waiting` one in which a row was still a placeholder. `--workspace`: measured as it is.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from '@playwright/test'
import { ask, launchEarmark } from '../application'
import { benchWorkspace, quantile, readCorpus } from './workspaces'

const { values: options } = parseArgs({
  options: {
    calls: { type: 'string', default: '100000' },
    workspace: { type: 'string' },
    dialogues: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
})
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const ROW = '[aria-label="Calls"] li button'

interface Seen {
  frames: number[]
  blank: number
  waiting: number
}

/** Looks at every frame until `takeSeen`. */
const watch = (page: Page) =>
  page.evaluate(() => {
    const scroller = document.querySelector('.call-list-scroll')
    if (!scroller) throw new Error('There is no list.')
    const seen: Seen = { frames: [], blank: 0, waiting: 0 }
    let last = performance.now()
    let isOn = true
    const look = () => {
      if (!isOn) return
      const now = performance.now()
      seen.frames.push(now - last)
      last = now
      const view = scroller.getBoundingClientRect()
      const rows = [...scroller.querySelectorAll('.call-list-item')].map((item) => ({
        box: item.getBoundingClientRect(),
        isWaiting: item.classList.contains('call-list-blank'),
      }))
      const inView = rows.filter(({ box }) => box.bottom > view.top && box.top < view.bottom)
      const covered = inView.reduce(
        (sum, { box }) => sum + Math.min(box.bottom, view.bottom) - Math.max(box.top, view.top),
        0,
      )
      if (covered < view.height - 2) seen.blank += 1
      else if (inView.some(({ isWaiting }) => isWaiting)) seen.waiting += 1
      requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
    Object.assign(window, {
      benchSeen: () => {
        isOn = false
        return seen
      },
    })
  })
const takeSeen = (page: Page): Promise<Seen> =>
  page.evaluate(() => (window as unknown as { benchSeen: () => Seen }).benchSeen())

/** Milliseconds from a press of a key to the frame in which the row of that place is there. */
async function keyTo(page: Page, key: string, place: number): Promise<number> {
  await page.evaluate((position) => {
    const state = { pressedMs: 0, doneMs: 0 }
    Object.assign(window, { benchKey: state })
    addEventListener(
      'keydown',
      (event) => {
        state.pressedMs = event.timeStamp
      },
      { capture: true, once: true },
    )
    const look = () => {
      if (document.querySelector(`[aria-posinset="${position}"]`)) state.doneMs = performance.now()
      else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  }, place)
  await page.keyboard.press(key)
  return page.evaluate(async () => {
    const state = (window as unknown as { benchKey: { pressedMs: number; doneMs: number } }).benchKey
    while (state.doneMs === 0) await new Promise((done) => requestAnimationFrame(done))
    return state.doneMs - state.pressedMs
  })
}

const line = (name: string, values: readonly number[], more = ''): void =>
  say(
    `${name.padEnd(34)}${String(values.length).padStart(6)}${[0.5, 0.95, 1].map((share) => quantile(values, share).toFixed(1).padStart(9)).join('')}  ${more}`,
  )
const share = ({ frames, blank, waiting }: Seen): string =>
  `blank ${((100 * blank) / frames.length).toFixed(1)} %, waiting ${((100 * waiting) / frames.length).toFixed(1)} %`

async function measure(workspace: string): Promise<void> {
  const earmark = await launchEarmark(workspace)
  const { page } = earmark
  try {
    await page.locator(ROW).first().waitFor()
    const { total } = await ask(page, 'search', 'window', { from: 0, limit: 1 })
    say(
      `\n${total.toLocaleString('en')} calls${' '.repeat(20)}${['times', 'p50', 'p95', 'max'].map((h) => h.padStart(9)).join('')}   (ms)`,
    )
    await page.locator(ROW).first().click()
    const ends: number[] = []
    for (let i = 0; i < 6; i += 1) {
      ends.push(await keyTo(page, 'End', total))
      ends.push(await keyTo(page, 'Home', 1))
    }
    line('End, Home: key to row', ends)

    await watch(page)
    // As a drag of the scrollbar: a new place in each frame.
    await page.evaluate(async () => {
      const scroller = document.querySelector('.call-list-scroll')
      if (!scroller) return
      const end = scroller.scrollHeight - scroller.clientHeight
      for (let i = 0; i <= 240; i += 1) {
        scroller.scrollTop = (end * i) / 240
        await new Promise((done) => requestAnimationFrame(done))
      }
    })
    const drag = await takeSeen(page)
    line('scrollbar, top to end in 240 frames', drag.frames, share(drag))

    const places: number[] = []
    for (let i = 0; i < 20; i += 1)
      places.push(
        await page.evaluate(
          async (part) => {
            const scroller = document.querySelector('.call-list-scroll')
            if (!scroller) return 0
            const beginMs = performance.now()
            scroller.scrollTop = (scroller.scrollHeight - scroller.clientHeight) * part
            const isWaiting = () => {
              const view = scroller.getBoundingClientRect()
              return [...scroller.querySelectorAll('.call-list-blank')].some((item) => {
                const box = item.getBoundingClientRect()
                return box.bottom > view.top && box.top < view.bottom
              })
            }
            do await new Promise((done) => requestAnimationFrame(done))
            while (isWaiting())
            return performance.now() - beginMs
          },
          (i * 0.618) % 1,
        ),
      )
    line('jump anywhere to its rows', places)

    await page.mouse.move(150, 500)
    await watch(page)
    for (let i = 0; i < 150; i += 1) await page.mouse.wheel(0, 900)
    const wheel = await takeSeen(page)
    line('wheel, 150 x 900 px', wheel.frames, share(wheel))
  } finally {
    await earmark.close()
  }
}

if (options.workspace !== undefined) await measure(options.workspace)
else
  for (const total of options.calls.split(',').map(Number)) {
    const kept = await benchWorkspace(readCorpus(options.dialogues, Number(options.seed)), total, false)
    const folder = mkdtempSync(join(tmpdir(), 'earmark-bench-list-'))
    try {
      cpSync(kept.root, join(folder, 'workspace'), { recursive: true })
      await measure(join(folder, 'workspace'))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
