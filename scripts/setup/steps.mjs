/**
 * How set-up speaks and starts programs.
 */
import { spawn, spawnSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { writeWhole } from './files.mjs'
import { CACHE, ROOT, systemNode, toolEnv, which } from './places.mjs'

/** Something a person has to do first. Its message says what happened, to what, and what to do. */
export class SetupProblem extends Error {
  name = 'SetupProblem'
}

let out = process.stdout

/** Sends everything that set-up says to standard error: standard output belongs to the command being run. */
export function speakOnStderr() {
  out = process.stderr
}

/** One plain line. */
export function say(line) {
  out.write(`${line}\n`)
}

/**
 * Runs one step and says it in one line with the time it took: `Node 24: installed 24.21.0 (4.2 s)`. One that takes
 * long says first that it has begun.
 * `work` returns what was done, or null when there was nothing to do (then nothing is said).
 */
export async function step(title, work) {
  const startedAt = Date.now()
  const patience = setTimeout(() => say(`${title}: at work ...`), 3000)
  try {
    const done = await work()
    if (done !== null) say(`${title}: ${done} (${seconds(startedAt)})`)
  } finally {
    clearTimeout(patience)
  }
}

/** The time since `startedAt` (ms) in words. */
export function seconds(startedAt) {
  const elapsedSec = (Date.now() - startedAt) / 1000
  if (elapsedSec < 60) return `${elapsedSec.toFixed(1)} s`
  return `${Math.floor(elapsedSec / 60)} min ${Math.round(elapsedSec % 60)} s`
}

/** What `run` has started. A signal ends it first and then us, so that nothing goes on writing behind our back. */
const running = new Set()
let stopping = null
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.on(signal, () => {
    // With nothing running there is nothing to wait for; launchers that own children add their own listeners.
    if (running.size === 0 && process.listenerCount(signal) > 1) return
    stopping = code
    for (const child of running) child.kill('SIGTERM')
    if (running.size === 0) process.exit(code)
    setTimeout(() => {
      for (const child of running) child.kill('SIGKILL')
      process.exit(code)
    }, 5000)
  })
}

/**
 * Runs a program to its end without a shell and keeps its output (the last 64 KiB).
 * @returns {Promise<{code: number|null, signal: string|null, output: string}>} `code` is null when it was killed or
 * could not be started (then `output` says why).
 */
export function run(command, args, { cwd = ROOT, env = toolEnv(), timeoutMs = 0 } = {}) {
  return new Promise((resolve) => {
    let output = ''
    // npm on Windows is a .cmd, which needs the shell; its arguments here are ours, never a user's.
    const shell = process.platform === 'win32' && command.endsWith('.cmd')
    // SIGKILL: at anything else npm goes on for a while, putting back what it had replaced, under the next run's feet.
    const [program, words] = withUs(command, args, 'KILL')
    const child = spawn(program, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], shell })
    running.add(child)
    const timer = timeoutMs > 0 ? setTimeout(() => child.kill('SIGKILL'), timeoutMs) : null
    const keep = (chunk) => {
      output = (output + chunk).slice(-65536)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error) => {
      running.delete(child)
      if (timer) clearTimeout(timer)
      resolve({ code: null, signal: null, output: `${output}${error.message}` })
    })
    child.on('close', (code, signal) => {
      running.delete(child)
      if (timer) clearTimeout(timer)
      if (stopping === null) resolve({ code, signal, output })
      else if (running.size === 0) process.exit(stopping)
    })
  })
}

/**
 * Has the system send a program a signal when we die, even of SIGKILL (Linux with a recent util-linux).
 * @returns {[string, string[]]} what to start instead
 */
export function withUs(command, args, signal) {
  canTieToUs ??=
    process.platform === 'linux' && spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true']).status === 0
  return canTieToUs ? ['setpriv', ['--pdeathsig', signal, command, ...args]] : [command, args]
}
let canTieToUs = null

/**
 * Runs npm, the one that started us if one did, without what a surrounding `npm run` left in the environment.
 * @param node the Node to run it on; by default its own
 */
export function npm(args, { cwd = ROOT, node = null } = {}) {
  const env = toolEnv()
  for (const name of Object.keys(env)) {
    if (/^npm_(package|lifecycle)_|^npm_(command|config_loglevel|config_ignore_scripts)$/.test(name)) {
      delete env[name]
    }
  }
  const cli = npmCli()
  if (cli === null) return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { cwd, env })
  return run(node ?? systemNode() ?? process.execPath, [cli, ...args], { cwd, env })
}

/** npm's own script, or null where it can't be told (then the command `npm` has to do). */
function npmCli() {
  const { npm_execpath: started } = process.env
  if (started && /npm-cli\.[cm]?js$/.test(started)) return started
  const command = which('npm')
  if (command === null)
    throw new SetupProblem('npm is not installed; it comes with Node (https://nodejs.org).')
  const script = realpathSync(command)
  return /npm-cli\.[cm]?js$/.test(script) ? script : null
}

/** The end of a program's output, and where all of it was put. */
export function failure(name, output) {
  const log = join(CACHE, 'logs', `${name}.log`)
  writeWhole(log, output)
  const tail = output.trimEnd().split('\n').slice(-12)
  return `${tail.map((line) => `    ${line}`).join('\n')}\n    (all of it: ${log})`
}
