/**
 * The two native modules. Nothing is believed about them: each is loaded and used in every runtime that will load it,
 * which are the chosen Electron, Node 24, and, where it is recent enough, the Node that was there before.
 */

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { copyWhole, sweep, temporaryBeside } from './files.mjs'
import { CACHE, installedVersion, NODE, NODE_MODULES, PLATFORM, systemNode, toolEnv } from './places.mjs'
import { failure, run, SetupProblem, say, step } from './steps.mjs'
import { compilerHint } from './system.mjs'

const PROBE = join(dirname(fileURLToPath(import.meta.url)), 'probe-native.cjs')

/**
 * better-sqlite3's own binary wants Node-API 10, which the stand-in's Node 20 lacks. Compiled against the experimental
 * interface one binary loads in Node 20, 24 and both Electrons; the last define keeps finalizers working there.
 */
const SQLITE_FLAGS =
  '-UNAPI_VERSION -DNAPI_EXPERIMENTAL -DNAPI_VERSION=2147483647 -DNODE_API_EXPERIMENTAL_NOGC_ENV_OPT_OUT'

/** keytar by itself asks for the newest Node-API of whatever compiles it. Its published binaries ask for 3, as here. */
const KEYTAR_FLAGS = '-UNAPI_VERSION -DNAPI_VERSION=3'

/**
 * keytar: the published binary where it can be downloaded and loads, else compiled (a few seconds).
 * @param runtime from `installElectron`, or null when Electron is not chosen yet
 */
export async function installKeytar(runtime) {
  const binary = join(NODE_MODULES, 'keytar', 'build', 'Release', 'keytar.node')
  const runtimes = runtimesFor(runtime)
  const kept = keptBinary('keytar', KEYTAR_FLAGS)
  await step('keytar', async () => {
    if (existsSync(binary) && (await failsIn(runtimes, 'keytar', binary)) === null) return null
    if (await takeKept('keytar', kept, binary, runtimes))
      return `${installedVersion('keytar')}, compiled here before`
    const work = workCopy('keytar', kept)
    const built = join(work, 'build', 'Release', 'keytar.node')
    try {
      const installer = join(NODE_MODULES, 'prebuild-install', 'bin.js')
      await run(NODE, [installer], { cwd: work, timeoutMs: 60_000 })
      let how = 'published binary'
      if (!existsSync(built) || (await failsIn(runtimes, 'keytar', built)) !== null) {
        rmSync(join(work, 'build'), { recursive: true, force: true })
        await compile('keytar', work, KEYTAR_FLAGS)
        how = 'compiled from its source'
      }
      await keep('keytar', built, kept, binary, runtimes)
      return `${installedVersion('keytar')}, ${how}, loads in ${namesOf(runtimes)}`
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
  })
}

/**
 * better-sqlite3 (its build with ciphers): its own binary where that loads, else compiled (about a minute, kept for the
 * next time).
 */
export async function installSqlite(runtime) {
  const folder = join(NODE_MODULES, 'better-sqlite3')
  const binary = join(folder, 'build', 'Release', 'better_sqlite3.node')
  const { shipped, setAside } = shippedSqlite(folder)
  const runtimes = runtimesFor(runtime)
  const kept = keptBinary('better-sqlite3', SQLITE_FLAGS)
  await step('better-sqlite3', async () => {
    const failing = existsSync(shipped) ? await failsIn(runtimes, 'better-sqlite3', shipped) : runtimes[0]
    if (failing === null) {
      // A compiled one would grow old.
      const stale = existsSync(binary)
      if (stale) rmSync(join(folder, 'build'), { recursive: true, force: true })
      setAside(false)
      return stale ? `${installedVersion('better-sqlite3')}, its own binary` : null
    }
    if (existsSync(binary) && (await failsIn(runtimes, 'better-sqlite3', binary)) === null) {
      setAside(true)
      return null
    }
    if (await takeKept('better-sqlite3', kept, binary, runtimes)) {
      setAside(true)
      return `${installedVersion('better-sqlite3')}, compiled here before`
    }
    if (!failing.required && compilerHint() !== null) {
      rmSync(join(folder, 'build'), { recursive: true, force: true })
      setAside(false)
      say(
        `better-sqlite3: not usable in ${failing.name}; start the command line with "npm run -s earmark --".`,
      )
      return null
    }
    say(`better-sqlite3: its own binary does not load in ${failing.name}; compiling it, about a minute.`)
    const work = workCopy('better-sqlite3', kept)
    try {
      await compile('better-sqlite3', work, SQLITE_FLAGS, ['--force_build=1'])
      await keep(
        'better-sqlite3',
        join(work, 'build', 'Release', 'better_sqlite3.node'),
        kept,
        binary,
        runtimes,
      )
      setAside(true)
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
    return `${installedVersion('better-sqlite3')}, compiled from its source, loads in ${namesOf(runtimes)}`
  })
}

/**
 * The binary that came with the package, and how to put it aside: it is loaded before a compiled one wherever it lies
 * under its own name.
 */
function shippedSqlite(folder) {
  const system = PLATFORM.endsWith('-musl') ? 'linuxmusl' : process.platform
  const inPlace = join(folder, 'prebuilds', `${system}-${process.arch}.node`)
  const aside = join(folder, 'prebuilds', `shipped-${system}-${process.arch}.node`)
  return {
    shipped: existsSync(inPlace) ? inPlace : aside,
    setAside: (isAside) => {
      const [from, to] = isAside ? [inPlace, aside] : [aside, inPlace]
      if (existsSync(from)) renameSync(from, to)
    },
  }
}

function runtimesFor(runtime) {
  const list = [{ name: 'Node 24', path: NODE, env: {}, required: true }]
  if (runtime !== null) {
    const env = { ELECTRON_RUN_AS_NODE: '1' }
    list.unshift({ name: `Electron ${runtime.version}`, path: runtime.executablePath, env, required: true })
  }
  const outer = systemNode()
  if (outer !== null && outer !== NODE) {
    const version =
      spawnSync(outer, ['--version'], { encoding: 'utf8' }).stdout?.trim().replace(/^v/, '') ?? ''
    if (Number.parseInt(version, 10) >= 20)
      list.push({ name: `Node ${version}`, path: outer, env: {}, required: false })
  }
  return list
}

function namesOf(runtimes) {
  return runtimes.map(({ name }) => name).join(', ')
}

/** Loads and uses the binary in each runtime; returns the first in which that fails (with `output`), or null. */
async function failsIn(runtimes, name, binary) {
  for (const runtime of runtimes) {
    const result = await run(runtime.path, [PROBE, name, binary], {
      // A crash may leave a core file where it happens.
      cwd: tmpdir(),
      env: { ...process.env, ...runtime.env },
      timeoutMs: 60_000,
    })
    if (result.code !== 0 || !result.output.includes('works')) {
      return { ...runtime, output: result.signal ? `ended by ${result.signal}` : result.output }
    }
  }
  return null
}

/** Where a binary is kept for this version, machine and way of compiling. */
function keptBinary(name, flags) {
  const way = createHash('sha256').update(flags).digest('hex').slice(0, 8)
  return join(CACHE, 'native', `${name}-${installedVersion(name)}-${PLATFORM}-${way}.node`)
}

async function takeKept(name, kept, binary, runtimes) {
  if (!existsSync(kept)) return false
  if ((await failsIn(runtimes, name, kept)) !== null) {
    rmSync(kept, { force: true })
    return false
  }
  copyWhole(kept, binary)
  return true
}

/** Keeps a fresh binary and puts it in its place, once it was shown to load. */
async function keep(name, built, kept, binary, runtimes) {
  const failing = await failsIn(runtimes, name, built)
  if (failing?.required) {
    throw new SetupProblem(
      `${name} was compiled, but does not load in ${failing.name}: ${failing.output.trim()}`,
    )
  }
  if (failing)
    say(`${name}: not usable in ${failing.name}; start the command line with "npm run -s earmark --".`)
  copyWhole(built, kept)
  copyWhole(built, binary)
}

/** A copy to compile in: the package in node_modules stays whole for whoever uses it meanwhile. */
function workCopy(name, kept) {
  sweep(dirname(kept))
  const source = join(NODE_MODULES, name)
  const work = temporaryBeside(kept)
  mkdirSync(work, { recursive: true })
  cpSync(source, work, {
    recursive: true,
    filter: (path) => !['prebuilds', 'build'].includes(relative(source, path)),
  })
  const headers = join(work, 'node_modules', 'node-addon-api')
  if (!existsSync(headers)) {
    mkdirSync(dirname(headers), { recursive: true })
    symlinkSync(join(NODE_MODULES, 'node-addon-api'), headers, 'junction')
  }
  return work
}

async function compile(name, work, flags, options = []) {
  const hint = process.platform === 'linux' ? compilerHint() : null
  if (hint !== null) throw new SetupProblem(`${name} has to be compiled here. ${hint}`)
  const nodeHeaders = headersFolder()
  const env = toolEnv({ CXXFLAGS: flags, JOBS: String(availableParallelism()) })
  // Set by `npm run` from the user's configuration, and stronger than the option below.
  delete env.npm_config_nodedir
  const result = await run(
    NODE,
    [
      join(NODE_MODULES, 'node-gyp', 'bin', 'node-gyp.js'),
      'rebuild',
      '--release',
      ...options,
      ...(nodeHeaders ? [`--nodedir=${nodeHeaders}`] : []),
    ],
    { cwd: work, env },
  )
  if (result.code !== 0) {
    throw new SetupProblem(
      `${name} could not be compiled.\n${failure(name, result.output)}\n` +
        (process.platform === 'linux'
          ? 'Look at the end of that file, then run the same command again.'
          : compilerHint()),
    )
  }
}

/** Node's headers: those that came with Node 24 itself, else a system's; else null, and node-gyp downloads them. */
function headersFolder() {
  // On Windows an import library is needed too, which only the download has.
  if (process.platform === 'win32') return null
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'
  const own = join(NODE_MODULES, 'node', 'node_modules', `${prefix}-${process.platform}-${process.arch}`)
  const candidates = [own, process.env.npm_config_nodedir, '/usr', '/usr/local']
  return (
    candidates.find((folder) => folder && existsSync(join(folder, 'include', 'node', 'node_api.h'))) ?? null
  )
}
