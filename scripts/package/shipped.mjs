/**
 * Which npm packages go into the application, and what of them: decided from what was built, not from a list.
 *
 * The page's packages are bundled (its source maps name them); main and workers load theirs from node_modules.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, posix } from 'node:path'

/** Declared by packages as dependencies, and never loaded here. */
const NOT_LOADED = new Set([
  // While better-sqlite3 and keytar are installed or compiled.
  'prebuild-install',
  'node-addon-api',
  // 4 MB that ogg-opus-decoder loads for its "speech quality enhancement", which we do not ask for.
  '@wasm-audio-decoders/opus-ml',
  // For js-yaml's command.
  'argparse',
])

/** Given by the runtime. */
const RUNTIME = new Set(['electron', ...builtinModules])

/**
 * The packages that ship.
 * @param root the project's folder with `out/` (built with source maps), `node_modules/` and `package-lock.json`
 * @returns `{loaded, bundled}`: entries of the lockfile (`{path, folder, name, version, license, bundled}`), sorted by path; `loaded`
 * are copied as they are, `bundled` are inside our own files. `folder`: the name that it is loaded by; `name`: that of the registry,
 * which differs for an alias
 */
export function shippedPackages(root) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const out = join(root, 'out')
  const imports = new Set()
  const bundledPaths = new Set()
  for (const file of filesIn(out)) {
    if (file.endsWith('.map')) {
      for (const path of bundledIn(JSON.parse(readFileSync(file, 'utf8')))) bundledPaths.add(path)
    } else if (/[\\/](main|preload)[\\/].*\.c?js$/.test(file)) {
      for (const name of importsOf(readFileSync(file, 'utf8'))) imports.add(name)
    }
  }
  const loadedPaths = closure(lock.packages, [...imports].filter((name) => !RUNTIME.has(name)).sort())
  const entry = (path) => {
    const { version, license = null, dev = false } = lock.packages[path]
    return { path, folder: nameOf(path), name: packageName(lock.packages, path), version, license, dev }
  }
  const known = [...bundledPaths].filter((path) => path in lock.packages)
  return { loaded: [...loadedPaths].sort().map(entry), bundled: known.sort().map(entry) }
}

/**
 * Bare names in a built file's import, export-from and require.
 * @param text JavaScript as the bundler writes it, not minified
 * @returns {string[]} package names without what is behind them: `zod/v4` is `zod`, `node:fs` is left out
 */
export function importsOf(text) {
  const found = new Set()
  const patterns = [
    /^(?:import|export)\b[^'"\n]*?from\s*["']([^"'.][^"']*)["']/gm,
    /^import\s*["']([^"'.][^"']*)["']/gm,
    /\bimport\(\s*["']([^"'.][^"']*)["']/g,
    /\brequire\d*\(\s*["']([^"'.][^"']*)["']/g,
  ]
  for (const pattern of patterns) {
    for (const [, name] of text.matchAll(pattern)) {
      if (!name.startsWith('node:') && !name.startsWith('/')) found.add(packageOf(name))
    }
  }
  return [...found]
}

/** The folders (`node_modules/…`) of the packages whose files a source map names. */
export function bundledIn(map) {
  const found = new Set()
  for (const source of map.sources ?? []) {
    const at = source.replaceAll('\\', '/').lastIndexOf('node_modules/')
    if (at === -1) continue
    const whole = source.replaceAll('\\', '/')
    const first = whole.indexOf('node_modules/')
    const rest = whole.slice(at + 'node_modules/'.length)
    const inner = whole.slice(first, at)
    found.add(`${inner}node_modules/${packageOf(rest)}`)
  }
  return found
}

/**
 * The lockfile's entries that these packages need at run time, themselves included.
 * @param packages the lockfile's `packages`
 * @param names of packages that our own files import
 * @throws {Error} when one is not in the lockfile, or would not be installed with the product
 */
export function closure(packages, names) {
  const found = new Set()
  const visit = (name, from, isOptional) => {
    if (NOT_LOADED.has(name)) return
    const path = placeOf(packages, name, from)
    if (path === null) {
      if (isOptional) return
      throw new Error(
        `${from || 'Our code'} needs the package ${name}, which package-lock.json does not have.`,
      )
    }
    if (found.has(path)) return
    if (packages[path].dev) throw new Error(`${name} ships, so that it belongs in "dependencies".`)
    found.add(path)
    const { dependencies = {}, optionalDependencies = {} } = packages[path]
    for (const next of Object.keys(dependencies)) visit(next, path, false)
    for (const next of Object.keys(optionalDependencies)) visit(next, path, true)
  }
  for (const name of names) visit(name, '', false)
  return found
}

/** Where Node finds a package, seen from another one: in its own node_modules, else further up. */
function placeOf(packages, name, from) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
    const path = posix.join(folder, 'node_modules', name)
    if (path in packages) return path
    if (folder === '') return null
  }
}

function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** What the registry calls the package in this folder. */
export const packageName = (packages, path) => packages[path].name ?? nameOf(path)

const nameOf = (path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

function filesIn(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
}
