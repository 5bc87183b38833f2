#!/usr/bin/env node
/**
 * Packages the application for this machine's system and processor into dist/: `npm run package`.
 *
 * - By itself it makes what needs no download: the unpacked application, its licences and list of parts, and on Linux a
 *   deb (scripts/package/deb.mjs; with dpkg-deb, where that is there).
 * - `--all` has electron-builder make the rest too: rpm, AppImage and tar.gz; dmg and zip; an installer for Windows. It
 *   downloads its helpers for that.
 * - `--for-testing` allows the stand-in Electron and says in every name what it is for.
 * - `--automation` makes the build that Playwright can drive: one fuse differs.
 * - `--output DIR` puts it elsewhere; `--no-deb` leaves the deb out.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureBuilt } from './build.mjs'
import { runToEnd } from './launching.mjs'
import { NODE, ROOT, readJson, toolEnv, which } from './setup/places.mjs'
import { SetupProblem, say, step } from './setup/steps.mjs'
import { ensureReady, launch } from './setup.mjs'

/** What an installed Earmark may take, in bytes. */
const LIMIT = 240e6

await launch(async () => {
  const { values } = readArguments()
  const runtime = await ensureReady()
  await ensureBuilt()
  // Only a recent Node knows all that is needed from here on, and the packages are there now.
  if (process.execPath !== NODE && process.env.EARMARK_PACKAGING !== '1') {
    return runToEnd(
      NODE,
      [import.meta.filename ?? new URL(import.meta.url).pathname, ...process.argv.slice(2)],
      {
        env: toolEnv({ EARMARK_PACKAGING: '1' }),
      },
    )
  }
  const { configuration, LINUX, runtimeToPackage } = await import('../electron-builder.config.mjs')
  const { FUSES, readFuses } = await import('./package/fuses.mjs')
  const output = resolve(values.output)
  const suffix = `${values['for-testing'] ? '-for-testing' : ''}${values.automation ? '-automation' : ''}`
  runtimeToPackage({ forTesting: values['for-testing'] })
  const madeAt = sourceDate()
  process.env.SOURCE_DATE_EPOCH = String(madeAt)

  mkdirSync(output, { recursive: true })
  await step('Licences and parts', () => writeNotices(join(output, 'notices'), runtime, madeAt))
  const config = configuration({
    forTesting: values['for-testing'],
    automation: values.automation,
    output: relative(ROOT, output) || '.',
  })
  const unpacked = await pack(config, output, values.all)
  say('')
  const { shippedPackages } = await import('./package/shipped.mjs')
  sizeTable(
    unpacked,
    shippedPackages(ROOT).loaded.map(({ folder }) => folder),
  )
  say('\nFuses:')
  const executable = executableIn(unpacked)
  for (const { name, state } of await readFuses(executable)) {
    const why = FUSES.find((fuse) => fuse.name === name)?.why
    say(`  ${(state === null ? 'not there' : state ? 'on' : 'off').padEnd(9)} ${name.padEnd(38)} ${why}`)
  }
  if (process.platform === 'linux' && !values['no-deb']) {
    if (which('dpkg-deb') === null) say('\nNo deb: dpkg-deb is not here.')
    else {
      const { makeDeb } = await import('./package/deb.mjs')
      const version = values['deb-version'] ?? readJson(join(ROOT, 'package.json')).version
      let deb = ''
      await step('deb', async () => {
        deb = await makeDeb({
          unpacked,
          output,
          linux: LINUX,
          packageName: `earmark${suffix}`,
          version,
          madeAt,
        })
        return `${relative(process.cwd(), deb)}, ${megabytes(statSync(deb).size)}`
      })
    }
  }
  if (!values.all) {
    say(
      '\nMade here without downloads: the unpacked application and, on Linux, the deb. Where GitHub can be reached, ' +
        '"npm run package -- --all" adds\nrpm, AppImage and tar.gz (Linux), dmg and zip (macOS), the installer (Windows).',
    )
  }
})

function readArguments() {
  try {
    return parseArgs({
      args: process.argv.slice(2),
      options: {
        all: { type: 'boolean', default: false },
        'for-testing': { type: 'boolean', default: false },
        automation: { type: 'boolean', default: false },
        'no-deb': { type: 'boolean', default: false },
        'deb-version': { type: 'string' },
        output: { type: 'string', default: join(ROOT, 'dist') },
      },
    })
  } catch (error) {
    throw new SetupProblem(`${error.message}\nKnown: --all --for-testing --automation --no-deb --output DIR`)
  }
}

/** The time that everything made here bears: SOURCE_DATE_EPOCH, else that of the last commit, else of package.json. */
function sourceDate() {
  const given = Number(process.env.SOURCE_DATE_EPOCH)
  if (Number.isSafeInteger(given) && given > 0) return given
  const { stdout } = spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: ROOT, encoding: 'utf8' })
  return Number(stdout) || Math.floor(statSync(join(ROOT, 'package.json')).mtimeMs / 1000)
}

/** Has electron-builder make the unpacked application, and with `all` everything else. Returns the unpacked folder. */
async function pack(config, output, all) {
  const { Arch, build, Platform } = await import('electron-builder')
  const platform = Platform.current()
  const arch = { x64: Arch.x64, arm64: Arch.arm64 }[process.arch]
  if (arch === undefined) throw new SetupProblem(`Earmark is not packaged for ${process.arch}.`)
  for (const name of readdirSync(output)) {
    if (/-unpacked$|^mac(-arm64)?$/.test(name)) rmSync(join(output, name), { recursive: true, force: true })
  }
  // The deb is always ours.
  const wanted = all
    ? config[platform.buildConfigurationKey].target.filter((name) => name !== 'deb')
    : ['dir']
  const make = (names, more = {}) =>
    build({
      targets: platform.createTarget(names, arch),
      config,
      publish: 'never',
      projectDir: ROOT,
      ...more,
    })
  await make(wanted.filter((name) => name !== 'rpm'))
  const folder = readdirSync(output).find((name) => /-unpacked$|^mac(-arm64)?$/.test(name))
  if (folder === undefined)
    throw new SetupProblem(`electron-builder made no unpacked application in ${output}.`)
  const unpacked = join(output, folder)
  if (wanted.includes('rpm')) {
    // After the others, as it writes its kind into the folder that all are made of: an AppImage with it would look for an rpm.
    await make(['rpm'], { prepackaged: unpacked })
    rmSync(join(unpacked, 'resources', 'package-type'))
  }
  return unpacked
}

async function writeNotices(folder, runtime, madeAt) {
  const [{ shippedPackages }, { insideOf, licencesText }, { bomOf }] = await Promise.all([
    import('./package/shipped.mjs'),
    import('./package/licences.mjs'),
    import('./package/sbom.mjs'),
  ])
  const { loaded, bundled } = shippedPackages(ROOT)
  const packages = [
    ...loaded.map((one) => ({ ...one, how: 'loaded' })),
    ...bundled
      .filter(({ path }) => !loaded.some((one) => one.path === path))
      .map((one) => ({ ...one, how: 'bundled' })),
  ].sort((a, b) => (a.path < b.path ? -1 : 1))
  const { packages: lockPackages } = readJson(join(ROOT, 'package-lock.json'))
  mkdirSync(folder, { recursive: true })
  const inside = insideOf(ROOT, packages)
  writeFileSync(join(folder, 'LICENSES.third-party.txt'), licencesText(ROOT, packages))
  const application = readJson(join(ROOT, 'package.json'))
  const bom = bomOf({ application, packages, lockPackages, inside, runtime: versionsOf(runtime), madeAt })
  writeFileSync(join(folder, 'sbom.cdx.json'), `${JSON.stringify(bom, null, 2)}\n`)
  return `${packages.length} packages, ${inside.length} parts inside of them`
}

/** What the runtime itself says it is made of. */
function versionsOf(runtime) {
  const { stdout } = spawnSync(runtime.executablePath, ['-p', 'JSON.stringify(process.versions)'], {
    encoding: 'utf8',
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  })
  const { electron, chrome, node } = JSON.parse(stdout)
  return { electron, chrome, node }
}

function executableIn(unpacked) {
  if (process.platform === 'darwin') return join(unpacked, 'Earmark.app')
  return join(unpacked, process.platform === 'win32' ? 'Earmark.exe' : 'earmark')
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

/** Says what is in the folder and how large it is: the largest alone, the rest together. */
function sizeTable(unpacked, names) {
  const rows = []
  for (const entry of readdirSync(unpacked, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    rows.push({ name: relative(unpacked, path), size: statSync(path).size })
  }
  rows.sort((a, b) => b.size - a.size)
  const total = rows.reduce((sum, { size }) => sum + size, 0)
  const large = rows.filter(({ size }) => size >= 200e3)
  for (const { name, size } of large) say(`${megabytes(size).padStart(10)}  ${name}`)
  const small = rows.length - large.length
  say(
    `${megabytes(total - large.reduce((sum, { size }) => sum + size, 0)).padStart(10)}  ${small} smaller files`,
  )
  say(`${megabytes(total).padStart(10)}  in all, ${rows.length} files (limit ${megabytes(LIMIT)})`)
  const asar = rows.find(({ name }) => name.endsWith('app.asar'))
  if (asar && existsSync(join(unpacked, asar.name))) asarTable(join(unpacked, asar.name), names)
  if (total > LIMIT) say(`Mind: that is more than the ${megabytes(LIMIT)} which it should take.`)
}

/**
 * Says what is inside of app.asar, by package and folder.
 * @throws {SetupProblem} when one of these packages is not in it
 * The header's format: https://github.com/electron/asar#format */
function asarTable(file, names) {
  const bytes = readFileSync(file)
  const header = JSON.parse(bytes.subarray(16, 16 + bytes.readUInt32LE(12)).toString('utf8'))
  const sizes = new Map()
  const visit = (node, path) => {
    for (const [name, child] of Object.entries(node.files ?? {})) {
      const inner = path ? `${path}/${name}` : name
      if (child.files) visit(child, inner)
      else {
        const group =
          /^((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+|[^/]+\/[^/]+|[^/]+)/.exec(inner)?.[1] ?? inner
        sizes.set(group, (sizes.get(group) ?? 0) + child.size)
      }
    }
  }
  visit(header, '')
  // What the application would look for in vain, and say so only when it is needed.
  const missing = names.filter(
    (name) => ![...sizes.keys()].some((group) => group.endsWith(`node_modules/${name}`)),
  )
  if (missing.length > 0) throw new SetupProblem(`electron-builder left out ${missing.join(', ')}.`)
  say('Inside of app.asar (and unpacked beside it):')
  for (const [group, size] of [...sizes].sort((a, b) => b[1] - a[1])) {
    say(`${`${(size / 1e3).toFixed(0)} kB`.padStart(10)}  ${group}`)
  }
}
