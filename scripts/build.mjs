#!/usr/bin/env node
/**
 * Builds the application into out/: `npm run build`. The launchers build too, but only when a source has changed.
 */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeWhole } from './setup/files.mjs'
import { alone } from './setup/lock.mjs'
import {
  installedVersion,
  NODE,
  NODE_MODULES,
  ROOT,
  readJson,
  STATE,
  sha256,
  toolEnv,
} from './setup/places.mjs'
import { failure, run, SetupProblem, step } from './setup/steps.mjs'
import { ensureReady, launch } from './setup.mjs'

const STAMP = join(STATE, 'build.json')
const SOURCES = ['src-main', 'src-renderer', 'electron.vite.config.ts', 'tsconfig.json', 'package.json']
const PRODUCTS = ['out/main/index.js', 'out/main/cli.js', 'out/preload/index.cjs', 'out/renderer/index.html']

/** Builds unless out/ was made from exactly these sources. @throws {SetupProblem} with the compiler's own words */
export async function ensureBuilt({ force = false } = {}) {
  if (!force && isBuilt()) return
  await alone(async () => {
    if (!force && isBuilt()) return
    rmSync(STAMP, { force: true })
    // Taken before: what is changed while it builds is built the next time.
    const sources = sourcesName()
    await step('Build', async () => {
      const result = await run(
        NODE,
        [join(NODE_MODULES, 'electron-vite', 'bin', 'electron-vite.js'), 'build'],
        {
          // One build runs in the official Electron and in the older stand-in: it is written for the older one.
          env: toolEnv({ ELECTRON_MAJOR_VER: '33', NODE_ENV: 'production' }),
        },
      )
      if (result.code !== 0) throw new SetupProblem(`The build failed.\n${failure('build', result.output)}`)
      const missing = PRODUCTS.filter((path) => !existsSync(join(ROOT, path)))
      if (missing.length > 0) throw new SetupProblem(`The build did not make ${missing.join(', ')}.`)
      return 'out/ is up to date'
    })
    writeWhole(STAMP, JSON.stringify({ sources }))
  })
}

function isBuilt() {
  if (!PRODUCTS.every((path) => existsSync(join(ROOT, path)))) return false
  return readJson(STAMP)?.sources === sourcesName()
}

/** Changes with the name, size or time of any source that goes into the build, and with the tool that builds. */
function sourcesName() {
  const lines = [installedVersion('electron-vite'), installedVersion('vite')]
  const visit = (path) => {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats?.isDirectory()) for (const name of readdirSync(path).sort()) visit(join(path, name))
    else if (stats && !/\.test\.tsx?$/.test(path))
      lines.push(`${relative(ROOT, path)} ${stats.size} ${stats.mtimeMs}`)
  }
  for (const source of SOURCES) visit(join(ROOT, source))
  // Its dependencies' versions decide what is bundled.
  lines.push(sha256(readFileSync(join(ROOT, 'package-lock.json'))))
  return sha256(lines.join('\n'))
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await launch(async () => {
    await ensureReady({ window: false })
    await ensureBuilt({ force: true })
  })
}
