/**
 * What is known of an Electron: where it came from, and where its files are.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What decides where the official download comes from: when one of these changes, it is tried again. */
export function electronSource() {
  return [
    'ELECTRON_MIRROR',
    'ELECTRON_CUSTOM_DIR',
    'ELECTRON_CUSTOM_FILENAME',
    'ELECTRON_OVERRIDE_DIST_PATH',
    'npm_config_electron_mirror',
  ]
    .map((name) => process.env[name] ?? '')
    .join('|')
}

/** The description that `runtime.json` holds. `version` null: as the folder itself says. */
export function runtimeIn(kind, distPath, version) {
  const executable = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }[
    process.platform
  ]
  let unpacked = version
  try {
    unpacked ??= readFileSync(join(distPath, 'version'), 'utf8').replace(/^v/, '').trim()
  } catch {
    unpacked = 'unknown'
  }
  return { kind, version: unpacked, distPath, executablePath: join(distPath, executable ?? 'electron') }
}
