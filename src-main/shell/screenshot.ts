import { renameSync, writeFileSync } from 'node:fs'
import type { BrowserWindow } from 'electron'

const EVERY_MS = 5000

/**
 * Keeps a picture of the window in a file, for machines without a display (`npm start` names the file).
 * Ends with the window.
 */
export function keepScreenshot(window: BrowserWindow, file: string): void {
  const take = async () => {
    const picture = await window.webContents.capturePage()
    if (picture.isEmpty()) return
    writeFileSync(`${file}.tmp`, picture.toPNG())
    renameSync(`${file}.tmp`, file)
  }
  const takeQuietly = () => {
    if (window.isDestroyed()) return
    take().catch((error: unknown) => console.error(`The screenshot ${file} could not be kept:`, error))
  }
  const timer = setInterval(takeQuietly, EVERY_MS)
  window.webContents.once('did-finish-load', () => setTimeout(takeQuietly, 800))
  window.once('closed', () => clearInterval(timer))
}
