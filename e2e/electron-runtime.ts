import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** The project's folder; a bundled program is told where it is. */
export const ROOT = process.env.EARMARK_ROOT ?? resolve(import.meta.dirname, '..')

/** The Electron that set-up chose (scripts/setup.mjs): its folder and its executable. */
export function electronRuntime(): { distPath: string; executablePath: string } {
  const file = join(ROOT, 'node_modules', '.cache', 'earmark', 'runtime.json')
  if (!existsSync(file)) throw new Error('Nothing is set up yet: run "npm run setup" first.')
  const runtime: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (typeof runtime === 'object' && runtime !== null && 'executablePath' in runtime && 'distPath' in runtime)
    return { distPath: String(runtime.distPath), executablePath: String(runtime.executablePath) }
  throw new Error(`${file} does not name an executable: run "npm run setup" again.`)
}

/**
 * The executable of a packaged application to run the journeys on, instead of Electron on the build in out/: one that was made
 * with `npm run package -- --automation`. By the environment variable EARMARK_E2E_EXECUTABLE.
 */
export const packagedExecutable = (): string | null => process.env.EARMARK_E2E_EXECUTABLE || null

/** To start the application without Playwright: what to run, and the arguments before its own. */
export function applicationCommand(): { executable: string; first: string[] } {
  // Only as root: Chromium's sandbox needs an ordinary user.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const packaged = packagedExecutable()
  if (packaged !== null) return { executable: packaged, first: asRoot }
  return { executable: electronRuntime().executablePath, first: [...asRoot, ROOT] }
}

/** To start Electron without Playwright. */
export const electronExecutable = (): string => electronRuntime().executablePath
