import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test as base, expect } from '@playwright/test'
import { z } from 'zod'

/** The built command line as a process of its own: what scripts and schedules see. One file a group of commands. */

const ROOT = resolve(import.meta.dirname, '..', '..')
const CLI = join(ROOT, 'out', 'main', 'cli.js')
export const SAMPLE = join(ROOT, 'resources', 'sample')
export const SAMPLE_FILES = readdirSync(SAMPLE)
  .filter((name) => /\.jsonl?$/.test(name))
  .map((name) => join(SAMPLE, name))

/** What a line of JSON says, as far as it is looked at. */
export const Rows = z.array(z.record(z.string(), z.unknown()))
export const Checks = z.array(
  z.object({ name: z.string(), ok: z.boolean(), whatToDo: z.string().nullable() }),
)

export interface Ran {
  code: number | null
  stdout: string
  stderr: string
  /** The lines of stdout as JSON; raises when one of them is none. */
  json: () => Record<string, unknown>[]
}

interface RunOptions {
  stdin?: string
  env?: Record<string, string>
}

interface Fixtures {
  folder: string
  /** Runs a command in the test's workspace to its end. */
  earmark: (args: readonly string[], options?: RunOptions) => Promise<Ran>
  /** Gives the test's workspace the sample's calls. */
  importSample: () => void
  /** Starts a command and leaves it running. */
  start: (args: readonly string[], options?: RunOptions) => ChildProcess
}

interface Shared {
  /** A workspace with the sample's calls, imported once by the command line; to be copied. */
  imported: string
}

/** A process of the command line in a folder: nothing of the machine it runs on, no keychain, no home, no workspace of its user. */
const startIn = (
  folder: string,
  args: readonly string[],
  { stdin, env = {} }: RunOptions = {},
): ChildProcess => {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      XDG_DATA_HOME: join(folder, 'data'),
      EARMARK_WORKSPACE: join(folder, 'workspace'),
      ...env,
    },
    cwd: folder,
    stdio: 'pipe',
  })
  child.stdin?.end(stdin ?? '')
  return child
}

const makeFolder = (): string => mkdtempSync(join(tmpdir(), 'earmark-cli-'))
const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })

export const test = base.extend<Fixtures, Shared>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright wants the destructuring
  folder: async ({}, use) => {
    const folder = makeFolder()
    await use(folder)
    removeFolder(folder)
  },
  imported: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright wants the destructuring
    async ({}, use) => {
      const folder = makeFolder()
      const child = startIn(folder, ['import', ...SAMPLE_FILES])
      child.stdout?.resume()
      child.stderr?.resume()
      const [code] = await once(child, 'exit')
      expect(code).toBe(0)
      await use(join(folder, 'workspace'))
      removeFolder(folder)
    },
    { scope: 'worker' },
  ],
  importSample: async ({ folder, imported }, use) => {
    await use(() => cpSync(imported, join(folder, 'workspace'), { recursive: true }))
  },
  start: async ({ folder }, use) => {
    const children: ChildProcess[] = []
    await use((args, options) => {
      const child = startIn(folder, args, options)
      children.push(child)
      return child
    })
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  },
  earmark: async ({ start }, use) => {
    await use(async (args, options) => {
      const child = start(args, options)
      let stdout = ''
      let stderr = ''
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        stdout += text
      })
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        stderr += text
      })
      const [code] = await once(child, 'close')
      return { code, stdout, stderr, json: () => jsonLines(stdout) }
    })
  },
})

function jsonLines(text: string): Record<string, unknown>[] {
  if (text === '') return []
  expect(text.endsWith('\n')).toBe(true)
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line))
}

export { expect }
