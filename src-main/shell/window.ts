import { join } from 'node:path'
import { app, BrowserWindow, nativeTheme, screen } from 'electron'
import { ORIGIN } from './protocol'
import { SANDBOXED } from './sandbox'

/** Chromium's ERR_ABORTED: a navigation that was refused changes nothing. */
const ABORTED = -3

/** Makes the window: shown once its first screen is painted, so that nothing flashes. */
export function createWindow(): BrowserWindow {
  const { width, height } = screen.getPrimaryDisplay().workAreaSize
  const window = new BrowserWindow({
    width: Math.min(1440, width),
    height: Math.min(900, height),
    minWidth: 860,
    minHeight: 560,
    show: false,
    title: 'Earmark',
    // Elsewhere it is the executable's.
    ...(app.isPackaged && process.platform === 'linux'
      ? { icon: join(process.resourcesPath, 'icon.png') }
      : {}),
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#161513' : '#f7f6f3',
    webPreferences: {
      preload: join(import.meta.dirname, '../preload/index.cjs'),
      ...SANDBOXED,
      // Compiled code is kept from the first start on, not only once it was needed often.
      v8CacheOptions: 'bypassHeatCheck',
      // Reviewing goes on while the window is behind another one.
      backgroundThrottling: false,
      autoplayPolicy: 'no-user-gesture-required',
    },
  })
  window.once('ready-to-show', () => window.show())
  void window.loadURL(`${ORIGIN}/`)
  // Chromium asks nobody before it shows a blank page, or one of its own about an address that is none: the window
  // comes back to its own.
  const comeBack = (url: string) => {
    if (!url.startsWith(`${ORIGIN}/`)) void window.loadURL(`${ORIGIN}/`)
  }
  window.webContents.on('did-navigate', (_event, url) => comeBack(url))
  window.webContents.on('did-fail-load', (_event, code, _reason, url, isMainFrame) => {
    if (isMainFrame && code !== ABORTED) comeBack(url)
  })
  return window
}
