/**
 * Where things are, and what this machine is. Nothing here writes.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const windows = process.platform === 'win32'

/** The project's folder. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..')

export const NODE_MODULES = join(ROOT, 'node_modules')

/** What set-up keeps with the installed packages; `npm ci` removes it, on purpose. */
export const STATE = join(NODE_MODULES, '.cache', 'earmark')

/** Which Electron was chosen: `{kind, version, distPath, executablePath}`, see `electron.mjs`. */
export const RUNTIME_FILE = join(STATE, 'runtime.json')

/** Lies beside Electron's executable when, and only when, that is the stand-in. */
export const FALLBACK_MARKER = 'earmark-fallback.json'

/** Downloads and compiled binaries, kept for the next `npm ci` and for other clones. */
export const CACHE = join(userCacheFolder(), 'earmark')

/** Node 24, from the npm package `node`. */
export const NODE = windows
  ? join(NODE_MODULES, 'node', 'bin', 'node.exe')
  : join(NODE_MODULES, 'node', 'bin', 'node')

export const PLATFORM = `${process.platform}-${process.arch}${process.platform === 'linux' ? `-${libc()}` : ''}`

function userCacheFolder() {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env
  if (windows) return LOCALAPPDATA || join(homedir(), 'AppData', 'Local')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches')
  return XDG_CACHE_HOME || join(homedir(), '.cache')
}

/** `glibc` or `musl`: native binaries of one do not load in the other. */
export function libc() {
  if (process.platform !== 'linux') return null
  return process.report?.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'
}

/** The environment for our tools: Node 24 and the packages' commands come first in PATH. */
export function toolEnv(extra = {}, base = process.env) {
  const env = { ...base, PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1', ...extra }
  // On Windows the variable's name has no fixed case.
  const pathName = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH'
  const bin = join(NODE_MODULES, '.bin')
  const rest = (env[pathName] ?? '').split(delimiter).filter((entry) => entry !== bin)
  // Not through `.bin/node`, which on Windows is a script: the folder of the binary itself.
  env[pathName] = [dirname(NODE), bin, ...rest.filter((entry) => entry !== dirname(NODE))].join(delimiter)
  return env
}

/** The full path of a command, or null; the packages' own folders do not count. */
export function which(command) {
  const names = windows ? [`${command}.exe`, `${command}.cmd`] : [command]
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (!folder || folder.startsWith(NODE_MODULES + sep)) continue
    for (const name of names) {
      if (existsSync(join(folder, name))) return join(folder, name)
    }
  }
  return null
}

/**
 * The Node that was there before us (the one npm runs with), or null. It matters because people start the
 * built command line with it.
 */
export function systemNode() {
  const candidates = [process.env.npm_node_execpath, process.execPath, which('node')]
  return candidates.find((path) => path && !path.startsWith(NODE_MODULES + sep) && existsSync(path)) ?? null
}

/** Parsed JSON, or null when the file is missing or cut short. */
export function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}

/** The version of an installed package, or null. */
export function installedVersion(name) {
  return readJson(join(NODE_MODULES, name, 'package.json'))?.version ?? null
}

export function sha256(data) {
  return createHash('sha256').update(data).digest('hex')
}
