/**
 * How launchers run what they launch.
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { ROOT } from './setup/places.mjs'
import { SetupProblem } from './setup/steps.mjs'

/** How long a program may take to end after it was asked to, before it is ended. */
const GRACE_MS = 10_000

/**
 * Runs a program in the foreground to its end: same input and output; a signal to us ends it too, whoever sent it.
 * @returns {Promise<number>} its exit code; 128 + the signal's number when a signal ended it, as shells count
 */
export function runToEnd(command, args, { env, cwd = ROOT, stdio = 'inherit' } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio })
    let timer = null
    const forward = (signal) => {
      // A terminal's Ctrl-C has reached the child as well; a second signal does no harm.
      child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal)
      timer ??= setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
    }
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, forward)
    const release = () => {
      if (timer) clearTimeout(timer)
      for (const signal of signals) process.off(signal, forward)
    }
    child.on('error', (error) => {
      release()
      reject(new SetupProblem(`${command} could not be started: ${error.message}`))
    })
    child.on('exit', (code, signal) => {
      release()
      resolve(code ?? 128 + (constants.signals[signal] ?? 0))
    })
  })
}
