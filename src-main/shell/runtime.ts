import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Lies beside an Electron that set-up took from elsewhere than its makers (scripts/setup.mjs). */
const MARKER = 'earmark-fallback.json'

/**
 * Whether this runs on the fallback Electron, which is good for development and tests only: the window
 * then says so all the time, and only this computer's own addresses are contacted.
 */
export const isFallbackRuntime = (): boolean => existsSync(join(dirname(process.execPath), MARKER))
