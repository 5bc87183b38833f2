import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

const SIZES = [
  { width: 1280, height: 800 },
  { width: 960, height: 640 },
]

/** Takes pictures in both themes and two sizes, to be looked at: with `EARMARK_SCREENSHOTS=FOLDER`. */
export async function look(page: Page, name: string): Promise<void> {
  const folder = process.env.EARMARK_SCREENSHOTS
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  const before = await page.evaluate(() => ({ width: innerWidth, height: innerHeight }))
  for (const size of SIZES) {
    await page.setViewportSize(size)
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme })
      await page.screenshot({ path: join(folder, `${name}-${size.width}-${theme}.png`) })
    }
  }
  await page.setViewportSize(before)
  await page.emulateMedia({ colorScheme: 'light' })
}

/** Colours are checked in both themes; react-aria's popovers stand outside of landmarks by design. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme })
    const { violations } = await new AxeBuilder({ page })
      .setLegacyMode(true)
      .disableRules(['region'])
      .analyze()
    expect(
      violations.map(
        ({ id, nodes }) => `${theme} ${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`,
      ),
    ).toEqual([])
  }
}
