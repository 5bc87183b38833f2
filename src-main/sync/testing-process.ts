import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'vite'
import type { SyncResult } from './engine'

const project = resolve(import.meta.dirname, '../..')

/** What a child says, a line of JSON each. */
export type ChildLine =
  | { kind: 'listed'; count: number }
  | { kind: 'ended'; result: SyncResult; peakMb: number; cpuSec: number }

export interface ChildSync {
  process: ChildProcess
  /** Resolves with what it said last, once it has ended; rejects when it ended badly without being killed. */
  ended: Promise<Extract<ChildLine, { kind: 'ended' }> | null>
  /** Resolves once it has listed so many calls, or has ended. */
  listed: (count: number) => Promise<void>
}

/** Syncs in processes of their own, for tests that measure or kill them. */
export async function buildChild(): Promise<{
  start: (root: string, connectionId: string, secrets: { apiKey: string; accessToken?: string }) => ChildSync
  remove: () => void
}> {
  // Inside the project, where the child finds its native modules.
  const folder = mkdtempSync(join(project, 'node_modules', '.earmark-test-'))
  await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { alias: { '@contract': join(project, 'src-main/contract') } },
    build: {
      ssr: join(import.meta.dirname, 'testing-child.ts'),
      outDir: folder,
      rolldownOptions: { output: { entryFileNames: 'child.mjs' } },
    },
  })
  return {
    start: (root, connectionId, secrets) => {
      const { apiKey, accessToken = '' } = secrets
      const child = spawn(process.execPath, [join(folder, 'child.mjs'), root, connectionId], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, TEST_API_KEY: apiKey, TEST_ACCESS_TOKEN: accessToken },
      })
      return watch(child, createInterface({ input: child.stdout }))
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function watch(child: ChildProcess, lines: ReturnType<typeof createInterface>): ChildSync {
  let last = null as Awaited<ChildSync['ended']>
  let count = 0
  const waiting = new Set<{ from: number; resolve: () => void }>()
  const look = (isOver: boolean) => {
    for (const one of waiting) {
      if (!isOver && count < one.from) continue
      waiting.delete(one)
      one.resolve()
    }
  }
  lines.on('line', (text) => {
    const line: ChildLine = JSON.parse(text)
    if (line.kind === 'ended') last = line
    else {
      count = line.count
      look(false)
    }
  })
  const ended = new Promise<Awaited<ChildSync['ended']>>((resolve, reject) => {
    // "close": all that it wrote was read.
    child.once('close', (code, signal) => {
      look(true)
      if (signal === 'SIGKILL' || code === 0) resolve(last)
      else reject(new Error(`The child ended badly (${code ?? signal}).`))
    })
  })
  ended.catch(() => undefined)
  return {
    process: child,
    ended,
    listed: (from) =>
      new Promise((resolve) => {
        if (count >= from || child.exitCode !== null || child.signalCode !== null) resolve()
        else waiting.add({ from, resolve })
      }),
  }
}
