import { join, resolve } from 'node:path'
import { type CallId, EarmarkError, type EarmarkEvent } from '@contract'
import type { Command } from 'commander'
import { type InProcessBackend, openInProcess } from '../backend/in-process'
import { finishExchange } from '../backup/exchange'
import { openKeychain } from '../connections/secrets'
import { defaultWorkspace } from '../db/default-workspace'
import { openCallsForReading, prepareWorkspace, type WorkspacePaths, workspacePaths } from '../db/workspace'
import { WorkspaceKeys } from '../protection/keys'
import { masterKeyOf } from '../protection/unlock'
import { isFallbackRuntime } from '../shell/runtime'
import { findCallId } from './find'
import { appVersion, installationFolder } from './installation'
import { type Output, processOutput, reportFailure, usage } from './output'

/** What a command gets. */
export interface Session {
  ask: InProcessBackend['ask']
  context: InProcessBackend['context']
  /** The call that somebody means: Earmark's id or the vendor's. Raises `not_found`, `conflict`. */
  findCall: (text: string) => CallId
  output: Output
  /** Calls `listener` for each event of the backend while the command runs. */
  onEvent: (listener: (event: EarmarkEvent) => void) => void
  /** Aborted by Ctrl+C or SIGTERM: long work then stops in order. */
  signal: AbortSignal
}

/** Runs one command in the chosen workspace; resolves to the exit code. Never rejects. */
export type RunCommand = (work: (session: Session) => Promise<number>) => Promise<void>

/** For the command that looks at a workspace which may be unusable: nothing of it is opened. */
export type InspectWorkspace = (
  work: (context: InProcessBackend['context'], output: Output) => Promise<number>,
) => Promise<void>

/** For commands about files that are in no workspace, or about a workspace's folder as such (`root`): none is opened. */
export type RunWithoutWorkspace = (
  work: (given: Pick<Session, 'output' | 'signal'> & { root: () => string }) => Promise<number>,
) => Promise<void>

/** For the command that makes a workspace: it is not there yet. */
export type RunInNewWorkspace = (
  work: (given: Pick<Session, 'output' | 'signal'> & { root: string }) => Promise<number>,
) => Promise<void>

/** Makes the functions that every command runs through: opens, works, reports, closes. */
export function commandRunner(
  program: Command,
  setExitCode: (code: number) => void,
): {
  run: RunCommand
  inspect: InspectWorkspace
  runAlone: RunWithoutWorkspace
  runInNew: RunInNewWorkspace
} {
  const chosen = () => program.opts<{ workspace?: string; json?: boolean }>()
  const root = () => {
    const { workspace } = chosen()
    // An unset variable in a script must not make a workspace of the folder that it happens to run in.
    if (workspace === '') throw usage('--workspace is the path of a folder, not an empty text.')
    return resolve(workspace ?? (process.env.EARMARK_WORKSPACE || defaultWorkspace()))
  }
  const data = () => ({
    workspaceRoot: root(),
    sampleFolder: join(installationFolder(), 'resources', 'sample'),
    appVersion: appVersion(),
    // An installed package for testing runs its commands on the stand-in.
    loopbackOnly: isFallbackRuntime(),
  })
  const guarded = async (work: (output: Output) => Promise<number>): Promise<void> => {
    const json = chosen().json === true
    try {
      setExitCode(await work(processOutput(json)))
    } catch (error) {
      setExitCode(reportFailure(error, json))
    }
  }

  const run: RunCommand = (work) =>
    guarded(async (output) => {
      const listeners = new Set<(event: EarmarkEvent) => void>()
      const stop = new AbortController()
      const interrupt = () => stop.abort()
      // Once: whoever asks a second time wants it to end at once.
      process.once('SIGINT', interrupt)
      process.once('SIGTERM', interrupt)
      let backend: InProcessBackend | null = null
      try {
        const masterKey = await masterKeyIn(root())
        backend = openInProcess({ ...data(), masterKey }, (event) => {
          for (const listener of listeners) listener(event)
        })
        const { paths } = backend.context
        return await work({
          ask: backend.ask,
          context: backend.context,
          findCall: (text) => findIn(paths, text),
          output,
          onEvent: (listener) => listeners.add(listener),
          signal: stop.signal,
        })
      } finally {
        process.off('SIGINT', interrupt)
        process.off('SIGTERM', interrupt)
        await backend?.close()
      }
    })

  const inspect: InspectWorkspace = (work) =>
    guarded(async (output) => {
      const masterKey = await masterKeyIn(root())
      const paths = preparedOrNot(root(), masterKey && new WorkspaceKeys(masterKey))
      return work({ ...data(), paths, emit: () => {} }, output)
    })

  const runAlone: RunWithoutWorkspace = (work) =>
    guarded(async (output) => {
      const stop = new AbortController()
      const interrupt = () => stop.abort()
      process.once('SIGINT', interrupt)
      process.once('SIGTERM', interrupt)
      try {
        return await work({ output, signal: stop.signal, root })
      } finally {
        process.off('SIGINT', interrupt)
        process.off('SIGTERM', interrupt)
      }
    })

  const runInNew: RunInNewWorkspace = (work) => runAlone((given) => work({ ...given, root: root() }))

  return { run, inspect, runAlone, runInNew }
}

/** What was broken off comes first: it decides which workspace is there. */
function masterKeyIn(root: string): Promise<Uint8Array | null> {
  finishExchange(root)
  return masterKeyOf(root, openKeychain())
}

function preparedOrNot(root: string, keys: WorkspaceKeys | null): WorkspacePaths {
  try {
    return prepareWorkspace(root, keys)
  } catch (error) {
    // What is wrong with it is for the inspection to say.
    if (!(error instanceof EarmarkError)) throw error
    return workspacePaths(root, keys)
  }
}

function findIn(paths: WorkspacePaths, text: string): CallId {
  const db = openCallsForReading(prepareWorkspace(paths.root, paths.keys))
  try {
    return findCallId(db, text)
  } finally {
    db.close()
  }
}
