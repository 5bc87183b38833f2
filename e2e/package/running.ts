import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { connectDevTools, type DevTools } from './devtools'

/** An application that runs under somebody's name, with a display and a keychain of its own. */
export interface Running {
  tools: DevTools
  /** What it wrote to stderr. */
  said: () => string
  /** Ends it in order (as the window's close button does), then what it ran in. */
  stop: () => Promise<void>
}

/** A person of this machine, as `id` knows them. */
export interface Person {
  name: string
  uid: number
  gid: number
  home: string
}

/** A bus, an unlocked keyring and a screen around a program; they end with it. */
const SURROUNDINGS = `
printf '\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
exec xvfb-run -a -s '-screen 0 1280x800x24' "$@"
`

/** What a person's own shell would have set, and nothing of ours. */
export const environmentOf = ({ name, home }: Person): Record<string, string> => ({
  HOME: home,
  USER: name,
  LOGNAME: name,
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LANG: 'C.UTF-8',
  XDG_RUNTIME_DIR: join(home, '.run'),
})

/** The arguments of `setpriv` that make a program another person's. */
export const asPerson = ({ uid, gid }: Person, command: readonly string[]): string[] => [
  '--reuid',
  String(uid),
  '--regid',
  String(gid),
  '--init-groups',
  ...command,
]

/** Starts an executable as a person, with the arguments given and DevTools; resolves when its window is there. */
export async function startAs(person: Person, command: readonly string[]): Promise<Running> {
  const around = [
    'dbus-run-session',
    '--',
    'sh',
    '-c',
    SURROUNDINGS,
    'sh',
    ...command,
    '--remote-debugging-port=0',
  ]
  const child = spawn('setpriv', asPerson(person, around), {
    cwd: person.home,
    env: environmentOf(person),
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own, so that nothing of it can be left behind.
    detached: true,
  })
  let text = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  const port = await devToolsPort(child).catch((error: unknown) => {
    endGroup(child, 'SIGKILL')
    throw error
  })
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  try {
    const tools = await connectDevTools(port)
    return {
      tools,
      said: () => text,
      stop: async () => {
        await tools.send('Browser.close').catch(() => undefined)
        tools.close()
        await Promise.race([ended, new Promise((done) => setTimeout(done, 10_000).unref())])
        endGroup(child, 'SIGKILL')
      },
    }
  } catch (error) {
    endGroup(child, 'SIGKILL')
    throw error
  }
}

/** The port that an application says on stderr; raises with what it said when it ends before, or after 30 seconds. */
export function devToolsPort(child: ChildProcess): Promise<number> {
  return new Promise((done, fail) => {
    let text = ''
    const late = setTimeout(() => fail(new Error(`It opened no DevTools: ${text.slice(-2000)}`)), 30_000)
    child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const port = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(text)?.[1]
      if (port === undefined) return
      clearTimeout(late)
      done(Number(port))
    })
    child.once('error', fail)
    child.once('exit', (code) => {
      clearTimeout(late)
      fail(new Error(`It ended with ${code}: ${text.slice(-2000)}`))
    })
  })
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal)
  } catch {
    // All of it has ended.
  }
}

/** A process as the kernel sees it (proc(5)). */
export interface Seen {
  pid: number
  command: string
  seccomp: string | undefined
  userNamespace: string
}

/** The processes of a person whose command line holds this text. */
export function processesOf({ uid }: Person, text: string): Seen[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const folder = join('/proc', name)
        const command = readFileSync(join(folder, 'cmdline'), 'utf8').replaceAll('\0', ' ')
        if (statSync(folder).uid !== uid || !command.includes(text)) return []
        const status = readFileSync(join(folder, 'status'), 'utf8')
        return {
          pid: Number(name),
          command,
          seccomp: /^Seccomp:\s*(\d)/m.exec(status)?.[1],
          userNamespace: readlinkSync(join(folder, 'ns', 'user')),
        }
      } catch {
        // It has ended meanwhile.
        return []
      }
    })
}
