import { join, resolve } from 'node:path'
import type { EarmarkEvent } from '@contract'
import type { Command } from 'commander'
import { type InProcessBackend, openInProcess } from '../backend/in-process'
import { defaultWorkspace } from '../db/default-workspace'
import { appVersion, installationFolder } from './installation'
import { type Output, processOutput, reportFailure } from './output'

/** What a command gets. */
export interface Session {
  ask: InProcessBackend['ask']
  context: InProcessBackend['context']
  output: Output
  /** Calls `listener` for each event of the backend while the command runs. */
  onEvent: (listener: (event: EarmarkEvent) => void) => void
  /** Aborted by Ctrl+C or SIGTERM: long work then stops in order. */
  signal: AbortSignal
}

/** Runs one command in the chosen workspace; resolves to the exit code. Never rejects. */
export type RunCommand = (work: (session: Session) => Promise<number>) => Promise<void>

/** Makes the function that every command runs through: opens, works, reports, closes. */
export function commandRunner(program: Command, setExitCode: (code: number) => void): RunCommand {
  return async (work) => {
    const options = program.opts<{ workspace?: string; json?: boolean }>()
    const json = options.json === true
    const listeners = new Set<(event: EarmarkEvent) => void>()
    const stop = new AbortController()
    const interrupt = () => stop.abort()
    process.on('SIGINT', interrupt)
    process.on('SIGTERM', interrupt)
    let backend: InProcessBackend | null = null
    try {
      backend = openInProcess(
        {
          workspaceRoot: resolve(options.workspace ?? process.env.EARMARK_WORKSPACE ?? defaultWorkspace()),
          sampleFolder: join(installationFolder(), 'resources', 'sample'),
          appVersion: appVersion(),
          loopbackOnly: false,
        },
        (event) => {
          for (const listener of listeners) listener(event)
        },
      )
      setExitCode(
        await work({
          ask: backend.ask,
          context: backend.context,
          output: processOutput(json),
          onEvent: (listener) => listeners.add(listener),
          signal: stop.signal,
        }),
      )
    } catch (error) {
      setExitCode(reportFailure(error, json))
    } finally {
      process.off('SIGINT', interrupt)
      process.off('SIGTERM', interrupt)
      await backend?.close()
    }
  }
}
