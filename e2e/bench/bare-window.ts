import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { electronExecutable, ROOT } from '../electron-runtime'

/**
 * Earmark's window without Playwright. Playwright listens to the network of every page that it drives, and Chromium then
 * keeps what the page has read, up to some hundred megabytes: its memory can't be measured so.
 */
export interface BareWindow {
  /** Runs a function in the page and gives what it (or its promise) returns. Raises with the page's error. */
  evaluate: <A, R>(run: (arg: A) => R | Promise<R>, arg: A) => Promise<R>
  /** The most memory that the page's process has taken so far, MB; null where the system does not say. */
  largestMb: () => { page: number; main: number } | null
  /** Closes the window, and the application with it. */
  close: () => Promise<void>
  /** kill -9 of the whole application. */
  kill: () => Promise<void>
  /** When the process was asked for, in this computer's clock (milliseconds). */
  askedAtMs: number
}

const Targets = z.array(z.object({ type: z.string(), url: z.string(), webSocketDebuggerUrl: z.string() }))
const Answer = z.object({
  id: z.number().optional(),
  error: z.object({ message: z.string() }).optional(),
  result: z
    .object({
      result: z.object({ value: z.unknown().optional() }).optional(),
      exceptionDetails: z
        .object({ exception: z.object({ description: z.string().optional() }).optional() })
        .optional(),
    })
    .optional(),
})

/** Starts the built application on a workspace and waits for its page. */
export async function openBareWindow(workspace: string): Promise<BareWindow> {
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const args = [...asRoot, '--remote-debugging-port=0', ROOT, '--workspace', workspace]
  const askedAtMs = Date.now()
  const electron = spawn(electronExecutable(), args, {
    env: { ...process.env, XDG_DATA_HOME: `${workspace}-data` },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  try {
    const socket = new WebSocket(await pageAddress(await debuggingPort(electron)))
    await once(socket, 'open')
    return {
      evaluate: evaluateOver(socket),
      largestMb: () => largestMb(electron.pid ?? 0),
      close: async () => {
        socket.close()
        electron.kill()
        if (electron.exitCode === null && electron.signalCode === null) await once(electron, 'exit')
      },
      kill: async () => {
        const ended = once(electron, 'exit')
        electron.kill('SIGKILL')
        await ended
        socket.close()
      },
      askedAtMs,
    }
  } catch (error) {
    electron.kill('SIGKILL')
    throw error
  }
}

/** The port that Chromium chose, as it says on stderr. */
function debuggingPort({ stderr }: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const port = /DevTools listening on ws:\/\/[^:]+:(\d+)/.exec(said)?.[1]
      if (port) resolve(port)
    })
    stderr?.once('close', () => reject(new Error(`Electron ended before it had a window.\n${said}`)))
  })
}

async function pageAddress(port: string): Promise<string> {
  const endMs = performance.now() + 30_000
  while (performance.now() < endMs) {
    const targets = Targets.parse(await (await fetch(`http://127.0.0.1:${port}/json`)).json())
    const page = targets.find(({ type, url }) => type === 'page' && url.startsWith('app://earmark'))
    if (page) return page.webSocketDebuggerUrl
    await new Promise((again) => setTimeout(again, 100))
  }
  throw new Error('Earmark showed no window within 30 s.')
}

const NO_PAGE_YET = 'Cannot find default execution context'

function evaluateOver(socket: WebSocket): BareWindow['evaluate'] {
  let lastId = 0
  return (run, arg) =>
    new Promise((resolve, reject) => {
      const expression = `(${run})(${JSON.stringify(arg ?? null)})`
      const params = { expression, awaitPromise: true, returnByValue: true }
      const ask = () => {
        lastId += 1
        const id = lastId
        const hear = ({ data }: MessageEvent) => {
          const answer = Answer.parse(JSON.parse(String(data)))
          if (answer.id !== id) return
          socket.removeEventListener('message', hear)
          const { result, exceptionDetails } = answer.result ?? {}
          const { error } = answer
          // Asked in the moment between two documents.
          if (error?.message === NO_PAGE_YET) setTimeout(ask, 50)
          else if (error) reject(new Error(error.message))
          else if (exceptionDetails)
            reject(new Error(exceptionDetails.exception?.description ?? 'It failed.'))
          // What the page gives is what its function says it returns.
          else resolve(result?.value as never)
        }
        socket.addEventListener('message', hear)
        socket.send(JSON.stringify({ id, method: 'Runtime.evaluate', params }))
      }
      ask()
    })
}

/** From /proc, as the largest resident set of each process. */
function largestMb(main: number): { page: number; main: number } | null {
  if (process.platform !== 'linux') return null
  const family = new Set([main])
  let page = 0
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n')
  // Parents come before their children: process numbers grow.
  for (const row of rows) {
    const [, pid = '', parent = '', args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? []
    if (!family.has(Number(parent))) continue
    family.add(Number(pid))
    if (args.includes('--type=renderer')) page = Math.max(page, largestOf(Number(pid)))
  }
  return { page, main: largestOf(main) }
}

function largestOf(pid: number): number {
  const status = readFileSync(join('/proc', String(pid), 'status'), 'utf8')
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
}
