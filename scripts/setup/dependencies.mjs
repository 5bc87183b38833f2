/**
 * The npm packages of the lockfile, and the Node 24 among them.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { sweep, temporaryBeside } from './files.mjs'
import { CACHE, libc, NODE, NODE_MODULES, PLATFORM, ROOT, readJson, sha256 } from './places.mjs'
import { failure, npm, run, SetupProblem, step } from './steps.mjs'

/**
 * Installs what the lockfile names unless exactly that is there already.
 * Install scripts do not run here: the two that are needed (Node 24, keytar) have their own steps, which can say what
 * is missing and need not repeat what was done before.
 */
export async function installPackages() {
  await step('Packages', async () => {
    const difference = whatDiffers()
    if (difference === null) return null
    refuseToDeleteOurselves()
    await cleanInstall(null)
    let remaining = whatDiffers()
    if (remaining !== null && Number.parseInt(process.versions.node, 10) < 24) {
      // npm leaves out optional packages that exclude the Node which it runs on, and among them are parts of our tools.
      await cleanInstall(await borrowedNode())
      remaining = whatDiffers()
    }
    if (remaining !== null) throw new SetupProblem(`npm ci ended without an error, but ${remaining}.`)
    return `installed from the lockfile, because ${difference}`
  })
}

async function cleanInstall(node) {
  const command = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund']
  let result = await npm(command, { node })
  if (result.code !== 0 && /\b(ENOTEMPTY|EEXIST|EBUSY|EPERM)\b/.test(result.output)) {
    // An npm that was interrupted a moment ago is still tidying up.
    await new Promise((resolve) => setTimeout(resolve, 3000))
    result = await npm(command, { node })
  }
  if (result.code !== 0) {
    throw new SetupProblem(
      `npm could not install the packages of package-lock.json.\n${failure('npm-ci', result.output)}\n` +
        'Check the network (a company proxy or registry goes into npm config), then run the same command again.',
    )
  }
}

/** A Node 24 outside node_modules, for npm to run on where the system's Node is too old; kept for the next time. */
async function borrowedNode() {
  const version = readJson(join(ROOT, 'package-lock.json')).packages['node_modules/node'].version
  const kept = join(CACHE, 'node', `${version}-${PLATFORM}`)
  const binary = join('node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(kept)) {
    sweep(dirname(kept))
    const part = temporaryBeside(kept)
    mkdirSync(part)
    writeFileSync(join(part, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }')
    const result = await npm(
      ['install', `node@${version}`, '--ignore-scripts=false', '--no-audit', '--no-fund'],
      {
        cwd: part,
      },
    )
    if (result.code !== 0 || !existsSync(join(part, binary))) {
      throw new SetupProblem(
        `npm could not fetch Node ${version} from its registry.\n${failure('node', result.output)}\n` +
          'Check the network, then run the same command again.',
      )
    }
    renameSync(part, kept)
  }
  return join(kept, binary)
}

/**
 * Puts Node 24 into node_modules/.bin. The npm package `node` fetches the binary of this platform from the registry.
 */
export async function installNode() {
  await step('Node 24', async () => {
    const wanted = readJson(join(NODE_MODULES, 'node', 'package.json'))?.version
    if ((await nodeVersion()) === wanted) return null
    // A cut-short installation leaves a folder that npm would take for a whole one.
    rmSync(join(NODE_MODULES, 'node', 'node_modules', '.package-lock.json'), { force: true })
    const result = await npm(['rebuild', 'node', '--ignore-scripts=false', '--no-audit', '--no-fund'])
    if ((await nodeVersion()) !== wanted) {
      throw new SetupProblem(
        `npm could not fetch Node ${wanted} (the package "node" of package.json) from its registry.\n` +
          `${failure('node', result.output)}\nCheck the network, then run the same command again.`,
      )
    }
    return `${wanted} installed beside the packages; Node ${process.versions.node} stays as it is`
  })
}

async function nodeVersion() {
  const result = await run(NODE, ['--version'], { cwd: ROOT, env: process.env })
  return result.code === 0 ? result.output.trim().replace(/^v/, '') : null
}

/** Why node_modules is not what the lockfile describes, in words that follow "because"; null when it is. */
function whatDiffers() {
  const lock = readJson(join(ROOT, 'package-lock.json'))
  if (lock === null) throw new SetupProblem('package-lock.json is missing or damaged: get it back with git.')
  const hidden = readJson(join(NODE_MODULES, '.package-lock.json'))
  if (hidden === null) return 'node_modules is missing or unfinished'
  const difference = compareLocks(lock, hidden, {
    platform: process.platform,
    arch: process.arch,
    libc: libc(),
  })
  if (difference !== null) return difference
  for (const path of Object.keys(hidden.packages)) {
    if (readJson(join(ROOT, path, 'package.json')) === null) return `${path} is damaged`
  }
  return null
}

/** The lockfile's content as a name: everything that was made for another lockfile is made again. */
export function lockfileName() {
  return sha256(readFileSync(join(ROOT, 'package-lock.json'))).slice(0, 16)
}

/**
 * Compares the lockfile with npm's own record of what it put into node_modules.
 * @param lock parsed package-lock.json (version 3)
 * @param hidden parsed node_modules/.package-lock.json
 * @param machine `{platform, arch, libc}`: packages for other machines are rightly absent
 * @returns {string|null} the first difference, in words that follow "because"
 */
export function compareLocks(lock, hidden, machine) {
  for (const [path, wanted] of Object.entries(lock.packages)) {
    if (path === '' || wanted.link || path.split('/').includes('..')) continue
    const there = hidden.packages[path]
    if (there === undefined) {
      if (wanted.optional || wanted.devOptional || wanted.peer) {
        if (!wanted.os && !wanted.cpu && !wanted.libc) continue
        if (!isFor(wanted, machine)) continue
      }
      return `${nameOf(path)} is missing`
    }
    if (there.version !== wanted.version) {
      return `${nameOf(path)} is ${there.version} instead of ${wanted.version}`
    }
    if (there.integrity && wanted.integrity && there.integrity !== wanted.integrity) {
      return `${nameOf(path)} is not the file that the lockfile names`
    }
  }
  for (const path of Object.keys(hidden.packages)) {
    if (!(path in lock.packages)) return `${nameOf(path)} is not in the lockfile`
  }
  return null
}

function isFor(wanted, machine) {
  const allows = (list, value) =>
    !list ||
    value === null ||
    (!list.includes(`!${value}`) && (list.every((entry) => entry.startsWith('!')) || list.includes(value)))
  return (
    allows(wanted.os, machine.platform) &&
    allows(wanted.cpu, machine.arch) &&
    allows(wanted.libc, machine.libc)
  )
}

function nameOf(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

/** `npm ci` empties node_modules first, and Windows does not delete a program that runs: the Node of `npm run`. */
function refuseToDeleteOurselves() {
  if (process.platform === 'win32' && process.execPath.startsWith(NODE_MODULES + sep)) {
    throw new SetupProblem(
      'The packages have to be installed anew, which the Node inside them cannot do. Type: node scripts/setup.mjs',
    )
  }
}
